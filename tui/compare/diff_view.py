"""Two messages side by side, or one under the other where it is narrow; only what is in sight
is drawn, and only there are words compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import clamp
from textual.message import Message
from textual.strip import Strip

from engine.compare.changed_words import Spans, marks
from engine.compare.difference import Change
from tui.kit.viewport import THUMB, TRACK, Viewport
from tui.safe import clean, fit

from .diff_rows import AnyRow, DiffRow, Words, unified
from .line_window import pieces

BESIDE = 110
"""Cells from which on the two stand beside each other."""
_BETWEEN = " │ "


class DiffView(Viewport):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "viewport--title",
        "viewport--rule",
        "viewport--removed-word",
        "viewport--added-word",
    }
    DEFAULT_CSS = """
    DiffView {
        & > .viewport--title { color: $text-primary; text-style: bold; }
        & > .viewport--rule { color: $foreground 20%; }
        & > .viewport--removed-word { background: $error 35%; text-style: bold; }
        & > .viewport--added-word { background: $success 35%; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "roll(-1)", "Up", id="diff.up", show=False, tooltip="One line up"),
        Binding("down,j", "roll(1)", "Down", id="diff.down", show=False, tooltip="One line down"),
        Binding("pageup", "page(-1)", "Page up", id="diff.pageup", show=False, tooltip="Page up"),
        Binding(
            "pagedown", "page(1)", "Page down", id="diff.pagedown", show=False, tooltip="Page down"
        ),
        Binding("home", "start", "Start", id="diff.start", show=False, tooltip="First line"),
        Binding("end", "finish", "End", id="diff.end", show=False, tooltip="Last line"),
    ]

    class Moved(Message):
        """Another difference is the current one."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.group = 0
        """The current difference, from 1; 0 before the first jump."""
        self._given: Sequence[AnyRow] = ()
        self._rows: list[AnyRow] = []
        self._top = 0
        self._gutter = 0
        self._marks: dict[int, tuple[Spans, Spans]] = {}
        """Of rows that were drawn, by identity."""

    # -- what the screen calls -----------------------------------------------------------------

    def show(self, rows: Sequence[AnyRow], keep: bool = False) -> None:
        """Show other rows, from the first on; `keep` stays at the current difference."""
        self._given = rows
        self.group = self.group if keep else 0
        self._top = 0
        self._lay_out()
        if self.group:
            self.jump(0)

    @property
    def groups(self) -> int:
        """How many differences there are to jump to."""
        return max((row.group for row in self._given if isinstance(row, DiffRow)), default=0)

    def jump(self, by: int) -> bool:
        """Go to another difference, round at the ends; False when there is none."""
        if not self.groups:
            return False
        self.group = (self.group - 1 + by) % self.groups + 1 if self.group else 1
        self._bring()
        self.post_message(self.Moved())
        return True

    def _bring(self) -> None:
        """The current difference, with what is before it, into sight."""
        for at, row in enumerate(self._rows):
            if isinstance(row, DiffRow) and row.group == self.group:
                if not self._top <= at < self._top + self.size.height - 2:
                    self._top = int(clamp(at - self.size.height // 3, 0, self.last_top))
                break
        self.refresh()

    def _lay_out(self) -> None:
        beside = self.size.width >= BESIDE
        self._marks.clear()
        self._rows = list(self._given) if beside else list(unified(self._given))
        places = (
            max(len(row.left_at), len(row.right_at))
            for row in self._given
            if isinstance(row, DiffRow)
        )
        self._gutter = max(places, default=0)
        self._top = int(clamp(self._top, 0, self.last_top))
        self.refresh()

    def on_resize(self) -> None:
        super().on_resize()
        self._lay_out()
        if self.group:
            self._bring()

    # -- the window ----------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self._rows)

    @property
    def top(self) -> int:
        return self._top

    def scroll_to_row(self, top: int) -> None:
        self._top = int(clamp(top, 0, self.last_top))
        self.refresh()

    def action_roll(self, by: int) -> None:
        self.scroll_by(by)

    def action_page(self, by: int) -> None:
        self.scroll_by(by * max(1, self.size.height - 1))

    def action_start(self) -> None:
        self.scroll_to_row(0)

    def action_finish(self) -> None:
        self.scroll_to_row(self.last_top)

    def on_click(self, event: events.Click) -> None:
        """A difference that is clicked is the current one."""
        at = self._top + event.y
        row = self._rows[at] if at < len(self._rows) else None
        if isinstance(row, DiffRow) and row.group:
            self.group = row.group
            self.refresh()
            self.post_message(self.Moved())

    # -- drawing -------------------------------------------------------------------------------

    def draw(self, y: int, width: int) -> Strip:
        at = self._top + y
        bar = THUMB if y in self.thumb else TRACK
        if at >= len(self._rows) or width < 2:
            return self.blank(width, bar)
        room = width - 1
        parts = list(self._row(self._rows[at], room))
        strip = Strip(parts).adjust_cell_length(room, self.ink())
        return Strip([*strip, Segment(bar, self.ink("thumb"))], width)

    def _row(self, row: AnyRow, room: int) -> Iterator[Segment]:
        if isinstance(row, Words):
            yield Segment(fit(row.words, room), self.ink(row.role))
        elif self.size.width < BESIDE:
            yield from self._one(row, room)
        else:
            half = (room - len(_BETWEEN)) // 2
            yield from self._side(row, "left", half)
            yield Segment(_BETWEEN, self.ink("rule"))
            yield from self._side(row, "right", room - len(_BETWEEN) - half)

    def _one(self, row: DiffRow, room: int) -> Iterator[Segment]:
        """Both numbers, the glyph, and the text of one side."""
        right = row.side == "right"
        places = ("" if right else row.left_at, "" if row.side == "left" else row.right_at)
        if self._gutter:
            words = " ".join(one.rjust(self._gutter) for one in places) + " "
            yield Segment(words, self._ink(row, "muted"))
            room -= len(words)
        yield from self._text(row, "right" if right else "left", room)

    def _side(self, row: DiffRow, side: str, room: int) -> Iterator[Segment]:
        if self._gutter:
            place = row.left_at if side == "left" else row.right_at
            yield Segment(place.rjust(self._gutter) + " ", self._ink(row, "muted"))
            room -= self._gutter + 1
        absent = Change.ADDED if side == "left" else Change.REMOVED
        if row.change is absent:
            yield Segment(" " * room, self._ink(row))
        else:
            yield from self._text(row, side, room)

    def _text(self, row: DiffRow, side: str, room: int) -> Iterator[Segment]:
        """The glyph, and the line in exactly as many cells as there are."""
        left = side == "left"
        line = row.left if left else row.right
        differs = row.change is not Change.SAME
        role = ("bad" if left else "good") if differs and not row.quiet else ""
        glyph = ("- " if left else "+ ") if differs else "  "
        yield Segment(glyph, self._ink(row, role))
        spans: Spans = ()
        if row.change is Change.CHANGED:
            spans = self._marked(row)[0 if left else 1]
        room -= len(glyph)
        used = 0
        for part, marked in pieces(line, spans, room):
            shown = clean(part)
            word = ("removed-word" if left else "added-word") if marked and role else ""
            yield Segment(shown, self._ink(row, *filter(None, (role, word))))
            used += cell_len(shown)
        yield Segment(" " * max(0, room - used), self._ink(row))

    def _marked(self, row: DiffRow) -> tuple[Spans, Spans]:
        if id(row) not in self._marks:
            self._marks[id(row)] = marks(row.left, row.right)
        return self._marks[id(row)]

    def _ink(self, row: DiffRow, *roles: str) -> Style:
        """On the current difference there is a quiet ground under everything."""
        names = tuple(one for one in roles if one) or (("muted",) if row.quiet else ())
        return (
            self.ink("cursor", *names)
            if self.group and row.group == self.group
            else self.ink(*names)
        )
