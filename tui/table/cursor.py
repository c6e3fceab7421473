"""The row that keys act on, which is always in sight.

Rows are known by their key, so the cursor stays on its row when rows come, go or change places.
Where rows keep their order (`steady`), what is being read stays where it is, and the end can be
followed: the cursor then rides on the last row until the user chooses another.
"""

from __future__ import annotations

from collections.abc import Hashable

from textual.geometry import clamp

from tui.kit.window import Window
from tui.table.source import RowSource


class Cursor(Window):
    def __init__(self, source: RowSource, head: int = 0, follow: bool = False) -> None:
        super().__init__(lambda: len(self.source), head)
        self.source = source
        self.key: Hashable = None
        """Of the row that keys act on; None while there is no row."""
        self.at = 0
        """The row of the cursor, when it was last looked up."""
        self.follow = follow
        self.rides = follow
        """True while the cursor moves along with the last row."""
        self._first_key: Hashable = None
        """Of the row in the first line, while the end is not followed."""

    @property
    def top(self) -> int:
        if self.follow:
            return self.last_top
        steady = self.source.steady and self._first_key is not None
        first = self.source.place_of(self._first_key, 0) if steady else self.first
        return min(first, self.last_top)

    @property
    def index(self) -> int:
        """The row that the cursor is on; 0 while there is none."""
        at = self.at if self.key is None else self.source.place_of(self.key, self.at)
        return clamp(at, 0, max(0, self.rows - 1))

    def settle(self) -> None:
        """Have the cursor on a row in sight."""
        rows = self.in_sight
        if not rows:
            self.key = None
            return
        index = self.index
        if self.source.steady and (self.key is None or (self.rides and self.follow)):
            index = rows[-1]
        elif self.follow and index < rows[0]:
            self.follow = False
            self._hold(index)
            rows = self.in_sight
        self._put(clamp(index, rows[0], rows[-1]))

    def keep_in_sight(self) -> None:
        """Where rows change places the lines go to the cursor, else the cursor stays in sight."""
        if not self.source.steady and self.rows:
            index = self.index
            self.first = clamp(self.top, index - self.page + 1, index)
        self.settle()

    def resize(self, height: int) -> None:
        super().resize(height)
        self.keep_in_sight()

    def follow_end(self, follow: bool) -> None:
        """Keep the last row in sight and ride on it, or stay with the rows that are in sight."""
        if follow == self.follow:
            return
        self.rides = self.follow = follow
        if not follow:
            self._hold(self.last_top)

    def scroll_to(self, top: int) -> None:
        """Hold a row in the first line; pushing on at the end of a steady table follows it."""
        if not self.rows:
            return
        at_end = self.source.steady and top >= self.last_top == self.top
        self.follow_end(at_end)
        if not at_end:
            self._hold(clamp(top, 0, self.last_top))

    def choose(self, index: int) -> None:
        """Put the cursor on a row, and scroll as little as it takes to have that in sight."""
        rows = self.in_sight
        if rows and index < rows[0]:
            self.scroll_to(index)
        elif rows and index > rows[-1]:
            self.scroll_to(index - len(rows) + 1)
        self._put(index)

    def go(self, index: int) -> None:
        """A row beyond the end of a steady table is to follow it, and a row before is not to."""
        if self.source.steady and index != (here := self.index):
            self.follow_end(index >= self.rows or (self.follow and index > here))
        index = clamp(index, 0, self.rows - 1)
        self.rides = self.follow and index == self.rows - 1
        self.choose(index)

    def _hold(self, top: int) -> None:
        self.first = top
        self._first_key = self.source.key(top) if self.rows else None

    def _put(self, index: int) -> None:
        self.at, self.key = index, self.source.key(index)
