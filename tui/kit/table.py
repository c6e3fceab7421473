"""The table: rows from any source, of which only those in sight are asked for and drawn.

Rows are known by their key, so the cursor stays on its row when rows come, go or change places.
Where rows keep their order (`steady`), what is being read stays where it is, and such a table can
follow its end: the cursor then rides on the last row until the user chooses another.

A table finds out which lines differ from what was painted, and draws those.
"""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, clamp
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from tui.safe import fit

from .columns import GAP, Cell, Column, Fitted, cells_of, fitted, measure, segments
from .viewport import THUMB, TRACK, Viewport

__all__ = ["Cell", "Column", "Row", "Rows", "Source", "Table"]

_MAX_STRIPS = 2048
_SORTED = "▾"


class Row(NamedTuple):
    key: Hashable
    cells: tuple[Cell, ...]


class Source(Protocol):
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


class Line(NamedTuple):
    """A line as it is painted; equal lines look the same."""

    look: Hashable = None
    """None for a line below the last row."""
    cursor: bool = False
    bar: str = TRACK


class Table(Viewport):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="list.up", show=False, tooltip="Row before"),
        Binding("down,j", "move(1)", "Down", id="list.down", show=False, tooltip="Next row"),
        Binding("pageup", "page(-1)", "Page up", id="list.pageup", show=False, tooltip="Page up"),
        Binding(
            "pagedown", "page(1)", "Page down", id="list.pagedown", show=False, tooltip="Page down"
        ),
        Binding("home", "edge(0)", "First", id="list.first", show=False, tooltip="First row"),
        Binding("end", "edge(-1)", "Last", id="list.last", show=False, tooltip="Last row"),
    ]

    follow: reactive[bool] = reactive(False, repaint=False, init=False)
    """True while new rows scroll in at the end."""

    class Chosen(Message):
        """The user moved the cursor, or there is a first row to have it on."""

        def __init__(self, table: Table) -> None:
            self.table = table
            super().__init__()

        @property
        def control(self) -> Table:
            return self.table

    class Opened(Chosen):
        """A row was clicked twice; `enter` is the screen's."""

    class Sorted(Message):
        """The user wants the order of a column."""

        def __init__(self, order: str) -> None:
            self.order = order
            super().__init__()

    def __init__(
        self,
        columns: Sequence[Column],
        id: str | None = None,  # noqa: A002
        hint: Sequence[str] = (),
        *,
        head: bool = True,
        order: str = "",
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.hint = tuple(hint)
        """Lines to show while there are no rows."""
        self.head = int(head)
        self.order = order
        """What the rows are sorted by; its column is marked."""
        self.cursor: Hashable = None
        """The key of the row that keys act on; None while there is no row."""
        self.source: Source = Rows(())
        self._columns = tuple(columns)
        self._held: tuple[int, ...] = ()
        self._at = 0
        """The row of the cursor, when it was last looked up."""
        self._top = 0
        self._first: Hashable = None
        """In a steady table that does not follow: the key of the row in the first line."""
        self._rides = False
        """True while the cursor moves along with the last row."""
        self._sizes: Fitted = ()
        self._exact = False
        """True when the columns take all of the width."""
        self._drawn: tuple[object, ...] = ()
        """What all lines depend on, as it was when they were painted."""
        self._painted: list[Line] = []
        self._strips: dict[Line, Strip] = {}

    # -- rows --------------------------------------------------------------------------------

    def show(self, rows: Source | Sequence[Row]) -> None:
        """Take other rows; the cursor stays on its row, or where it was."""
        before = self.cursor
        self.source = Rows(rows) if isinstance(rows, Sequence) else rows
        self._held = self.source.held(self._columns)
        self._keep_in_sight()
        self.repaint()
        if before is None and self.rows:
            self.post_message(self.Chosen(self))

    @property
    def rows(self) -> int:
        return len(self.source)

    def choose(self, key: Hashable) -> bool:
        """Move the cursor to a row; False when it is not there."""
        at = self.source.place_of(key, self._at)
        if there := at < self.rows and self.source.key(at) == key:
            self._put(at)
        return there

    @property
    def index(self) -> int:
        """The row that the cursor is on; 0 while there is none."""
        at = self._at if self.cursor is None else self.source.place_of(self.cursor, self._at)
        return int(clamp(at, 0, max(0, self.rows - 1)))

    def _settle(self) -> None:
        """Have the cursor on a row in sight, without a word to anybody."""
        rows = self.in_sight
        if not rows:
            self.cursor = None
            return
        index = self.index
        if self.source.steady and (self.cursor is None or (self._rides and self.follow)):
            index = rows[-1]
        elif self.follow and index < rows[0]:
            rows = self._stop_at(index)
        self._at = int(clamp(index, rows[0], rows[-1]))
        self.cursor = self.source.key(self._at)

    def _stop_at(self, index: int) -> range:
        """Stop following with a row in the first line; the rows that are in sight then."""
        self.set_reactive(Table.follow, False)
        self._hold(index)
        return self.in_sight

    # -- the viewport ------------------------------------------------------------------------

    @property
    def top(self) -> int:
        if self.follow:
            return self.last_top
        steady = self.source.steady and self._first is not None
        return min(self.source.place_of(self._first, 0) if steady else self._top, self.last_top)

    @property
    def in_sight(self) -> range:
        top = self.top
        return range(top, min(top + self.page, self.rows))

    def _hold(self, top: int) -> None:
        self._top = top
        self._first = self.source.key(top) if self.rows else None

    def watch_follow(self, follow: bool) -> None:
        self._rides = follow
        if not follow:
            self._hold(self.last_top)
        self.repaint()

    def scroll_to_row(self, top: int) -> None:
        """Hold a row in the first line; pushing on at the end of a steady table follows it."""
        if not self.rows:
            return
        if self.source.steady and top >= self.last_top == self.top:
            self.follow = True
            return
        self.follow = False
        self._hold(int(clamp(top, 0, self.last_top)))
        self.repaint()

    def scroll_by(self, rows: int) -> None:
        """The cursor goes along where it would leave sight: keys act on what is seen."""
        before = self.cursor
        super().scroll_by(rows)
        if self.cursor != before:
            self._tell()

    def _drag(self, y: int) -> None:
        before = self.cursor
        super()._drag(y)
        if self.cursor != before:
            self._tell()

    def bring(self, index: int) -> None:
        """Scroll as little as it takes to have row `index` in sight."""
        rows = self.in_sight
        if rows and index < rows[0]:
            self.scroll_to_row(index)
        elif rows and index > rows[-1]:
            self.scroll_to_row(index - len(rows) + 1)

    def _keep_in_sight(self) -> None:
        """Where rows change places the lines go to the cursor, else the cursor stays in sight."""
        if not self.source.steady and self.rows:
            index = self.index
            self._top = int(clamp(self.top, index - self.page + 1, index))
        self._settle()

    # -- drawing -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.repaint()

    def on_resize(self) -> None:
        self._keep_in_sight()
        self.repaint()

    def forget_drawn(self) -> None:
        self._strips = {}

    def explain(self, hint: Sequence[str]) -> None:
        """What to say while there are no rows."""
        if tuple(hint) != self.hint:
            self.hint = tuple(hint)
            self.repaint()

    def repaint(self) -> None:
        """Ask for the lines that differ from what was painted last."""
        self._settle()
        if not self.is_mounted:
            return
        self._sizes = fitted(self._columns, self.size.width - 2, self._held)
        self._exact = cells_of(self._sizes) == self.size.width - 1
        drawn = (self._sizes, self.order, bool(self.rows) or self.hint)
        before, self._painted = self._painted, self._lines()
        if drawn != self._drawn or len(before) != len(self._painted):
            self._drawn = drawn
            self.forget_drawn()
            self.refresh()
        else:
            self._ask_for([y for y, line in enumerate(self._painted) if line != before[y]])

    def _ask_for(self, changed: list[int]) -> None:
        if len(changed) > len(self._painted) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, self.head + y, self.size.width, 1) for y in changed))

    def _lines(self) -> list[Line]:
        thumb, look, cursor = self.thumb, self.source.look, self._at
        lines = [
            Line(look(index), index == cursor, THUMB if y in thumb else TRACK)
            for y, index in enumerate(self.in_sight, self.head)
        ]
        return lines + [Line()] * (self.page - len(lines))

    def draw(self, y: int, width: int) -> Strip:
        if not self.rows:
            return self._draw_hint(y, width)
        if y < self.head:
            return self._draw_head(width)
        at = y - self.head
        line = self._painted[at] if at < len(self._painted) else Line()
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= _MAX_STRIPS:
                self._strips.clear()
            strip = self._strips[line] = self._draw_line(line, width)
        return strip

    def _draw_line(self, line: Line, width: int) -> Strip:
        if line.look is None:
            return self.blank(width, line.bar)
        return Strip([*self.draw_row(line, width - 1), Segment(line.bar, self.ink("thumb"))], width)

    def draw_row(self, line: Line, width: int) -> list[Segment]:
        """The row in exactly `width` cells, the scroll bar left out."""
        cells = self.source.cells(line.look, self._sizes)
        row = segments(cells, self._columns, self._sizes, self.ink, line.cursor)
        if self._exact:
            return row
        return list(Strip(row).adjust_cell_length(width, self.ink()))

    def _draw_head(self, width: int) -> Strip:
        cells = [self._title(self._columns[at]) for at, _ in self._sizes]
        parts = segments(cells, self._columns, self._sizes, self.ink, False)
        return Strip(parts).adjust_cell_length(width, self.ink())

    def _title(self, column: Column) -> Cell:
        if column.order and column.order == self.order:
            return Cell(column.name + _SORTED, "active")
        return Cell(column.name, "muted")

    def _draw_hint(self, y: int, width: int) -> Strip:
        """The lines begin under one another, as a block in the middle."""
        hint = _wrapped(self.hint, max(1, width - 2))
        at = y - min(2, max(0, self.size.height - len(hint)) // 2)
        words = hint[at] if 0 <= at < len(hint) else ""
        ahead = max(1, (width - max(map(cell_len, hint), default=0)) // 2)
        rest = Segment(fit(words, width - ahead), self.ink("muted"))
        return Strip([Segment(" " * ahead, self.ink()), rest]).adjust_cell_length(width)

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._go(self.index + by)

    def action_page(self, by: int) -> None:
        self._go(self.index + by * max(1, self.page - 1))

    def action_edge(self, at: int) -> None:
        self._go(self.rows if at else -1)

    def action_open(self) -> None:
        if self.rows:
            self.post_message(self.Opened(self))

    def _go(self, index: int) -> None:
        """A row beyond the end of a steady table is to follow it, and a row before is not to."""
        if not self.rows:
            return
        if self.source.steady and index != (here := self.index):
            self.follow = index >= self.rows or (self.follow and index > here)
        index = int(clamp(index, 0, self.rows - 1))
        self._rides = self.follow and index == self.rows - 1
        self._put(index)

    def _put(self, index: int) -> None:
        """The cursor on a row, which comes into sight, and a word about it."""
        self.bring(index)
        self._at, self.cursor = index, self.source.key(index)
        self.repaint()
        self._tell()

    def _tell(self) -> None:
        self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """A row chooses, twice opens; the name of a column sorts by it."""
        index = self.top + event.y - self.head
        if event.y < self.head:
            if order := self._order_at(event.x):
                self.post_message(self.Sorted(order))
        elif event.x < self.size.width - 1 and index < self.rows:
            self._rides = False
            self._put(index)
            if event.chain == 2:
                self.action_open()

    def _order_at(self, x: int) -> str:
        end = 1
        for at, cells in self._sizes:
            end += cells
            if x < end:
                return self._columns[at].order
            end += len(GAP)
        return ""


@lru_cache(maxsize=16)
def _wrapped(lines: tuple[str, ...], width: int) -> tuple[str, ...]:
    return tuple(part for line in lines for part in textwrap.wrap(line, width) or [""])
