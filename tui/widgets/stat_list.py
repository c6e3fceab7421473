"""The table of statistics: one row per subject, of which only those in sight are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import clamp
from textual.message import Message
from textual.strip import Strip

from engine.journal.statistics import Order, SubjectStats

from .stat_rows import head, segments
from .viewport import THUMB, TRACK, Viewport

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
    ]

    class Chosen(Message):
        """The cursor moved to another subject."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.order: Order = "count"
        self._shown: Sequence[SubjectStats] = ()
        self._names: list[str] = []
        self._top = 0
        self._cursor = ""

    def show(self, shown: Sequence[SubjectStats]) -> None:
        """Take new figures; the cursor stays on its subject."""
        self._shown = shown
        self._names = [one.subject for one in shown]
        if self._names and self._cursor not in self._names:
            self._cursor = self._names[0]
        self._top = int(clamp(self._top, 0, self.last_top))
        self.refresh()

    @property
    def chosen(self) -> SubjectStats | None:
        return self._shown[self._index] if self._shown else None

    @property
    def _index(self) -> int:
        return self._names.index(self._cursor) if self._cursor in self._names else 0

    # -- the viewport ------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return len(self._shown)

    @property
    def top(self) -> int:
        return self._top

    @property
    def _height(self) -> int:
        return max(1, self.size.height - _HEAD)

    @property
    def last_top(self) -> int:
        return max(0, self.rows - self._height)

    def scroll_to_row(self, top: int) -> None:
        self._top = int(clamp(top, 0, self.last_top))
        self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        if y < _HEAD:
            names = head(width - 1, self.order, self.ink)
            return Strip([*names, Segment(TRACK, self.ink())]).adjust_cell_length(width)
        if not self._shown:
            words = "Nothing was said yet: send a request, or watch others." if y == 3 else ""
            return self.words(words, width)
        return self._draw_row(y, width)

    def _draw_row(self, y: int, width: int) -> Strip:
        bar = THUMB if y in self.thumb else TRACK
        at = self._top + y - _HEAD
        if at >= self.rows:
            return self.blank(width, bar)
        seen = self._shown[at]
        row = segments(seen, width - 1, self.ink, seen.subject == self._cursor)
        return Strip([*row, Segment(bar, self.ink("thumb"))]).adjust_cell_length(width)

    # -- keys and mouse ----------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        self._choose(self._index + by)

    def action_page(self, by: int) -> None:
        self._choose(self._index + by * self._height)

    def action_edge(self, at: int) -> None:
        self._choose(self.rows - 1 if at else 0)

    def _choose(self, index: int) -> None:
        if not self._shown:
            return
        index = int(clamp(index, 0, self.rows - 1))
        self._cursor = self._names[index]
        top = clamp(self._top, index - self._height + 1, index)
        self.scroll_to_row(int(top))
        self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        if event.y >= _HEAD and event.x < self.size.width - 1:
            index = self._top + event.y - _HEAD
            if index < self.rows:
                self._choose(index)
