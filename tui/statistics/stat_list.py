"""The table of statistics: a row for each subject, of which only those in sight are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import clamp
from textual.message import Message
from textual.strip import Strip

from engine.statistics.statistics import Order, SubjectStats
from tui.kit.viewport import THUMB, TRACK, Viewport

from .stat_rows import Columns, head, layout, order_at, segments

_HEAD = 1
"""Lines that the names of the columns take."""


class StatList(Viewport):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="stats.up", show=False, tooltip="Subject before"),
        Binding("down,j", "move(1)", "Down", id="stats.down", show=False, tooltip="Next subject"),
        Binding("pageup", "page(-1)", "Page up", id="stats.pageup", show=False, tooltip="Page up"),
        Binding(
            "pagedown", "page(1)", "Page down", id="stats.pagedown", show=False, tooltip="Page down"
        ),
        Binding("home", "edge(0)", "First", id="stats.first", show=False, tooltip="First subject"),
        Binding("end", "edge(-1)", "Last", id="stats.last", show=False, tooltip="Last subject"),
        Binding("enter", "open", "Exchanges", id="stats.open", tooltip="Show its exchanges"),
    ]

    class Chosen(Message):
        """The cursor moved to another subject."""

    class Opened(Message):
        """The user wants to see the exchanges of the chosen subject."""

    class Sorted(Message):
        """The user wants another order."""

        def __init__(self, order: Order) -> None:
            self.order = order
            super().__init__()

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.order: Order = "count"
        self.empty = ""
        self._names: Sequence[str] = ()
        self._look: Callable[[str], SubjectStats] | None = None
        self._looked: dict[str, SubjectStats] = {}
        self._longest = 0
        self._top = 0
        self._cursor = ""

    def show(self, names: Sequence[str], look: Callable[[str], SubjectStats]) -> None:
        """Take new figures, which `look` tells of one name; the cursor stays on its subject."""
        self._names, self._look, self._looked = names, look, {}
        self._longest = max(map(len, names), default=0)
        if names and self._cursor not in names:
            self._cursor = names[0]
        self._show_cursor()

    @property
    def chosen(self) -> SubjectStats | None:
        return self._seen(self._index) if self._names else None

    def _seen(self, index: int) -> SubjectStats:
        name = self._names[index]
        if name not in self._looked and self._look is not None:
            self._looked[name] = self._look(name)
        return self._looked[name]

    @property
    def _index(self) -> int:
        return self._names.index(self._cursor) if self._cursor in self._names else 0

    # -- the viewport ------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self._names)

    @property
    def top(self) -> int:
        return self._top

    @property
    def _columns(self) -> Columns:
        return layout(self.size.width - 1, self._longest)

    @property
    def _height(self) -> int:
        return max(1, self.size.height - _HEAD)

    @property
    def last_top(self) -> int:
        return max(0, self.rows - self._height)

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
        if index != self._index:
            self._choose(index)

    def _show_cursor(self) -> None:
        index = self._index
        self._top = int(clamp(self._top, index - self._height + 1, index))
        self._top = int(clamp(self._top, 0, self.last_top))
        self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        if y < _HEAD:
            names = head(self._columns, self.order, self.ink)
            return Strip([*names, Segment(TRACK, self.ink())]).adjust_cell_length(width)
        if not self._names:
            return self.words(self.empty if y == 3 else "", width)
        return self._draw_row(y, width)

    def _draw_row(self, y: int, width: int) -> Strip:
        bar = THUMB if y in self.thumb else TRACK
        at = self._top + y - _HEAD
        if at >= self.rows:
            return self.blank(width, bar)
        seen = self._seen(at)
        row = segments(seen, self._columns, self.ink, seen.subject == self._cursor)
        return Strip([*row, Segment(bar, self.ink("thumb"))]).adjust_cell_length(width)

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._choose(self._index + by)

    def action_page(self, by: int) -> None:
        self._choose(self._index + by * self._height)

    def action_edge(self, at: int) -> None:
        self._choose(self.rows - 1 if at else 0)

    def _choose(self, index: int) -> None:
        if not self._names:
            return
        index = int(clamp(index, 0, self.rows - 1))
        self._cursor = self._names[index]
        self._show_cursor()
        self.post_message(self.Chosen())

    def action_open(self) -> None:
        if self._names:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """A row chooses, twice opens; the name of a column sorts by it."""
        index = self._top + event.y - _HEAD
        if event.y < _HEAD:
            if order := order_at(self._columns, event.x):
                self.post_message(self.Sorted(order))
        elif event.x < self.size.width - 1 and index < self.rows:
            self._choose(index)
            if event.chain == 2:
                self.action_open()
