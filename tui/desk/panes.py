"""The four panes: beside each other where there is room, else one at a time under tabs."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from tui.kit.pane_layout import WIDE
from tui.kit.tab_line import TabLine

PANES = {
    "compose": "#subject",
    "exchanges": "#list",
    "inspect": "#inspect-tabs",
    "responders": "#responder-list",
}
"""The panes in the order of their numbers, and what gets the focus in each."""


class Panes(Vertical):
    front: reactive[str] = reactive("compose", init=False)
    """The pane that was gone to last."""
    narrow: reactive[bool] = reactive(False, init=False)
    """True while only the pane in front is shown."""

    def __init__(self, left: Sequence[Widget], right: Sequence[Widget]) -> None:
        super().__init__(id="panes")
        self._zoomed = False
        self._columns = (Vertical(*left, id="left"), Vertical(*right, id="right"))

    def compose(self) -> ComposeResult:
        names = (f"{number} {pane.capitalize()}" for number, pane in enumerate(PANES, 1))
        yield TabLine(*names, id="pane-tabs")
        yield Horizontal(*self._columns, id="desk")

    def on_mount(self) -> None:
        tabs = self.query_one("#pane-tabs")
        tabs.can_focus = False
        tabs.display = False

    def go(self, pane: str) -> None:
        """Bring a pane to the front, and the focus into it, before another key is heard."""
        self.front = pane
        self.screen.set_focus(self.query_one(PANES[pane]))

    def on_resize(self) -> None:
        self.narrow = self._zoomed or self.app.size.width < WIDE

    def zoom(self) -> None:
        """Give all the room to the pane in front, or take it back, where there is room for all."""
        self._zoomed = not self._zoomed
        self.set_class(self._zoomed, "-narrow")
        self.on_resize()

    def watch_front(self, front: str) -> None:
        self.query_one("#pane-tabs", TabLine).active = list(PANES).index(front)
        self._arrange()

    def watch_narrow(self, narrow: bool) -> None:
        self.query_one("#pane-tabs").display = narrow
        self._arrange()

    def _arrange(self) -> None:
        """Hide by style and not by class: a class on a parent restyles all that is in it."""
        for column in self._columns:
            for pane in column.children:
                pane.display = not self.narrow or pane.id == self.front
            column.display = any(pane.display for pane in column.children)

    @on(TabLine.Chosen, "#pane-tabs")
    def _chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.go(list(PANES)[event.index])

    @on(events.DescendantFocus)
    def _focused(self, event: events.DescendantFocus) -> None:
        """Follow the focus, unless it has gone on since."""
        found = (one.id for one in event.widget.ancestors if one.id in PANES)
        if event.widget is self.screen.focused:
            self.front = next(found, None) or self.front
