"""A table of rows with a cursor, of which only those in sight are drawn.

Columns give way to one another where there is little room; one of them takes what is left.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import clamp
from textual.message import Message
from textual.strip import Strip

from tui.safe import fit

from .columns import GAP, MARKER
from .viewport import THUMB, TRACK, Viewport


class Column(NamedTuple):
    name: str
    width: int
    """Cells; of the column that takes what is left, the least that it is good for."""
    right: bool = False
    rank: int = 0
    """The column with the highest rank goes first where there is little room; 0 stays."""


class Cell(NamedTuple):
    text: str
    role: str = ""
    """A part that colour plays, as in `tui.glyphs`."""


class Row(NamedTuple):
    key: Hashable
    cells: tuple[Cell, ...]


Fitted = tuple[tuple[int, int], ...]
"""The index and the width of each column that there is room for."""


@lru_cache(maxsize=64)
def fitted(columns: tuple[Column, ...], wide: int, width: int) -> Fitted:
    """The columns for rows of `width` cells; number `wide` takes what is left."""
    shown = list(range(len(columns)))
    while True:
        used = sum(columns[at].width for at in shown if at != wide) + len(GAP) * (len(shown) - 1)
        yielding = max(shown, key=lambda at: (columns[at].rank, at))
        if width - used >= columns[wide].width or columns[yielding].rank == 0:
            rest = max(0, width - used)
            return tuple((at, rest if at == wide else columns[at].width) for at in shown)
        shown.remove(yielding)


class Listing(Viewport):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="listing.up", show=False, tooltip="Row before"),
        Binding("down,j", "move(1)", "Down", id="listing.down", show=False, tooltip="Next row"),
        Binding(
            "pageup", "page(-1)", "Page up", id="listing.pageup", show=False, tooltip="Page up"
        ),
        Binding(
            "pagedown", "page(1)", "Page down", id="listing.pagedown", show=False, tooltip="Down"
        ),
        Binding("home", "edge(0)", "First", id="listing.first", show=False, tooltip="First row"),
        Binding("end", "edge(-1)", "Last", id="listing.last", show=False, tooltip="Last row"),
    ]

    class Chosen(Message):
        """The cursor moved to another row."""

        def __init__(self, listing: Listing) -> None:
            self.listing = listing
            super().__init__()

        @property
        def control(self) -> Listing:
            return self.listing

    class Opened(Chosen):
        """A row was clicked twice; `enter` is the screen's."""

    def __init__(
        self,
        columns: Sequence[Column],
        wide: int,
        id: str,  # noqa: A002
        hint: Sequence[str] = (),
        *,
        head: bool = True,
    ) -> None:
        super().__init__(id=id)
        self.hint = tuple(hint)
        """Lines to show while there are no rows."""
        self._columns = tuple(columns)
        self._wide = wide
        self._head = int(head)
        self._shown: Sequence[Row] = ()
        self._top = 0
        self._index = 0

    def show(self, rows: Sequence[Row]) -> None:
        """Take other rows; the cursor stays on its row, or where it was."""
        before = self.chosen
        self._shown = rows
        self._index = self._place(before)
        self._show_cursor()
        if before is None and rows:
            self.post_message(self.Chosen(self))

    def _place(self, key: Hashable) -> int:
        """Where `key` is now; the nearest, when there are several."""
        places = [at for at, row in enumerate(self._shown) if row.key == key]
        if key is None or not places:
            return max(0, min(self._index, self.rows - 1))
        return min(places, key=lambda at: abs(at - self._index))

    @property
    def shown(self) -> Sequence[Row]:
        return self._shown

    @property
    def chosen(self) -> Hashable | None:
        """The key of the row under the cursor."""
        return self._shown[self._index].key if self._shown else None

    def choose(self, key: Hashable) -> None:
        """Move the cursor to a row, if it is there."""
        for at, row in enumerate(self._shown):
            if row.key == key:
                self._move_to(at)
                return

    # -- the viewport ------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self._shown)

    @property
    def top(self) -> int:
        return self._top

    @property
    def _height(self) -> int:
        return max(1, self.size.height - self._head)

    @property
    def last_top(self) -> int:
        return max(0, self.rows - self._height)

    @property
    def thumb(self) -> range:
        """The head is no part of what is scrolled."""
        rows, height = self.rows, self._height
        if rows <= height:
            return range(0)
        size = max(1, height * height // rows)
        start = self._head + round(self._top * (height - size) / (rows - height))
        return range(start, start + size)

    def scroll_to_row(self, top: int) -> None:
        self._top = int(clamp(top, 0, self.last_top))
        self.refresh()

    def scroll_by(self, rows: int) -> None:
        """The cursor goes along where it would leave sight: keys act on what is seen."""
        super().scroll_by(rows)
        self._take_cursor_along()

    def _drag(self, y: int) -> None:
        super()._drag(y)
        self._take_cursor_along()

    def _take_cursor_along(self) -> None:
        index = int(clamp(self._index, self._top, self._top + self._height - 1))
        if self._shown and index != self._index:
            self._move_to(index)

    def on_resize(self) -> None:
        super().on_resize()
        self._show_cursor()

    def draw(self, y: int, width: int) -> Strip:
        if not self._shown:
            return self._hint(y, width)
        if y < self._head:
            cells = tuple(Cell(one.name, "muted") for one in self._columns)
            return self._line(cells, width, False, TRACK)
        bar = THUMB if y in self.thumb else TRACK
        at = self._top + y - self._head
        if at >= self.rows:
            return self.blank(width, bar)
        return self._line(self._shown[at].cells, width, at == self._index, bar)

    def _hint(self, y: int, width: int) -> Strip:
        """The lines begin under one another, as a block in the middle."""
        at = y - min(2, max(0, self.size.height - len(self.hint)) // 2)
        words = self.hint[at] if 0 <= at < len(self.hint) else ""
        ahead = max(1, (width - max(map(cell_len, self.hint), default=0)) // 2)
        rest = Segment(fit(words, width - ahead), self.ink("muted"))
        return Strip([Segment(" " * ahead, self.ink()), rest]).adjust_cell_length(width)

    def _line(self, cells: Sequence[Cell], width: int, cursor: bool, bar: str) -> Strip:
        """No segment begins with a blank and goes on: terminals and drawings trip over it."""
        ground = ("cursor",) if cursor else ()
        plain = self.ink(*ground)
        parts = [Segment(MARKER if cursor else " ", self.ink(*ground, "active"))]
        for number, (at, room) in enumerate(fitted(self._columns, self._wide, width - 2)):
            words = fit(cells[at].text, room, self._columns[at].right)
            figure = words.lstrip(" ")
            ahead = GAP * (number > 0) + " " * (len(words) - len(figure))
            role = (cells[at].role,) if cells[at].role else ()
            parts += [Segment(ahead, plain), Segment(figure, self.ink(*ground, *role))]
        parts.append(Segment(bar, self.ink("thumb")))
        return Strip(parts).adjust_cell_length(width)

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._move_to(self._index + by)

    def action_page(self, by: int) -> None:
        self._move_to(self._index + by * self._height)

    def action_edge(self, at: int) -> None:
        self._move_to(self.rows - 1 if at else 0)

    def _move_to(self, index: int) -> None:
        if self._shown:
            self._index = int(clamp(index, 0, self.rows - 1))
            self._show_cursor()
            self.post_message(self.Chosen(self))

    def _show_cursor(self) -> None:
        top = clamp(self._top, self._index - self._height + 1, self._index)
        self._top = int(clamp(top, 0, self.last_top))
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y - self._head
        if event.y >= self._head and event.x < self.size.width - 1 and index < self.rows:
            self._move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self))
