"""The flow of the chosen exchange beside the list: its waterfall, live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import OptionList, Static

from engine.flow.ends import EndsOf
from engine.flow.flow import draw
from engine.flow.mermaid import mermaid
from engine.flow.waterfall import Waterfall
from engine.journal import ExchangeKind, Journal
from engine.secrets.conceal import conceal
from tui.inspect.annotations import Known
from tui.kit.clipboard import copy
from tui.kit.command import Command, Commanded

from . import waterfall as lines
from .followed import TICK, FollowedFlow

if TYPE_CHECKING:
    from engine.session import Session


def _key(
    name: str, keys: str, title: str, tooltip: str, run: Callable[[FlowPane], object], **more: Any
) -> Command[FlowPane]:
    return Command(f"flow-pane.{name}", keys, title, tooltip, run, **more)


FLOW_PANE: tuple[Command[FlowPane], ...] = (
    _key(
        "open",
        "enter",
        "Open",
        "Look at the chosen exchange closely",
        lambda pane: pane.post_message(pane.Opened()),
        footer=True,
    ),
    _key(
        "close",
        "escape",
        "Close",
        "Back to the exchanges",
        lambda pane: pane.post_message(pane.Closed()),
    ),
    _key(
        "diagram",
        "d",
        "Diagram",
        "The flow with all the room: its diagram, headers, messages",
        lambda pane: pane.post_message(pane.Whole()),
        footer=True,
    ),
    _key("copy", "y", "Copy", "Copy the waterfall as text", lambda pane: pane.copy()),
    _key(
        "mermaid",
        "Y",
        "Mermaid",
        "Copy the flow as a Mermaid diagram",
        lambda pane: pane.copy_mermaid(),
    ),
)


class FlowPane(Vertical, Commanded):
    """`number` is the exchange that it is about; 0 for none."""

    DEFAULT_CSS = """
    FlowPane { height: auto; max-height: 40%; }
    FlowPane:focus-within { max-height: 65%; }
    FlowPane > Static { height: 1; text-wrap: nowrap; }
    FlowPane > OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: transparent;
    }
    FlowPane > OptionList > .option-list--option { padding: 0; }
    FlowPane > OptionList > .option-list--option-highlighted {
        background: $foreground 8%; text-style: none;
    }
    FlowPane > OptionList:focus > .option-list--option-highlighted { background: $primary 22%; }
    """
    TABLE = FLOW_PANE

    class Chosen(Message):
        """The user is at one of its exchanges."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    class Opened(Message):
        """The user wants to see that closely."""

    class Closed(Message):
        """The user has seen enough of it."""

    class Whole(Message):
        """The user wants its screen."""

    class Found(Message):
        """It became several exchanges, or one that is alone."""

    def __init__(self, journal: Journal, known: Known) -> None:
        super().__init__(id="flow-pane", classes="pane")
        self.border_title = "Flow"
        self.session: Session | None = None
        self.ends: EndsOf | None = None
        """Who asked whom; without it nothing is drawn."""
        self.number = 0
        self._journal = journal
        self._known = known
        self._flow: FollowedFlow | None = None
        self._drawn: tuple[Waterfall, int] | None = None
        self._clock: Timer | None = None
        self.ticking = False
        """False while nothing happens: then it does not look for news."""
        self._head = Static(markup=False)
        self.steps = OptionList(id="flow-pane-steps", compact=True, markup=False)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.steps

    def on_mount(self) -> None:
        self._clock = self.set_interval(TICK, self._follow, pause=True)

    # -- what the screen calls -------------------------------------------------------------

    def show_flow(self, number: int) -> None:
        """Follow the flow of this exchange, which may have news; a note has none."""
        self._tick(True)
        if number == self.number or self.ends is None or number not in self._journal:
            return
        was_several = self.is_several
        self.number = number
        is_note = self._journal.exchange(number).kind is ExchangeKind.NOTE
        belongs = self._flow is not None and number in self._flow.thread.heads
        if is_note:
            self._flow = None
        elif not belongs or not self.is_several:
            self._flow = FollowedFlow(self._journal, number, self._known, self.ends)
        self._drawn = None
        if was_several != self.is_several:
            self.post_message(self.Found())
        self._draw()

    @property
    def is_several(self) -> bool:
        """True if more than one exchange belongs to it."""
        return self._flow is not None and len(self._flow.thread.heads) > 1

    # -- drawing ---------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._draw()

    def on_show(self) -> None:
        self._tick(True)
        self._draw()

    def _tick(self, on: bool) -> None:
        if self._clock is not None:
            self.ticking = on
            (self._clock.resume if on else self._clock.pause)()

    def _follow(self) -> None:
        if self._flow is None:
            self._tick(False)
            return
        if not self.screen.is_active:
            return
        was_several = self.is_several
        if self._flow.is_due() and self.display:
            self._draw()
        elif not self._flow.thread.behind and (self._flow.rests or not self.display):
            self._tick(False)
        if was_several != self.is_several:
            self.post_message(self.Found())

    def _draw(self) -> None:
        width = self.size.width
        if not self.display or not width:
            return
        flow = self._flow
        if flow is None or flow.number not in self._journal:
            self._say_nothing()
            return
        fall = flow.draw()
        if (fall, width) != self._drawn:
            self._drawn = fall, width
            self.border_title = lines.title(fall)
            self._head.update(lines.head(fall, width))
            self.steps.set_options(list(lines.rows(fall, width, flow.cause)))
        self._mark(fall)

    def _mark(self, fall: Waterfall) -> None:
        """The row of the chosen exchange, unless somebody moves about here."""
        places = (at for at, hop in enumerate(fall.hops) if hop.number == self.number)
        if not self.steps.has_focus or self.steps.highlighted is None:
            self.steps.highlighted = next(places, 0) if fall.hops else None

    def _say_nothing(self) -> None:
        self._drawn = None
        self.border_title = "Flow"
        self._head.update(Content.styled("Choose an exchange to see its flow.", "$text-muted"))
        self.steps.clear_options()

    # -- what its commands do ----------------------------------------------------------------

    @on(OptionList.OptionHighlighted)
    def _choose(self) -> None:
        place, flow = self.steps.highlighted, self._flow
        if flow is None or place is None or not self.steps.has_focus:
            return
        if place < len(flow.fall.hops) and (number := flow.fall.hops[place].number) != self.number:
            self.post_message(self.Chosen(number))

    @on(OptionList.OptionSelected)
    def _open(self) -> None:
        self.post_message(self.Opened())

    def copy(self) -> None:
        if self._flow is not None:
            self._copy(lines.as_text(self._flow.fall, self._flow.cause), "the waterfall as text")

    def copy_mermaid(self) -> None:
        if self._flow is not None and self.session is not None:
            thread, names = self._flow.thread, self.session.names
            drawn = draw(self._journal, thread, names, self._answerers)
            self._copy(mermaid(drawn), "the flow as a Mermaid diagram")

    def _answerers(self, number: int) -> str:
        return self._known.answerers(self._journal, number)

    def _copy(self, text: str, what: str) -> None:
        if self.session is not None:
            text = conceal(text, self.session.secrets).value
        copy(self.app, text, what)


FlowPaneMessage = FlowPane.Chosen | FlowPane.Opened | FlowPane.Whole | FlowPane.Closed
"""What it asks of the desk."""
