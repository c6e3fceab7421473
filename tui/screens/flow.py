"""The flow screen: what belongs together, as a sequence diagram or, where it is narrow, a list."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.insight.flow import Flow, flow, threads
from engine.journal import Journal
from engine.plural import counted
from tui.safe import shorten
from tui.widgets.sequence import diagram, heads, listing

_NARROW = 72
_FRAME = 8


class FlowScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Close", id="flow.close", tooltip="Back to the desk"),
        Binding("h", "thread", "Header", id="flow.header", tooltip="Follow another header"),
    ]

    def __init__(self, journal: Journal, number: int) -> None:
        super().__init__()
        self._journal = journal
        self._number = number
        self._threads = threads(journal, number) or ("correlation_id",)
        self._thread = 0
        self._seen = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -full", id="flow") as dialog:
            dialog.border_subtitle = "h another header   arrows scroll   Esc closes"
            yield Static(id="flow-thread", markup=False)
            with ScrollableContainer(id="flow-scroll"):
                yield Static(id="flow-heads", markup=False)
                yield Static(id="flow-lines", markup=False)

    def on_mount(self) -> None:
        self.query_one("#flow-scroll").focus()
        self.set_interval(0.5, self._follow)

    def on_resize(self) -> None:
        self._draw()

    def action_thread(self) -> None:
        self._thread = (self._thread + 1) % len(self._threads)
        self._draw()

    def _follow(self) -> None:
        """Draw again when there is more in the journal."""
        if self._seen != self._journal.next + self._journal.changes:
            self._draw()

    def _draw(self) -> None:
        if self._number not in self._journal:
            return
        self._seen = self._journal.next + self._journal.changes
        drawn = flow(self._journal, self._number, self._threads[self._thread])
        width = self.size.width - _FRAME
        self.query_one("#flow").border_title = Content("Flow")
        self.query_one("#flow-thread", Static).update(_thread(drawn, width))
        narrow = self.size.width < _NARROW
        lines = listing(drawn) if narrow else diagram(drawn, width)
        top = [] if narrow else heads(drawn, width)
        self.query_one("#flow-heads", Static).display = not narrow
        self.query_one("#flow-heads", Static).update(Content("\n").join(top))
        self.query_one("#flow-lines", Static).update(Content("\n").join(lines))


def _thread(drawn: Flow, width: int) -> Content:
    if not drawn.value:
        words = f"This exchange alone: no message of it has a header {drawn.header}."
    else:
        words = f"{drawn.header}  {drawn.value}"
    more = f"   and {counted(drawn.more, 'message')} more" if drawn.more else ""
    return Content.styled(shorten(words + more, width), "$text-accent")
