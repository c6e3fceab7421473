"""A small table that is only read: as high as its rows, and as wide as what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.kit.columns import GAP, Columns, fitted, measure
from tui.kit.rewriting import rewrite

Words = Sequence[str]
_MAX_ROWS = 200
_QUIET = "$foreground 60%"


class WordTable(Static):
    """`show` takes the rows, all inert, and a colour for each where they differ."""

    DEFAULT_CSS = "WordTable { height: auto; }"

    def __init__(self, columns: Columns, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._columns = columns
        self._rows: Sequence[Words] = ()
        self._inks: Sequence[str] = ()

    def show(self, rows: Sequence[Words], inks: Sequence[str] = ()) -> None:
        self._rows, self._inks = rows, inks
        self._draw(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        rewrite(self, Content("\n").join(self._lines(width or 80)))

    def _lines(self, width: int) -> Iterator[Content]:
        shown = self._rows[:_MAX_ROWS]
        head, *lines = aligned(self._columns, shown, width)
        yield Content.styled(head, _QUIET)
        for line, ink in zip(lines, self._inks or [""] * len(lines), strict=False):
            yield Content.styled(line, ink)
        if len(self._rows) > _MAX_ROWS:
            yield Content(f"… and {len(self._rows) - _MAX_ROWS:,} more")


def aligned(columns: Columns, rows: Sequence[Words], width: int) -> list[str]:
    """The names of the columns, and the rows, as lines of at most `width` cells."""
    lines, held = ([column.name for column in columns], *rows), measure(columns, rows)
    used = [at for at, cells in enumerate(held) if cells]
    columns, held = tuple(columns[at] for at in used), tuple(held[at] for at in used)
    sizes = fitted(columns, min(width, sum(held) + len(GAP) * (len(columns) - 1)), held)
    return [
        GAP.join(columns[at].cut(row[used[at]], cells) for at, cells in sizes).rstrip()
        for row in lines
    ]
