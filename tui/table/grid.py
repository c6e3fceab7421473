"""How a table is painted: it finds out which lines differ from what was painted before."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tui.kit.columns import GAP, MARKER, Cell, Column, Fitted, Ink, cells_of, fitted, segments
from tui.kit.viewport import THUMB, TRACK, blank
from tui.safe import fit
from tui.table.cursor import Cursor

_MAX_STRIPS = 2048
_SORTED = "▾"


class GridLine(NamedTuple):
    """A line as it is painted; equal lines look the same."""

    look: Hashable = None
    """None for a line below the last row."""
    cursor: bool = False
    bar: str = TRACK


class Grid:
    def __init__(
        self,
        columns: Sequence[Column],
        cursor: Cursor,
        note: Callable[[Hashable, int], str],
    ) -> None:
        """`note` gives the words of a given width in place of a row's cells; "" for none."""
        self.columns = tuple(columns)
        self.held: tuple[int, ...] = ()
        """Cells of the longest text in each column, as far as they are known."""
        self.painted: list[GridLine] = []
        self._cursor = cursor
        self._note = note
        self._order = ""
        self._hint: tuple[str, ...] = ()
        self._sizes: Fitted = ()
        self._exact = False
        """True when the columns take all of the width."""
        self._drawn: tuple[object, ...] = ()
        """What all lines depend on, as it was when they were painted."""
        self._strips: dict[GridLine, Strip] = {}

    def update(self, width: int, order: str, hint: Sequence[str]) -> list[int] | None:
        """The lines that differ from what was painted last; None for all."""
        self._order, self._hint = order, tuple(hint)
        self._sizes = fitted(self.columns, width - 2, self.held)
        self._exact = cells_of(self._sizes) == width - 1
        drawn = (self._sizes, order, bool(self._cursor.rows) or self._hint)
        before, self.painted = self.painted, self._lines()
        if drawn == self._drawn and len(before) == len(self.painted):
            return [y for y, line in enumerate(self.painted) if line != before[y]]
        self._drawn = drawn
        self.forget()
        return None

    def forget(self) -> None:
        self._strips = {}

    def _lines(self) -> list[GridLine]:
        cursor, thumb, look = self._cursor, self._cursor.thumb, self._cursor.source.look
        sight = cursor.in_sight
        lines = [
            GridLine(look(index), index == cursor.at, THUMB if y in thumb else TRACK)
            for y, index in enumerate(sight, cursor.head)
        ]
        return lines + [GridLine()] * (cursor.page - len(lines))

    # -- one line ----------------------------------------------------------------------------

    def draw(self, y: int, width: int, ink: Ink) -> Strip:
        if not self._cursor.rows:
            return self._draw_hint(y, width, ink)
        at = y - self._cursor.head
        if at < 0:
            return self._draw_head(width, ink)
        line = self.painted[at] if at < len(self.painted) else GridLine()
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= _MAX_STRIPS:
                self._strips.clear()
            strip = self._strips[line] = self._draw_line(line, width, ink)
        return strip

    def _draw_line(self, line: GridLine, width: int, ink: Ink) -> Strip:
        if line.look is None:
            return blank(width, ink, line.bar)
        row = self._row(line, width - 1, ink)
        if line.bar == TRACK and not line.cursor:
            row[-1] = Segment(row[-1].text + TRACK, row[-1].style)
        else:
            row.append(Segment(line.bar, ink("thumb")))
        return Strip(row, width)

    def _row(self, line: GridLine, width: int, ink: Ink) -> list[Segment]:
        """The row in exactly `width` cells, the scroll bar left out."""
        if note := self._note(line.look, width - 1):
            ground = ("cursor",) if line.cursor else ()
            marker = Segment((MARKER if line.cursor else " ")[:width], ink(*ground, "active"))
            return [marker, Segment(note, ink(*ground, "muted"))]
        cells = self._cursor.source.cells(line.look, self._sizes)
        row = segments(cells, self.columns, self._sizes, ink, line.cursor)
        return row if self._exact else list(Strip(row).adjust_cell_length(width, ink()))

    def _draw_head(self, width: int, ink: Ink) -> Strip:
        cells = [self._title(self.columns[at]) for at, _ in self._sizes]
        parts = segments(cells, self.columns, self._sizes, ink, False)
        return Strip(parts).adjust_cell_length(width, ink())

    def _title(self, column: Column) -> Cell:
        if column.order and column.order == self._order:
            return Cell(column.name + _SORTED, "active")
        return Cell(column.name, "muted")

    def _draw_hint(self, y: int, width: int, ink: Ink) -> Strip:
        """The lines begin under one another, as a block in the middle."""
        hint = _wrapped(self._hint, max(1, width - 2))
        at = y - min(2, max(0, self._cursor.height - len(hint)) // 2)
        words = hint[at] if 0 <= at < len(hint) else ""
        ahead = max(1, (width - max(map(cell_len, hint), default=0)) // 2)
        rest = Segment(fit(words, width - ahead), ink("muted"))
        return Strip([Segment(" " * ahead, ink()), rest]).adjust_cell_length(width)

    def order_at(self, x: int) -> str:
        """What a click on the head in column `x` sorts by; "" for nothing."""
        end = 1
        for at, cells in self._sizes:
            end += cells
            if x < end:
                return self.columns[at].order
            end += len(GAP)
        return ""


@lru_cache(maxsize=16)
def _wrapped(lines: tuple[str, ...], width: int) -> tuple[str, ...]:
    return tuple(part for line in lines for part in textwrap.wrap(line, width) or [""])
