"""The list above, over the whole width; below it a drawer, and what is looked at closely.

Where there is very much room, that stands beside both at full height, with the flow below it.
The drawer shows one of several panes, or all beside each other where there is room for that;
closed, it leaves its room to the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual import events, on
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.flow.flow_pane import FlowPane
from tui.kit.pane_room import Border, divide

BROAD = 160
"""Columns from which the close look has the full height."""
TALL = 40
"""Rows from which there is room for a flow below the close look."""
_BETWEEN = "   "
_INDENT = 3
"""Cells of a frame before its title."""
_USUAL = {"rows": 0.5, "columns": 0.4, "broad-rows": 0.68, "broad-columns": 0.66}
"""The part of what is above, and of what is left, until somebody moves the border."""
_WITHIN = "broad-drawer"
"""The border between the panes of the drawer; the style sheet says where it usually is."""


class ListFirst(Container):
    DEFAULT_CSS = "ListFirst { height: 1fr; layout: grid; grid-size: 2 2; }"

    def __init__(
        self, above: Widget, drawer: Sequence[Widget], close: Widget, flow: FlowPane
    ) -> None:
        self._above, self._drawer, self._inspect, self._flow = above, tuple(drawer), close, flow
        self._close = Vertical(close, flow, id="close")
        self.flow_open = False
        """Whether the user wants to see the flow, several exchanges or not."""
        self.drawn: Widget = self._drawer[0]
        """The pane that the drawer shows."""
        self.open = True
        """Whether the drawer is there."""
        self._apart: bool | None = None
        """Whether each pane of the drawer has a frame of its own, for it is alone or all are
        shown; None before the first time."""
        self._labels = {pane.id or "": str(pane.border_title or "") for pane in drawer}
        self._laid: tuple[object, ...] = ()
        """What it was laid out for last."""
        self._alone = False
        self._together = Horizontal(*drawer, id="drawer")
        super().__init__(above, self._together, self._close, id="desk")

    class Wanted(Message):
        """The user clicked on the name of another pane of the drawer."""

        def __init__(self, pane: str) -> None:
            self.pane = pane
            super().__init__()

    @property
    def _broad(self) -> bool:
        return self.app.size.width >= BROAD

    def lay_out(self, front: str, alone: bool, shares: Mapping[str, float]) -> None:
        if here := next((pane for pane in self._drawer if pane.id == front), None):
            self.drawn, self.open = here, True
        laid = front, alone, dict(shares), self._broad, self.open, self.drawn
        if laid == self._laid:
            self._lay_out_flow()
            return
        self._laid, self._alone = laid, alone
        self._above.display = not alone or front == self._above.id
        for pane in self._drawer:
            pane.display = pane.id == front if alone else self._is_shown(pane)
        divide(*self._sides, None if alone or not self._broad else shares.get(_WITHIN), True)
        self._together.display = any(pane.display for pane in self._drawer)
        self._close.display = front == self._inspect.id or not alone
        self._lay_out_flow()
        if self._apart != (apart := alone or self._broad):
            self._apart = apart
            self._write_titles()
        broad, whole = self._broad, 1 if alone else 2
        _span(self._above, 1 if broad else whole, 1 if self.open or not broad else whole)
        _span(self._close, 1 if broad or self.open else whole, whole if broad else 1)
        self.move_child(self._close, after=self._above if broad else self._together)
        self.styles.grid_size_columns = self.styles.grid_size_rows = whole
        rows, columns = self._names
        parts = {name: shares.get(name, _USUAL[name]) for name in self._names}
        self.styles.grid_rows = "1fr" if alone else _parts(parts[rows])
        self.styles.grid_columns = "1fr" if alone else _parts(parts[columns])

    @property
    def has_columns(self) -> bool:
        """True where there is room for a flow beside the list."""
        return self._broad and not self._alone

    def open_flow(self, open: bool) -> None:  # noqa: A002
        self.flow_open = open
        self._lay_out_flow()

    @on(FlowPane.Found)
    def _lay_out_flow(self) -> None:
        """Where nobody asked for it, it is shown if it has something to tell."""
        tells = self._flow.is_several and self.app.size.height >= TALL
        self._flow.display = self.has_columns and (self.flow_open or tells)

    def borders(self) -> Sequence[Border]:
        above, close = self._above.region, self._close.region
        below = self._together.region if self.open else close
        left = above if self._broad else below
        rows, columns = self._names
        found = []
        if self.open or not self._broad:
            found.append(Border(rows, above, below, False, ()))
        if self.open or self._broad:
            found.append(Border(columns, left, close, True, ()))
        if self.open and self._broad:
            before, after = (pane.region for pane in self._sides)
            panes = tuple(pane.id or "" for pane in self._drawer)
            found.append(Border(_WITHIN, before, after, True, panes))
        return found

    # -- the names of what is in the drawer ------------------------------------------------

    def label(self, pane: str, words: str) -> None:
        """Call a pane of the drawer so."""
        if self._labels[pane] != words:
            self._labels[pane] = words
            self._write_titles()

    def _write_titles(self) -> None:
        """The drawer's frame has the names of all that is in it, for a click."""
        for pane in self._drawer:
            names = [
                Content(words)
                if name == pane.id
                else Content.styled(words, "not bold $foreground 60%")
                for name, words in self._labels.items()
            ]
            own = self._labels[pane.id or ""]
            pane.border_title = own if self._apart else Content(_BETWEEN).join(names)

    def on_click(self, event: events.Click) -> None:
        """A click on a name; other clicks in the frame are the pane's."""
        region = self.drawn.region
        at = region.x + _INDENT
        if self._apart or not self.open or event.screen_y != region.y:
            return
        for name, words in self._labels.items():
            if at <= event.screen_x < at + cell_len(words):
                self.post_message(self.Wanted(name))
            at += cell_len(words) + len(_BETWEEN)

    @property
    def _names(self) -> tuple[str, str]:
        return ("broad-rows", "broad-columns") if self._broad else ("rows", "columns")

    @property
    def _sides(self) -> tuple[Widget, Widget]:
        """The first pane of the drawer, and the last."""
        return self._drawer[0], self._drawer[-1]

    def _is_shown(self, pane: Widget) -> bool:
        return self.open and (self._broad or pane is self.drawn)


def _span(pane: Widget, columns: int, rows: int) -> None:
    pane.styles.column_span, pane.styles.row_span = columns, rows


def _parts(share: float) -> str:
    """A little more than the share, for cells are rounded down; the second has all that is left."""
    return f"{100 * share + 1e-3:.4f}% 1fr"
