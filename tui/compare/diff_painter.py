"""How a comparison is painted: side by side, or one under the other where it is narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from engine.compare.changed_words import Spans, marks
from engine.compare.line_difference import Change
from tui.kit.columns import Ink
from tui.kit.viewport import THUMB, TRACK, blank
from tui.kit.window import Window
from tui.safe import clean, fit

from .diff_rows import AnyRow, DiffRow, Words, unified
from .line_window import pieces

_BESIDE = 110
"""Cells from which on the two stand beside each other."""
_BETWEEN = " │ "


class DiffPainter:
    def __init__(self) -> None:
        self.group = 0
        """The current difference, from 1; 0 for none."""
        self.rows: list[AnyRow] = []
        """As they are laid out for the width."""
        self.window = Window(lambda: len(self.rows))
        self._beside = False
        self._gutter = 0
        self._marks: dict[int, tuple[Spans, Spans]] = {}
        """Of rows that were drawn, by identity."""
        self._ink: Ink

    def lay_out(self, given: Sequence[AnyRow], width: int) -> None:
        self._beside = width >= _BESIDE
        self._marks.clear()
        self.rows = list(given) if self._beside else list(unified(given))
        places = (
            max(len(row.left_at), len(row.right_at)) for row in given if isinstance(row, DiffRow)
        )
        self._gutter = max(places, default=0)

    def forget(self) -> None:
        """Nothing is kept that depends on colours or the width."""

    def draw(self, y: int, width: int, ink: Ink) -> Strip:
        self._ink = ink
        at = self.window.top + y
        bar = THUMB if y in self.window.thumb else TRACK
        if at >= len(self.rows) or width < 2:
            return blank(width, ink, bar)
        room = width - 1
        parts = list(self._row(self.rows[at], room))
        strip = Strip(parts).adjust_cell_length(room, ink())
        return Strip([*strip, Segment(bar, ink("thumb"))], width)

    def _row(self, row: AnyRow, room: int) -> Iterator[Segment]:
        if isinstance(row, Words):
            yield Segment(fit(row.words, room), self._ink(row.role))
        elif not self._beside:
            yield from self._one_side(row, room)
        else:
            half = (room - len(_BETWEEN)) // 2
            yield from self._side(row, "left", half)
            yield Segment(_BETWEEN, self._ink("rule"))
            yield from self._side(row, "right", room - len(_BETWEEN) - half)

    def _one_side(self, row: DiffRow, room: int) -> Iterator[Segment]:
        """Both numbers, the glyph, and the text of one side."""
        right = row.side == "right"
        places = ("" if right else row.left_at, "" if row.side == "left" else row.right_at)
        if self._gutter:
            words = " ".join(place.rjust(self._gutter) for place in places) + " "
            yield Segment(words, self._on_ground(row, "muted"))
            room -= len(words)
        yield from self._text(row, "right" if right else "left", room)

    def _side(self, row: DiffRow, side: str, room: int) -> Iterator[Segment]:
        if self._gutter:
            place = row.left_at if side == "left" else row.right_at
            yield Segment(place.rjust(self._gutter) + " ", self._on_ground(row, "muted"))
            room -= self._gutter + 1
        absent = Change.ADDED if side == "left" else Change.REMOVED
        if row.change is absent:
            yield Segment(" " * room, self._on_ground(row))
        else:
            yield from self._text(row, side, room)

    def _text(self, row: DiffRow, side: str, room: int) -> Iterator[Segment]:
        """The glyph, and the line in exactly as many cells as there are."""
        left = side == "left"
        line = row.left if left else row.right
        differs = row.change is not Change.SAME
        role = ("bad" if left else "good") if differs and not row.quiet else ""
        glyph = ("- " if left else "+ ") if differs else "  "
        yield Segment(glyph, self._on_ground(row, role))
        spans: Spans = ()
        if row.change is Change.CHANGED:
            spans = self._marked(row)[0 if left else 1]
        room -= len(glyph)
        used = 0
        for part, marked in pieces(line, spans, room):
            shown = clean(part)
            word = ("removed-word" if left else "added-word") if marked and role else ""
            yield Segment(shown, self._on_ground(row, *filter(None, (role, word))))
            used += cell_len(shown)
        yield Segment(" " * max(0, room - used), self._on_ground(row))

    def _marked(self, row: DiffRow) -> tuple[Spans, Spans]:
        if id(row) not in self._marks:
            self._marks[id(row)] = marks(row.left, row.right)
        return self._marks[id(row)]

    def _on_ground(self, row: DiffRow, *roles: str) -> Style:
        """On the current difference there is a quiet ground under everything."""
        names = tuple(filter(None, roles)) or (("muted",) if row.quiet else ())
        ground = ("cursor",) if self.group and row.group == self.group else ()
        return self._ink(*ground, *names)
