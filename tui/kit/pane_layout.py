"""Panes in columns beside each other where there is room, else one at a time under tabs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from .tab_line import TabLine

WIDE = 100
"""Columns from which panes stand beside each other."""


class Folio(Vertical):
    """`focus` says what gets the focus in each pane, by the pane's id, in their order."""

    DEFAULT_CSS = "Folio { height: 1fr; } #folio-tabs { padding: 0 1; }"

    front: reactive[str] = reactive("", init=False)
    """The pane that was gone to last."""
    narrow: reactive[bool] = reactive(False, init=False)
    """True while only the pane in front is shown."""

    def __init__(self, columns: Sequence[Sequence[Widget]], focus: Mapping[str, str]) -> None:
        super().__init__()
        self._columns = tuple(
            Vertical(*panes, id=f"column-{number}") for number, panes in enumerate(columns, 1)
        )
        self._focus = focus
        self.set_reactive(Folio.front, next(iter(focus)))

    def compose(self) -> ComposeResult:
        names = (f"{number} {pane.capitalize()}" for number, pane in enumerate(self._focus, 1))
        yield TabLine(*names, id="folio-tabs")
        yield Horizontal(*self._columns, id="folio-columns")

    def on_mount(self) -> None:
        tabs = self.query_one("#folio-tabs")
        tabs.can_focus = False
        tabs.display = False

    def go(self, pane: str) -> None:
        """Bring a pane to the front, and the focus into it."""
        self.front = pane
        self.call_after_refresh(self.query_one(self._focus[pane]).focus)

    def step(self, by: int) -> None:
        """Go to the pane after or before."""
        names = list(self._focus)
        self.go(names[max(0, min(names.index(self.front) + by, len(names) - 1))])

    def on_resize(self) -> None:
        self.narrow = self.app.size.width < WIDE

    def watch_front(self, front: str) -> None:
        self.query_one("#folio-tabs", TabLine).active = list(self._focus).index(front)
        self._arrange()

    def watch_narrow(self, narrow: bool) -> None:
        self.query_one("#folio-tabs").display = narrow
        self._arrange()

    def _arrange(self) -> None:
        for column in self._columns:
            for pane in column.children:
                pane.display = not self.narrow or pane.id == self.front
            column.display = any(pane.display for pane in column.children)

    @on(TabLine.Chosen, "#folio-tabs")
    def _chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.go(list(self._focus)[event.index])

    @on(events.DescendantFocus)
    def _focused(self, event: events.DescendantFocus) -> None:
        """Follow the focus, unless it has gone on since."""
        found = (one.id for one in event.widget.ancestors if one.id in self._focus)
        if event.widget is self.screen.focused:
            self.front = next(found, None) or self.front
