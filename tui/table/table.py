"""The table: rows from any source, of which only those in sight are asked for and drawn.

Its cursor says which row keys act on and which are in sight, its grid how they are painted.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.message import Message

from tui.kit.columns import Cell, Column
from tui.kit.viewport import Viewport, moving
from tui.table.cursor import Cursor
from tui.table.grid import Grid
from tui.table.source import Row, Rows, RowSource

_RIGHT = 3
"""The number of the mouse's right button."""

__all__ = ["Cell", "Column", "Row", "RowSource", "Rows", "Table"]


class Table(Viewport):
    BINDINGS: ClassVar[list[BindingType]] = moving(
        "list", ("Row before", "Next row", "First row", "Last row"), ("first", "last")
    )

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

    class Asked(Chosen):
        """The user wants to know what can be done with the row under the cursor."""

    class Followed(Chosen):
        """From now on the end is followed, or no longer."""

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
        source: RowSource | None = None,
        follow: bool = False,
        note: Callable[[Hashable, int], str] = lambda look, width: "",
    ) -> None:
        """`note` is that of a `Grid`."""
        self._cursor = Cursor(Rows(()) if source is None else source, int(head), follow)
        self._grid = Grid(columns, self._cursor, note)
        self._followed = follow
        super().__init__(self._cursor, self._grid, id=id, classes=classes)
        self.hint = hint
        """Lines to show while there are no rows."""
        self.order = order
        """What the rows are sorted by; its column is marked."""

    def on_mount(self) -> None:
        self.repaint()

    # -- rows --------------------------------------------------------------------------------

    def show(self, rows: RowSource | Sequence[Row]) -> None:
        """Take other rows; the cursor stays on its row, or where it was."""
        before = self.cursor
        self._cursor.source = Rows(rows) if isinstance(rows, Sequence) else rows
        self._grid.held = self.source.held(self._grid.columns)
        self._cursor.keep_in_sight()
        self.repaint()
        if before is None and self.rows:
            self.post_message(self.Chosen(self))

    @property
    def source(self) -> RowSource:
        return self._cursor.source

    @property
    def cursor(self) -> Hashable:
        """The key of the row that keys act on; None while there is no row."""
        return self._cursor.key

    @property
    def follow(self) -> bool:
        """True while new rows scroll in at the end."""
        return self._cursor.follow

    @follow.setter
    def follow(self, follow: bool) -> None:
        self._cursor.follow_end(follow)
        self.repaint()

    def choose(self, key: Hashable) -> bool:
        """Move the cursor to a row; False when it is not there."""
        at = self.source.place_of(key, self._cursor.at)
        if there := at < self.rows and self.source.key(at) == key:
            self._cursor.choose(at)
            self.repaint()
            self._tell()
        return there

    def _tell(self) -> None:
        self.post_message(self.Chosen(self))

    # -- drawing -----------------------------------------------------------------------------

    def repaint(self) -> None:
        """Ask for the lines that differ from what was painted last."""
        self._cursor.settle()
        if self._followed != self.follow:
            self._followed = self.follow
            self.post_message(self.Followed(self))
        if not self.is_mounted:
            return
        width, head = self.size.width, self._cursor.head
        changed = self._grid.update(width, self.order, self.hint)
        if changed is None or len(changed) > len(self._grid.painted) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, head + y, width, 1) for y in changed))

    # -- keys and mouse ----------------------------------------------------------------------

    def scroll_to_row(self, top: int) -> None:
        """The cursor goes along where it would leave sight: keys act on what is seen."""
        before = self.cursor
        super().scroll_to_row(top)
        if self.cursor != before:
            self._tell()

    def action_move(self, where: str) -> None:
        if self.rows:
            self._cursor.go(self._cursor.index + self._cursor.step(where))
            self.repaint()
            self._tell()

    def action_open(self) -> None:
        if self.rows:
            self.post_message(self.Opened(self))

    def on_click(self, event: events.Click) -> None:
        """A row chooses, twice opens, the right button asks what can be done with it.

        The name of a column sorts by it.
        """
        y, right = event.y - self._cursor.head, self.size.width - 1
        if y < 0:
            if order := self._grid.order_at(event.x):
                self.post_message(self.Sorted(order))
        elif event.x < right and self.top + y < self.rows:
            self._cursor.rides = False
            self._cursor.choose(self.top + y)
            self.repaint()
            self._tell()
            if event.button == _RIGHT:
                self.post_message(self.Asked(self))
            elif event.chain == 2:
                self.action_open()
