"""A message body of any size, of which only the lines in sight are coloured and drawn.

The body is shown as JSON, as text or as a hex dump, whichever suits it; `hex` shows the bytes
of any body. What colours JSON is loaded after the first paint, for it takes long to import.
Horizontal scrolling counts characters, so a line of a megabyte costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, clamp
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip

from tui.safe import clean, clean_block, fit

from .body_lines import HexLines, Lines, lines_of
from .json_highlight import LONG, Lexer, Pieces, crop, load_json_lexer, plain, split
from .viewport import THUMB, TRACK, Viewport

FIRST, NEXT = 0.015, 0.006
"""Seconds of indexing before the first paint, and in each slice after it."""
_PAUSE = 0.01
_SIDE = 8
_KEPT = 512


class BodyView(Viewport):
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "roll(-1)", "Up", id="body.up", show=False, tooltip="One line up"),
        Binding("down,j", "roll(1)", "Down", id="body.down", show=False, tooltip="One line down"),
        Binding("pageup", "page(-1)", "Page up", id="body.pageup", show=False, tooltip="Page up"),
        Binding(
            "pagedown", "page(1)", "Page down", id="body.pagedown", show=False, tooltip="Page down"
        ),
        Binding("home", "start", "Start", id="body.start", show=False, tooltip="First line"),
        Binding("end", "finish", "End", id="body.end", show=False, tooltip="Last line"),
        Binding("left,h", "slide(-1)", "Left", id="body.left", show=False, tooltip="To the left"),
        Binding(
            "right,l", "slide(1)", "Right", id="body.right", show=False, tooltip="To the right"
        ),
        Binding("x", "toggle_hex", "Hex", id="body.hex", tooltip="Show the bytes as a hex dump"),
        Binding(
            "n", "toggle_numbers", "Numbers", id="body.numbers", show=False, tooltip="Line numbers"
        ),
    ]

    hex: reactive[bool] = reactive(False, init=False)
    """True while the bytes are shown instead of the text."""
    numbers: reactive[bool] = reactive(False, init=False)
    """True while lines are numbered."""
    left: reactive[int] = reactive(0, init=False)
    """Characters of each line that are out of sight on the left."""

    def __init__(
        self,
        body: bytes = b"",
        content_type: str = "",
        *,
        empty: str = "Empty body.",
        numbers: bool = False,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self.body = body
        self.content_type = content_type
        self._lexer: Lexer | None = None
        self._drawn: dict[tuple[int, str], Strip] = {}
        self._first = 0
        self._to_end = self._growing = False
        self._top = self._room = self._gutter = 0
        self._bar = range(0)
        self.set_reactive(BodyView.numbers, numbers)
        self._open()

    # -- what the screen calls -------------------------------------------------------------

    def show(self, body: bytes, content_type: str = "") -> None:
        """Show another body, from its start."""
        self.body, self.content_type = body, content_type
        self._restart()

    @property
    def form(self) -> str:
        """How the body is shown: "json", "text" or "hex"."""
        return self._lines.form

    @property
    def complete(self) -> bool:
        """True when every line is known; a large body takes some slices."""
        return self._lines.done

    def on_mount(self) -> None:
        self._proceed()

    def _restart(self) -> None:
        self._first, self._to_end = 0, False
        self.set_reactive(BodyView.left, 0)
        self._open()
        self.forget_drawn()
        self.refresh()
        self._proceed()

    def _open(self) -> None:
        self._lines: Lines = (
            HexLines(self.body, self.size.width)
            if self.hex
            else lines_of(self.body, self.content_type, self.size.width)
        )
        self._lines.grow(FIRST)

    def on_resize(self) -> None:
        super().on_resize()
        lines = self._lines
        if isinstance(lines, HexLines) and lines.each != lines.fitting(self.size.width):
            self._open()
            self.refresh()

    def _proceed(self) -> None:
        """After the first paint: import what colours JSON, and index the rest in slices."""
        if self.form == "json" and self._lexer is None:
            self.call_after_refresh(self._load)
        self._grow_soon()

    def _grow_soon(self) -> None:
        if not (self.complete or self._growing):
            self._growing = True
            self.set_timer(_PAUSE, self._grow)

    def _load(self) -> None:
        if self._lexer is None:
            self._lexer = load_json_lexer()
            self.forget_drawn()
            self.refresh()

    def _grow(self) -> None:
        self._growing = False
        self._lines.grow(NEXT)
        if self._to_end:
            self._first = self.last_top
        self.refresh()
        self._grow_soon()

    def watch_hex(self) -> None:
        self._restart()

    def watch_numbers(self) -> None:
        self.forget_drawn()

    def watch_left(self) -> None:
        self.forget_drawn()

    # -- where it is -----------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self._lines)

    @property
    def top(self) -> int:
        return min(self._first, self.last_top)

    def scroll_to_row(self, top: int) -> None:
        self._first = int(clamp(top, 0, self.last_top))
        self._to_end = False
        self.refresh()

    @property
    def _numbers_width(self) -> int:
        """Cells that line numbers take; a hex dump has its offsets."""
        return len(str(self.rows)) + 2 if self.numbers and self.form != "hex" else 0

    # -- drawing ---------------------------------------------------------------------------

    def forget_drawn(self) -> None:
        self._drawn = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        width = self.size.width
        self._top, self._bar = self.top, self.thumb
        self._gutter = self._numbers_width
        self._room = max(0, width - 1 - self._gutter)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Says of each character where it is in the body, so that text can be selected."""
        strip = super().render_line(y)
        text = strip.crop(self._gutter).apply_offsets(self.left, self._top + y)
        return Strip.join([strip.crop(0, self._gutter), text])

    def draw(self, y: int, width: int) -> Strip:
        if not self.rows:
            return self.words(self.empty if y == self.size.height // 2 else "", width)
        index, bar = self._top + y, THUMB if y in self._bar else TRACK
        if index >= self.rows or not self._room:
            return self.blank(width, bar)
        found = self._drawn.get((index, bar))
        if found is None:
            if len(self._drawn) >= _KEPT:
                self._drawn.clear()
            found = self._drawn[index, bar] = self._draw(index, bar, width)
        return found

    def _draw(self, index: int, bar: str, width: int) -> Strip:
        parts = self._segments(index)
        used = sum(cell_len(text) for text, _, _ in parts)
        if used > self._room:
            parts = list(Strip(parts, used).crop(0, self._room))
        parts += [Segment(" " * (self._room - used), self.ink())] * (used < self._room)
        if self._gutter:
            number = fit(str(index + 1), self._gutter - 2, right=True) + "  "
            parts.insert(0, Segment(number, self.ink("muted")))
        return Strip([*parts, Segment(bar, self.ink("thumb"))], width)

    def _segments(self, index: int) -> list[Segment]:
        """The part of a line in sight, coloured, and the user's selection on it."""
        line = self._text(index, max(LONG, self.left + self._room))
        pieces = self._lexer(line) if self._lexer and self.form == "json" else plain(line)
        return list(self._selected(index, crop(pieces, self.left, self._room)))

    def _text(self, index: int, end: int | None = None) -> str:
        """A line as it is shown; what `clean` makes longer may be more than `end` characters."""
        line = self._lines.line(index, end)
        return line if self.form == "hex" else clean(clean_block(line))

    # -- selecting text --------------------------------------------------------------------

    def selection_updated(self, selection: Selection | None) -> None:
        self.forget_drawn()
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as it is shown."""
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.rows, self.rows - 1)
        shown = "\n".join(self._text(index) for index in range(first, last + 1))
        up = Offset(0, first)
        moved = Selection(
            selection.start and selection.start - up, selection.end and selection.end - up
        )
        return moved.extract(shown), "\n"

    def _selected(self, index: int, pieces: Pieces) -> Iterator[Segment]:
        start, end = self._span(index)
        mark = self.screen.get_component_rich_style("screen--selection") if end > start else None
        place = self.left
        for name, text in pieces:
            style = self.ink(name) if name else self.ink()
            for part, marked in split(text, start - place, end - place):
                yield Segment(part, style + mark if marked and mark else style)
            place += len(text)

    def _span(self, index: int) -> tuple[int, int]:
        """Characters of a line that are selected."""
        selection = self.text_selection
        span = selection.get_span(index) if selection else None
        if span is None:
            return 0, 0
        return span[0], span[1] if span[1] >= 0 else self.left + self._room

    # -- keys and mouse --------------------------------------------------------------------

    def action_roll(self, by: int) -> None:
        self.scroll_by(by)

    def action_page(self, by: int) -> None:
        self.scroll_by(by * max(1, self.size.height - 1))

    def action_start(self) -> None:
        self.left = 0
        self.scroll_to_row(0)

    def action_finish(self) -> None:
        self.scroll_to_row(self.last_top)
        self._to_end = True

    def action_slide(self, by: int) -> None:
        self.left = int(clamp(self.left + by * _SIDE, 0, self._most_left))

    @property
    def _most_left(self) -> int:
        return max(0, self._lines.widest - self._room)

    def action_toggle_hex(self) -> None:
        self.hex = not self.hex

    def action_toggle_numbers(self) -> None:
        self.numbers = not self.numbers

    def on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        event.stop()
        self.action_slide(1)

    def on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        event.stop()
        self.action_slide(-1)
