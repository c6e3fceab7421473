"""The flow screen: what belongs together, as a waterfall or as a sequence diagram.

It gives back the number of the exchange that the user wants to see closely, if any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from engine.clients.names import Names, ask_names
from engine.content.reader import BodyReader
from engine.errors import NatstapError
from engine.flow.ends import EndsOf
from engine.flow.flow import Flow, FlowStep, draw
from engine.flow.mermaid import mermaid
from engine.flow.waterfall import Waterfall
from engine.journal import Journal
from engine.message import Message, text
from engine.secrets.conceal import conceal
from engine.words import counted, octets
from tui.inspect.annotations import Known
from tui.kit.clipboard import copy
from tui.kit.command import Commanded
from tui.kit.headline import Headline
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.kit.rows import clocks
from tui.kit.screen_line import ScreenLine
from tui.kit.tab_line import TabLine
from tui.safe import clean, shorten

from . import waterfall as waterfall_lines
from .flow_chart import FlowChart
from .flow_commands import FLOW
from .followed import TICK, FollowedFlow
from .sequence import diagram, heads, listing, reach, ways, wide

if TYPE_CHECKING:
    from engine.session import Session

_NARROW = 72
_FRAME = 8
_KEYS = "Enter opens   d {other}   h another header   y copies   Y Mermaid   Esc closes"
_FEW_KEYS = "Enter opens   d {other}   y copies   Esc closes"
_PAN = "← → columns   "
_QUIET = "$foreground 60%"


FindInParts = Callable[[str, str, int], Awaitable[int]]
"""Fills the journal with what has a value of a header in all parts of a recording; takes both and
the number of a message, and gives the number that it has then, or 0.
"""


class FlowScreen(Dialog[int | None], Commanded):
    TABLE = FLOW

    def __init__(
        self,
        journal: Journal,
        number: int,
        session: Session | None = None,
        known: Known | None = None,
        ends: EndsOf | None = None,
        parts: FindInParts | None = None,
    ) -> None:
        """`ends` tells who asked whom, by the number of an exchange; with `parts` the journal holds
        one part of a recording.
        """
        super().__init__()
        self.parts: FindInParts | None = parts
        """While only one of several parts is looked through."""
        self._journal = journal
        self._number = number
        self._session = session
        self._known = known or Known()
        self._names = Names()
        self._answerers = partial(self._known.answerers, journal)
        self._ends = ends or EndsOf(journal, self._names, self._answerers)
        self._flow = FollowedFlow(journal, number, self._known, self._ends)
        self._headers = self._flow.headers
        self._drawn: Flow | None = None
        self._fall = Waterfall(())
        self._diagram = False
        """Whether the sequence diagram is shown, and not the waterfall."""
        self._room = 0
        """The cells that it was drawn for."""
        self._at: int | None = None
        """The message under the cursor, once somebody has moved it."""
        self._headline = Headline("flow-total")
        self.tabs: TabLine = TabLine(*self._headers, id="flow-headers")
        self._about = Static(id="flow-thread", markup=False)
        self.chart: FlowChart = FlowChart()
        self._message = Static(id="flow-message", markup=False)
        self._frame = Vertical(
            self.tabs,
            self._about,
            self.chart,
            self._message,
            classes="dialog -full",
            id="flow",
        )
        self._frame.border_title = "Flow"

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("flow")
        yield self._frame

    def on_mount(self) -> None:
        self.chart.steps.focus()
        self.set_interval(TICK, self._follow)
        self._ask_for_names()

    @work
    async def _ask_for_names(self) -> None:
        """Find out what the clients are called; without that they are known by their inboxes."""
        if self._session is None:
            return
        if self._session.pages is not None:
            self._names = self._session.names
            self._draw()
            return
        try:
            self._names = await ask_names(self._session.broker.link)
        except NatstapError:
            return  # the inboxes will do
        self._draw()

    # -- what is drawn -----------------------------------------------------------------------

    def _follow(self) -> None:
        if self._flow.is_due():
            self._draw()

    @on(events.Resize)
    def _draw(self) -> None:
        if self._number not in self._journal:
            return
        drawn = draw(self._journal, self._flow.thread, self._names, self._answerers)
        fall = self._flow.draw()
        width = self.size.width - _FRAME
        self._about.update(_thread(drawn, in_part=self.parts is not None))
        self._headline.say_what_fits(_figures(drawn, fall))
        if (drawn, fall, width) != (self._drawn, self._fall, self._room):
            self._drawn, self._fall, self._room = drawn, fall, width
            self._show(drawn, width)

    def _show(self, drawn: Flow, width: int) -> None:
        self._frame.border_title = waterfall_lines.title(self._fall)
        other = "waterfall" if self._diagram else "diagram"
        keys = (_KEYS if width > _NARROW + _FRAME else _FEW_KEYS).format(other=other)
        narrow = self._diagram and self.size.width < _NARROW
        broad = self._diagram and not narrow and wide(drawn, width) > width
        self._frame.border_subtitle = f"{_PAN}{keys}" if broad else keys
        if self._diagram:
            lines = listing(drawn) if narrow else diagram(drawn, width)
            above = [] if narrow else heads(drawn, width)
            numbers = [step.number for step in drawn.steps]
        else:
            lines = list(waterfall_lines.rows(self._fall, width, self._flow.cause))
            above = [waterfall_lines.head(self._fall, width)]
            numbers = [hop.number for hop in self._fall.hops]
        self.chart.show(numbers, lines, above, wide(drawn, width) if broad else 0)
        self.chart.choose(self._wanted)

    @property
    def _wanted(self) -> int:
        """The message under the cursor: at first what failed, else what this was opened for."""
        failed = self._fall.failed
        return self._at or (failed.number if failed and not self._diagram else self._number)

    # -- the chosen message ------------------------------------------------------------------

    @property
    def _chosen(self) -> FlowStep | None:
        steps = self._drawn.steps if self._drawn is not None else ()
        return next((step for step in steps if step.number == self.chart.chosen), None)

    @on(OptionList.OptionHighlighted, "#flow-steps")
    def _look_closely(self) -> None:
        step = self._chosen
        lines = [Content("")] * 3
        if step is not None and self._drawn is not None and step.number in self._journal:
            room = max(20, self.size.width - _FRAME)
            lines = _details(self._drawn, step, self._journal.message(step.number), room)
            if not self.chart.is_at(self._wanted):
                self._at = step.number
            if self._diagram:
                self.chart.bring(*reach(self._drawn, step, self._room))
        self._message.update(Content("\n").join(lines))

    @on(OptionList.OptionSelected, "#flow-steps")
    def _selected(self) -> None:
        self.open_chosen()

    def open_chosen(self) -> None:
        if (chosen := self.chart.chosen) is not None:
            self.dismiss(self._journal.head(chosen))

    # -- what is shown, and copied -----------------------------------------------------------

    def turn(self) -> None:
        """To the diagram, or back to the waterfall."""
        self._diagram = not self._diagram
        self.chart.scroll_to(x=0, animate=False)
        if self._drawn is not None:
            self._show(self._drawn, self._room)

    def present(self) -> None:
        from tui.presenter.presenter import Presenter
        from tui.presenter.slides import SlideSource

        reader = self._session.outbox.reader if self._session is not None else BodyReader()
        told = SlideSource(self._journal, self._known, self._ends, reader)
        if self._number in self._journal:
            self.app.push_screen(Presenter(told, self._number, flow=True))

    def copy(self) -> None:
        text = waterfall_lines.as_text(self._fall, self._flow.cause)
        _copy(self, self._session, text, "the waterfall as text")

    def copy_mermaid(self) -> None:
        if self._drawn is not None:
            _copy(self, self._session, mermaid(self._drawn), "the flow as a Mermaid diagram")

    # -- the thread --------------------------------------------------------------------------

    @on(TabLine.Chosen, "#flow-headers")
    def _follow_header(self, event: TabLine.Chosen) -> None:
        if self._number in self._journal:
            header = self._headers[event.index]
            self._flow = FollowedFlow(self._journal, self._number, self._known, self._ends, header)
            self._at = None
            self._draw()

    def find_in_parts(self) -> None:
        if self.parts is not None and self._flow.thread.value:
            self._about.update(Content.styled("Reading all parts.", _QUIET))
            self.run_worker(self._find_in(self.parts), group="parts", exclusive=True)

    async def _find_in(self, parts: FindInParts) -> None:
        thread = self._flow.thread
        if number := await parts(thread.header, thread.value, self._number):
            self.parts, self._number, self._at = None, self._journal.head(number), None
            self._flow = FollowedFlow(
                self._journal, self._number, self._known, self._ends, thread.header
            )
            self.refresh_bindings()
        self._draw()


def _copy(screen: FlowScreen, session: Session | None, text: str, what: str) -> None:
    if session is not None:
        text = conceal(text, session.secrets).value
    copy(screen.app, text, what)


def _figures(drawn: Flow, fall: Waterfall) -> Iterator[str]:
    yield counted(len(fall.hops), "exchange")
    yield counted(len(drawn.steps), "message")
    yield counted(sum(each.role == "client" for each in drawn.participants), "client")
    if failed := sum(hop.failed for hop in fall.hops):
        yield f"{failed:,} failed"


def _thread(drawn: Flow, in_part: bool = False) -> Content:
    if not drawn.value:
        words = f"This exchange alone: no message of it has a header {clean(drawn.header)}."
        return Content.styled(words, _QUIET)
    more = f", and {drawn.more:,} more" if drawn.more else ""
    said = f"{counted(len(drawn.steps), 'message')}{more} with  "
    value = (clean(drawn.value[:500]), "$text-accent")
    part = ("  in this part: * looks in all", _QUIET) if in_part else ""
    return Content.assemble((said, _QUIET), value, part)


def _details(drawn: Flow, step: FlowStep, message: Message, room: int) -> list[Content]:
    """Three lines about one message."""
    facts = f"{clocks(step.at, step.spread)}  {ways(drawn, step)}  {octets(step.size)}"
    headers = "   ".join(f"{name}: {value}" for name, value in message.headers.pairs[:9])
    body = " ".join(text(message.body[: 4 * room]).split())
    return [
        Content.styled(shorten(f"{facts}  on {message.subject}", room), _QUIET),
        Content.styled(shorten(headers or "no headers", room), "$text-accent"),
        Content(shorten(body or "no body", room)),
    ]
