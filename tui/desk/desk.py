"""The desk: compose, exchanges, inspect and responders, beside each other or as tabs.

It owns the panes and shows what the journal has when its pulse beats. What its commands do is
done by its parts, one for each thing that the user wants. It does no I/O itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.css.query import NoMatches

from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.flow.ends import EndsOf
from engine.journal import Exchange, Journal
from tui.compose.compose import Compose
from tui.compose.subject import Subject
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges
from tui.flow.flow_pane import FlowPane, FlowPaneMessage
from tui.home.glimpse import Glimpse
from tui.inspect.annotations import Known
from tui.inspect.inspect import Inspect
from tui.kit import narrow_lists  # noqa: F401
from tui.kit.command import Commanded, open_by
from tui.kit.key_line import KeyLine
from tui.kit.page import Page
from tui.kit.pane_layout import WIDE, PaneLayout
from tui.kit.screen_line import ScreenLine
from tui.remembered import Remembered
from tui.responders.responders import Responders

from .acknowledging import acknowledge
from .comparing import Comparing
from .completing import LEARN, Completing
from .composing import Composing
from .desk_commands import DESK
from .diagnosing import Diagnosing
from .exporting import Exporting
from .flowing import Flowing
from .guiding import Guiding
from .homing import Homing
from .hosting import Hosting
from .jump import PANES
from .leaving import Leaving
from .list_first import ListFirst
from .looking import LOOK_EVERY, Looking, is_seen
from .pinning import turn_pin
from .playing_back import PlayingBack
from .recording import Recording
from .remembering import REMEMBER_EVERY, Remembering
from .sending import SETTLE, Sending
from .status import Status
from .status_bar import StatusBar
from .switch_server import SwitchServer

if TYPE_CHECKING:
    from engine.session import Session

BEAT = 1 / 30
"""Seconds between two looks at the journal, at the least."""
_ASKING = ("form", "resend")
"""The groups of what may open a screen."""
_PINNED = (
    "desk.send",
    *(f"desk.{name}" for name in ("watch", "flow", "explain")),
    *(f"desk.{name}-anywhere" for name in ("watch", "flow", "explain")),
)
"""What the line of keys shows before others."""
_SPARE = (
    "desk.failed",
    "exchanges.fold",
    "exchanges.pause",
    "exchanges.search",
    "desk.copy-exchange",
    "desk.copy-body",
    "desk.save-body",
    "desk.edit-body",
    "desk.compare",
    "desk.burst",
    "desk.zoom",
)
"""What it shows in the room that is left."""


class Desk(Page[None], Commanded):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    CSS_PATH = "../natstap.tcss"
    AUTO_FOCUS = "#subject"
    TABLE = DESK

    def __init__(
        self, journal: Journal, remembered: Remembered, theme: str, *, stays: bool = False
    ) -> None:
        """`theme` is the one that natstap began with; `stays`: see `Sending`."""
        super().__init__()
        self.journal = journal
        self.session: Session | None = None
        self.known = Known()
        self.composer: Compose = Compose()
        self.responders: Responders = Responders()
        glimpse = Glimpse(lambda choice: self.homing.use(choice))
        self.exchanges: Exchanges = Exchanges(journal, self.known, glimpse)
        self.inspect: Inspect = Inspect(journal, self.known)
        drawer = (self.composer, self.responders)
        flow = FlowPane(journal, self.known)
        self.room: ListFirst = ListFirst(self.exchanges, drawer, self.inspect, flow)
        self.panes: PaneLayout = PaneLayout(self.room, PANES)
        self.sending: Sending = Sending(self, stays)
        self.hosting: Hosting = Hosting(self)
        self.homing: Homing = Homing(self, glimpse, self.hosting)
        self.composing: Composing = Composing(self, self.sending, self.hosting)
        self.leaving: Leaving = Leaving(self)
        self.recording: Recording = Recording(self)
        self.flowing: Flowing = Flowing(self, self.room, flow, self.recording)
        self.comparing: Comparing = Comparing(self)
        self.exporting: Exporting = Exporting(self)
        self.playing_back: PlayingBack = PlayingBack(self)
        self.diagnosing: Diagnosing = Diagnosing(self)
        self.guiding: Guiding = Guiding(self, self.diagnosing, self.flowing)
        self.homing.guides = partial(self.start, self.guiding.open, "guides")
        self.completing: Completing = Completing(self)
        self.switching: SwitchServer = SwitchServer(self, self.completing, self.homing)
        self.remembering: Remembering = Remembering(self, remembered, theme)
        self.switching.settled = self.remembering.settle_in
        self._status = StatusBar()
        self._looking = Looking(self, self._status)
        self._footer = KeyLine(_PINNED, spare=_SPARE)
        self._any_row = False
        """Whether there was an exchange to act on."""

    def compose(self) -> ComposeResult:
        yield self._status
        yield ScreenLine("desk", keys=True)
        yield self.panes
        yield self._footer

    def on_mount(self) -> None:
        self.set_interval(LOOK_EVERY, self._looking.around)
        self.set_interval(REMEMBER_EVERY, self.remembering.look)
        self.remembering.lay_out()
        self._watch_journal()

    # -- what the app calls ------------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Use a session from now on."""
        self.session = session
        self.responders.attach(session)
        self.known.alone = session.hearing.heard_alone
        self.known.unheard = session.hearing.missed_the_answer
        self.known.settled = lambda: session.hearing.settled
        self.known.hosted = lambda: session.responders.all
        self.known.forecast = lambda: self.composer.forecast.audience
        self.known.owner = session.hearing.inbox_owner
        self.known.refused_reply = session.refused_reply
        self.known.breach = lambda exchange: session.schemas.breach(self.journal, exchange)
        self.known.check = session.schemas.check
        self.exchanges.figures.left_out = lambda: session.watches.left_out.count
        rows = self.exchanges.list.exchanges
        rows.aside, rows.listened = self.diagnosing.aside, session.hearing.listened_until
        self.inspect.verdict_line.listened = session.hearing.listened_until
        self.inspect.has_server = session.pages is None
        rows.checks = lambda: session.schemas.any
        rows.ends = EndsOf(
            self.journal, session.names, lambda number: self.known.answerers(self.journal, number)
        )
        self.flowing.attach(session)
        self.recording.attach(session)
        self.composer.attach(session)
        self.completing.begin(session)
        self.set_interval(LEARN, self.completing.ask)
        self.remembering.settle_in(session)
        self.switching.welcome()
        self._looking.look()
        self.refresh_bindings()

    def say(self, words: str) -> None:
        """Tell in the status bar how it goes while there is no session."""
        self._status.status = Status(words)

    # -- looking -----------------------------------------------------------------------------

    @work(group="journal", exclusive=True)
    async def _watch_journal(self) -> None:
        async for _ in self.journal.pulse.beats(BEAT):
            await asyncio.sleep(SETTLE)
            try:
                if is_seen(self):
                    self.refresh_from_journal()
            except NoMatches:
                return  # quitting: the panes go before their screen does

    @on(events.ScreenResume)
    def refresh_from_journal(self) -> None:
        self.exchanges.refresh_from_journal()
        self.inspect.refresh_from_journal()
        self.diagnosing.explain_shown()
        self.flowing.follow()
        self._looking.look()
        self.completing.learn()
        if self._any_row != (any_row := self.exchanges.list.cursor is not None):
            self._any_row = any_row
            self.refresh_bindings()

    # -- what its parts ask of it: see `Workspace` -------------------------------------------

    def go_to(self, pane: str) -> None:
        self.panes.go(pane)

    def bring(self, pane: str) -> None:
        self.panes.front = pane

    def unfold(self, pane: str) -> None:
        if self.panes.narrow:
            self.go_to(pane)

    def load(self, draft: Draft | None) -> None:
        if draft is not None:
            self.composer.load(draft)
            self.go_to("compose")
            if draft.subject:
                subject = self.composer.subject
                wild = subject.select_wildcard()
                self.set_focus(subject if wild else self.composer.pages.first)

    def composed(self) -> Draft | None:
        try:
            return self.composer.draft()
        except InvalidInput as error:
            self.go_to("compose")
            self.composer.refuse(error)
            return None

    def reveal(self, number: int) -> None:
        self.composer.complain("")
        self.refresh_from_journal()
        self.exchanges.list.reveal(number)
        self.inspect.show(number)
        self.unfold("inspect")

    def choose_exchange(self) -> Exchange | None:
        if not self.inspect.has_focus_within:
            self.inspect.show(self.exchanges.list.pin_cursor() or self.inspect.number)
        number = self.inspect.number
        return self.journal.exchange(number) if number in self.journal else None

    def start(self, work: Callable[[], Awaitable[object]], group: str, alone: bool = False) -> None:
        if group in _ASKING:
            open_by(self, work, group)
        else:
            self.run_worker(work, group=group, exclusive=alone)

    # -- what its panes tell -----------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        """What comes back from what has the focus, for that is no field."""
        if event.is_forwarded:
            event.stop()
            self.composing.take_paste(event.text)

    @on(ListFirst.Wanted)
    def _wanted(self, event: ListFirst.Wanted) -> None:
        self.go_to(event.pane)

    @on(Compose.Sent)
    @on(Compose.LayOut)
    @on(Subject.Command)
    def _composer_asked(self, event: Compose.Sent | Compose.LayOut | Subject.Command) -> None:
        match event:
            case Compose.Sent():
                self.sending.transmit(event.draft)
            case Compose.LayOut():
                self.completing.lay_out(event.subject)
            case Subject.Command():
                self.composing.take_command(event.written)

    @on(ExchangeList.Selected)
    @on(ExchangeList.Opened)
    def _selected(self, event: ExchangeList.Selected | ExchangeList.Opened) -> None:
        self.inspect.show(event.number)
        self.flowing.follow()
        self.refresh_bindings()
        if isinstance(event, ExchangeList.Opened):
            self.go_to("inspect")

    @on(FlowPane.Chosen)
    @on(FlowPane.Opened)
    @on(FlowPane.Whole)
    @on(FlowPane.Closed)
    def _flow_asked(self, event: FlowPaneMessage) -> None:
        self.flowing.take(event)

    @on(Inspect.Acknowledge)
    @on(Inspect.Pin)
    def _act_on_message(self, event: Inspect.Acknowledge | Inspect.Pin) -> None:
        if isinstance(event, Inspect.Pin):
            self.start(partial(turn_pin, self, event.subject, event.side), "pin", alone=True)
        else:
            self.start(partial(acknowledge, self, event.number), "form", alone=True)

    @on(Responders.ShowExchanges)
    @on(Responders.ShowExchange)
    def _show_served(self, event: Responders.ShowExchanges | Responders.ShowExchange) -> None:
        event.stop()
        if isinstance(event, Responders.ShowExchange):
            self.hosting.show_exchange(event.number)
        else:
            self.hosting.show_exchanges(event.subject)
