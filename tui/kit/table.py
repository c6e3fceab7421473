"""A small table of words: columns as wide as they need, the widest giving way, all inert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.safe import clean, fit, shorten

Row = Sequence[str]
_GAP = "  "
_LEAST = 6
_MOST = 60
"""Cells of a column at most."""


class Table(Static):
    DEFAULT_CSS = "Table { height: auto; }"

    def __init__(self, heads: Row, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._heads = heads
        self._rows: Sequence[Row] = ()

    def show(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._draw(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        self.update(Content("\n").join(_lines(self._heads, self._rows, width or 80)))


def _lines(heads: Row, rows: Sequence[Row], width: int) -> Iterator[Content]:
    columns = widths([heads, *rows], width)
    yield Content.styled(line(heads, columns), "$foreground 60%")
    for row in rows:
        yield Content(line(row, columns))


def widths(rows: Sequence[Row], width: int) -> list[int]:
    """Cells of each column; the widest gives way until all fit."""
    columns = [max(cell_len(shorten(one, _MOST)) for one in column) for column in zip(*rows)]  # noqa: B905
    while sum(columns) + len(_GAP) * (len(columns) - 1) > width and max(columns) > _LEAST:
        columns[columns.index(max(columns))] -= 1
    return columns


def line(row: Row, columns: Sequence[int]) -> str:
    cells = (fit(clean(one), column) for one, column in zip(row, columns, strict=True))
    return _GAP.join(cells).rstrip()
