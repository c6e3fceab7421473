"""Which part of a body is in sight, where a line may take several rows, and the line of the cursor.

How many parts a row has is asked only for rows in sight and beside them, so wrapping a large body
costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual.geometry import clamp

from tui.kit.window import Window


class RowPart(NamedTuple):
    row: int
    part: int = 0


class BodyWindow(Window):
    def __init__(self, rows: Callable[[], int], parts: Callable[[int], int]) -> None:
        """`parts` gives how many lines of the screen a row takes where it wraps, at least one."""
        super().__init__(rows)
        self.wraps = False
        self._wrapped = parts
        self._first = RowPart(0)
        self.cursor = RowPart(0)

    @property
    def start(self) -> RowPart:
        """What is in the first line of the screen."""
        end = self._last_start
        return end if self.follow else min(self._first, end)

    @property
    def top(self) -> int:
        return self.start.row

    @property
    def last_top(self) -> int:
        return self._last_start.row

    @property
    def places(self) -> list[RowPart]:
        """What is in each line of the screen, from the first on."""
        row, part = self.start
        rows, found = self.rows, list[RowPart]()
        while row < rows and len(found) < self.page:
            found += [RowPart(row, each) for each in range(part, self._parts(row))]
            row, part = row + 1, 0
        return found[: self.page]

    def _parts(self, row: int) -> int:
        return self._wrapped(row) if self.wraps else 1

    @property
    def _last(self) -> RowPart:
        row = max(0, self.rows - 1)
        return RowPart(row, self._parts(row) - 1) if self.rows else RowPart(0)

    @property
    def _last_start(self) -> RowPart:
        return self.beside(self._last, 1 - self.page)

    def beside(self, place: RowPart, by: int) -> RowPart:
        """The place so many lines of the screen further on, or as far as there are any."""
        row, part = place
        rows = self.rows
        if not rows:
            return RowPart(0)
        if not self.wraps:
            return RowPart(clamp(row + by, 0, rows - 1))
        part += by
        while part < 0 and row:
            row -= 1
            part += self._parts(row)
        while row < rows - 1 and part >= (parts := self._parts(row)):
            part -= parts
            row += 1
        return RowPart(row, clamp(part, 0, self._parts(row) - 1))

    # -- moving ------------------------------------------------------------------------------

    def scroll_to(self, top: int) -> None:
        self.follow = False
        self._first = min(RowPart(max(0, top)), self._last_start)
        self._keep_in_sight()

    def scroll_by(self, by: int) -> None:
        """The cursor stays in sight."""
        start = self.start
        self.follow = False
        self._first = min(self.beside(start, by), self._last_start)
        self._keep_in_sight()

    def move(self, where: str) -> None:
        """Take the cursor "up", "down", "start" or "end", or a page or half of one up or down."""
        match where:
            case "start" | "end":
                self.go(RowPart(0) if where == "start" else self._last)
            case "pageup" | "pagedown" | "halfup" | "halfdown":
                half = max(1, self.page // 2)
                by = {"halfup": -half, "halfdown": half}.get(where) or self.step(where)
                cursor = self.beside(self.cursor, by)
                self.scroll_by(by)
                self.go(cursor)
            case _:
                self.go(self.beside(self.cursor, self.step(where)))
        self.follow = where == "end"

    def go(self, place: RowPart) -> None:
        """Put the cursor there, and scroll as little as it takes to have that in sight."""
        self.cursor = place = min(max(place, RowPart(0)), self._last)
        start = self.start
        self.follow = False
        lowest = self.beside(place, 1 - self.page)
        self._first = place if place < start else lowest if start < lowest else start

    def _keep_in_sight(self) -> None:
        places = self.places
        if places:
            self.cursor = min(max(self.cursor, places[0]), places[-1])

    def resize(self, height: int) -> None:
        super().resize(height)
        follow = self.follow
        self.go(self.cursor)
        self.follow = follow
