"""How a body is painted: only the lines in sight are coloured and drawn.

Horizontal scrolling counts characters, so a line of a megabyte costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from tui.safe import clean, clean_block, fit

from .body_lines import Lines
from .columns import Ink
from .json_highlight import LONG, Lexer, Pieces, crop, plain, split
from .viewport import THUMB, TRACK, blank, in_the_middle
from .window import Window

_MAX_DRAWN = 512


class BodyPainter:
    def __init__(self, lines: Lines, empty: str, mark: Callable[[], Style]) -> None:
        """`empty` is said where there is no line; `mark` is the style of selected text."""
        self.lines = lines
        self.window = Window(lambda: len(self.lines))
        self.empty = empty
        self.lexer: Lexer | None = None
        """What colours JSON, once it is loaded."""
        self.numbers = False
        self.left = 0
        """Characters of each line that are out of sight on the left."""
        self.selection: Selection | None = None
        self._mark = mark
        self._room = 0
        """Cells for a line's text, when one was drawn last."""
        self._drawn: dict[tuple[int, str], Strip] = {}

    @property
    def gutter(self) -> int:
        """Cells that line numbers take; a hex dump has its offsets."""
        numbered = self.numbers and self.lines.form != "hex"
        return len(str(len(self.lines))) + 2 if numbered else 0

    @property
    def most_left(self) -> int:
        return max(0, self.lines.widest - self._room)

    def forget(self) -> None:
        self._drawn = {}

    def text(self, index: int, end: int | None = None) -> str:
        """A line as it is shown; what `clean` makes longer may be more than `end` characters."""
        line = self.lines.line(index, end)
        return line if self.lines.form == "hex" else clean(clean_block(line))

    def draw(self, y: int, width: int, ink: Ink) -> Strip:
        rows = len(self.lines)
        if not rows:
            middle = y == self.window.height // 2
            return in_the_middle(self.empty if middle else "", width, ink)
        index, bar = self.window.top + y, THUMB if y in self.window.thumb else TRACK
        self._room = max(0, width - 1 - self.gutter)
        if index >= rows or not self._room:
            return blank(width, ink, bar)
        found = self._drawn.get((index, bar))
        if found is None:
            if len(self._drawn) >= _MAX_DRAWN:
                self._drawn.clear()
            found = self._drawn[index, bar] = self._draw(index, bar, width, ink)
        return found

    def _draw(self, index: int, bar: str, width: int, ink: Ink) -> Strip:
        parts = list(self._segments(index, ink))
        used = sum(cell_len(text) for text, _, _ in parts)
        if used > self._room:
            parts = list(Strip(parts, used).crop(0, self._room))
        parts += [Segment(" " * (self._room - used), ink())] * (used < self._room)
        if gutter := self.gutter:
            number = fit(str(index + 1), gutter - 2, right=True) + "  "
            parts.insert(0, Segment(number, ink("muted")))
        return Strip([*parts, Segment(bar, ink("thumb"))], width)

    def _segments(self, index: int, ink: Ink) -> Iterator[Segment]:
        """The part of a line in sight, coloured, and the user's selection on it."""
        line = self.text(index, max(LONG, self.left + self._room))
        pieces: Pieces = plain(line)
        if self.lexer and self.lines.form == "json":
            pieces = self.lexer(line)
        start, end = self._span(index)
        mark = self._mark() if end > start else None
        place = self.left
        for name, text in crop(pieces, self.left, self._room):
            style = ink(name) if name else ink()
            for part, marked in split(text, start - place, end - place):
                yield Segment(part, style + mark if marked and mark else style)
            place += len(text)

    def _span(self, index: int) -> tuple[int, int]:
        """Characters of a line that are selected."""
        span = self.selection.get_span(index) if self.selection else None
        if span is None:
            return 0, 0
        return span[0], span[1] if span[1] >= 0 else self.left + self._room
