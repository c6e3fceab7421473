"""How a body is painted: only the lines in sight are coloured and drawn.

Sideways movement counts characters, so a line of a megabyte costs no more than a short one; a
wrapped one is cut in parts when it comes in sight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from tui.body.folds import Folds
from tui.body.json_highlight import LONG, Lexer, Pieces, crop, plain, split
from tui.body.lines import Lines
from tui.body.window import BodyWindow, RowPart
from tui.kit.columns import Ink
from tui.kit.viewport import THUMB, TRACK, blank, in_the_middle
from tui.safe import clean, clean_block, fit

_MAX_DRAWN = 512
_MAX_TEXTS = 100
_MAX_CUT = 100_000
"""Characters of a line of which each is measured where it is wrapped."""


class BodyPainter:
    def __init__(
        self, lines: Lines, empty: str, mark: Callable[[], Style], focused: Callable[[], bool]
    ) -> None:
        """`empty` is said where there is no line; `mark` is the style of selected text; where
        `focused`, the line of the cursor is marked.
        """
        self.lines = lines
        self.folds = Folds()
        self.window = BodyWindow(lambda: len(self.lines) - self.folds.hidden, self._count)
        self.empty = empty
        self.lexer: Lexer | None = None
        """What colours JSON, once it is loaded."""
        self.numbers = False
        self.left = 0
        """Characters of each line that are out of sight on the left."""
        self.selection: Selection | None = None
        self.found: re.Pattern[str] | None = None
        """What is marked wherever it is."""
        self.found_here: tuple[int, int, int] | None = None
        """The one of these that was gone to: its line, and where it begins and ends in that."""
        self._focused = focused
        self._mark = mark
        self.room = 0
        """Cells for a line's text, when one was drawn last."""
        self._places: list[RowPart] = []
        self._thumb = range(0)
        self._drawn: dict[tuple[RowPart, str, bool], Strip] = {}
        self._texts: dict[int, str] = {}
        """Of wrapped lines, each of which is drawn in parts."""
        self._pieces: dict[int, tuple[tuple[str, str], ...]] = {}
        self._cuts: dict[int, list[int]] = {}

    @property
    def gutter(self) -> int:
        """Cells that line numbers take; a hex dump has its offsets."""
        numbered = self.numbers and self.lines.form != "hex"
        return len(str(len(self.lines))) + 2 if numbered else 0

    @property
    def most_left(self) -> int:
        return 0 if self.window.wraps else max(0, self.lines.widest - self.room)

    def forget_drawn(self) -> None:
        """Draw again what changed on its line; how lines are cut stays."""
        self._drawn.clear()

    def forget(self) -> None:
        for cache in (self._drawn, self._texts, self._pieces, self._cuts):
            cache.clear()

    def text(self, index: int, end: int | None = None) -> str:
        """A line as it is shown; what `clean` makes longer may be more than `end` characters."""
        if end is None and index in self._texts:
            return self._texts[index]
        line = self.lines.line(index, end)
        shown = line if self.lines.form == "hex" else clean(clean_block(line))
        if end is None and self.window.wraps:
            if len(self._texts) >= _MAX_TEXTS:
                self._texts.clear()
            self._texts[index] = shown
        return shown

    def begin_of(self, place: RowPart) -> int:
        """The first character of a line that is in sight in its part."""
        if not self.window.wraps:
            return self.left
        cuts = self._cut(self.folds.line(place.row))
        return cuts[min(place.part, len(cuts) - 1)]

    def part_of(self, row: int, column: int) -> int:
        """The part of a wrapped row that a character is in."""
        if not self.window.wraps:
            return 0
        cuts = self._cut(self.folds.line(row))
        return sum(1 for begin in cuts if begin <= column) - 1

    # -- wrapping ----------------------------------------------------------------------------

    def _count(self, row: int) -> int:
        return len(self._cut(self.folds.line(row)))

    def _cut(self, index: int) -> list[int]:
        """Where each part of a wrapped line begins."""
        if index not in self._cuts:
            if len(self._cuts) >= _MAX_DRAWN:
                self._cuts.clear()
            self._cuts[index] = self._measure(index)
        return self._cuts[index]

    def _measure(self, index: int) -> list[int]:
        line, room = self.text(index), max(2, self.room)
        if line.isascii() or len(line) > _MAX_CUT:
            return list(range(0, len(line), room if line.isascii() else room // 2)) or [0]
        begins = [0]
        for part in chop_cells(line, room):
            begins.append(begins[-1] + len(part))
        return begins[:-1] or [0]

    # -- drawing -----------------------------------------------------------------------------

    def measure(self, width: int) -> None:
        """Learn how much room there is, and what is in sight."""
        room = max(0, width - 1 - self.gutter)
        if room != self.room:
            self.room = room
            self.forget()
        self._places = self.window.places
        self._thumb = self.window.thumb

    def draw(self, y: int, width: int, ink: Ink) -> Strip:
        if not len(self.lines):
            middle = y == self.window.height // 2
            return in_the_middle(self.empty if middle else "", width, ink)
        bar = THUMB if y in self._thumb else TRACK
        if y >= len(self._places) or not self.room:
            return blank(width, ink, bar)
        place = self._places[y]
        here = self._focused() and place.row == self.window.cursor.row
        found = self._drawn.get((place, bar, here))
        if found is None:
            if len(self._drawn) >= _MAX_DRAWN:
                self._drawn.clear()
            found = self._drawn[place, bar, here] = self._draw(
                place, bar, width, _on_cursor(ink) if here else ink
            )
        return found

    def _draw(self, place: RowPart, bar: str, width: int, ink: Ink) -> Strip:
        index = self.folds.line(place.row)
        parts = list(self._segments(index, place, ink))
        if (last := self.folds.last_under(index)) is not None:
            parts.append(Segment(f" … {last - index:,} lines", ink("muted")))
        used = sum(cell_len(text) for text, _, _ in parts)
        if used > self.room:
            parts = list(Strip(parts, used).crop(0, self.room))
        parts += [Segment(" " * (self.room - used), ink())] * (used < self.room)
        if gutter := self.gutter:
            said = "" if place.part else str(index + 1)
            parts.insert(0, Segment(fit(said, gutter - 2, right=True) + "  ", ink("muted")))
        return Strip([*parts, Segment(bar, ink("thumb"))], width)

    def _segments(self, index: int, place: RowPart, ink: Ink) -> Iterator[Segment]:
        """The part of a line in sight, coloured, with what is selected and what is found in it."""
        begin, length = self.begin_of(place), self.room
        if self.window.wraps:
            line, cuts = self.text(index), self._cut(index)
            length = (*cuts, len(line))[min(place.part, len(cuts) - 1) + 1] - begin
        else:
            line = self.text(index, max(LONG, begin + length))
        marks = [(*self._span(place.row, begin), self._mark)] if self.selection else []
        for span in self._found(line, begin, length):
            name = "pill" if self.found_here == (index, *span) else "found"
            marks.append((*span, partial(ink, name)))
        at = begin
        for name, text in crop(self._coloured(index, line), begin, length):
            style = ink(name) if name else ink()
            if marks:
                yield from _marked(text, at, style, marks)
            else:
                yield Segment(text, style)
            at += len(text)

    def _coloured(self, index: int, line: str) -> Pieces:
        if not self.lexer or self.lines.form != "json":
            return plain(line)
        if not self.window.wraps:
            return self.lexer(line)
        if index not in self._pieces:
            if len(self._pieces) >= _MAX_DRAWN:
                self._pieces.clear()
            self._pieces[index] = tuple(self.lexer(line))
        return self._pieces[index]

    def _found(self, line: str, begin: int, length: int) -> Iterator[tuple[int, int]]:
        """What is found in a part of a line, and just before it."""
        if self.found is None or self.lines.form == "hex":
            return
        room = len(self.found.pattern)
        for found in self.found.finditer(line, max(0, begin - room), begin + length + room):
            yield found.span()

    def _span(self, row: int, begin: int) -> tuple[int, int]:
        """Characters of a row that are selected."""
        span = self.selection.get_span(row) if self.selection else None
        if span is None:
            return 0, 0
        return span[0], span[1] if span[1] >= 0 else begin + self.room


def _marked(
    text: str, at: int, style: Style, marks: list[tuple[int, int, Callable[[], Style]]]
) -> Iterator[Segment]:
    """A piece of a line, with the styles of what is marked in it on top."""
    parts = [(text, style)]
    for start, end, mark in marks:
        if end <= at or start >= at + len(text) or end <= start:
            continue
        cut, place = [], at
        for part, its in parts:
            for each, inside in split(part, start - place, end - place):
                cut.append((each, its + mark() if inside else its))
            place += len(part)
        parts = cut
    yield from (Segment(part, its) for part, its in parts)


def _on_cursor(ink: Ink) -> Ink:
    return lambda *names: ink(*names, "cursor")
