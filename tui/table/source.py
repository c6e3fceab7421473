"""Where a table's rows come from."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, NamedTuple, Protocol

from tui.kit.columns import Cell, Column, Fitted, measure


class Row(NamedTuple):
    key: Hashable
    cells: tuple[Cell, ...]


class RowSource(Protocol):
    """Rows by index, as many as there may be."""

    steady: ClassVar[bool]
    """True where rows never change places."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> Hashable: ...

    def place_of(self, key: Hashable, near: int) -> int:
        """The row of `key`, of several the nearest; else where it would be, or `near`."""
        ...

    def look(self, index: int) -> Hashable:
        """All that the row's looks depend on: rows with equal values look the same."""
        ...

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[tuple[str, str]]:
        """A `Cell` for each of the columns in `sizes`."""
        ...

    def held(self, columns: tuple[Column, ...]) -> tuple[int, ...]:
        """Cells of the longest text in each column, 0 where that is not known; () for all."""
        ...


class Rows:
    """The source of a table whose rows are at hand."""

    steady: ClassVar[bool] = False

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def key(self, index: int) -> Hashable:
        return self.rows[index].key

    def place_of(self, key: Hashable, near: int) -> int:
        if near < len(self.rows) and self.rows[near].key == key:
            return near
        places = (at for at, row in enumerate(self.rows) if row.key == key)
        return min(places, key=lambda at: abs(at - near), default=near)

    def look(self, index: int) -> tuple[Cell, ...]:
        return self.rows[index].cells

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[Cell]:
        assert isinstance(look, tuple)
        return [look[at] for at, _ in sizes]

    def held(self, columns: tuple[Column, ...]) -> tuple[int, ...]:
        return measure(columns, [[cell.text for cell in row.cells] for row in self.rows])
