"""The desk: compose, exchanges, inspect and responders, beside each other or as tabs.

It reads the journal when its pulse beats, and hands the user's wishes to the session. It does
no I/O itself: the broker sends, and the journal tells how it ended.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.widget import Widget
from textual.widgets import Footer, Input, TextArea

from engine.drafts.draft import Draft
from engine.drafts.recorded import recorded_draft
from engine.errors import NatstapError
from engine.journal import Journal, Kind
from tui.compose.compose import EMPTY, Compose
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges
from tui.inspect.inspect import Inspect
from tui.kit.key_order import after_typing
from tui.kit.link_line import LinkTrouble
from tui.kit.pane_layout import WIDE
from tui.responders.responders import Responders
from tui.safe import shorten

from .help import Help
from .hosting import HOSTING_KEYS
from .insights import INSIGHT_KEYS
from .jump import Jump
from .panes import PANES, Panes
from .status_bar import Status, StatusBar
from .switch_server import MOVING_KEYS, Moving
from .workshop import WORKSHOP_KEYS

if TYPE_CHECKING:
    from engine.session import Session
    from engine.statistics.statistics import Statistics

BEAT = 1 / 30
"""Seconds between two looks at the journal, at the least."""
SETTLE = 0.008
"""Seconds that drawing waits for a quick answer: times are taken when the socket is read, and
a screen being drawn in between would be counted as the service's."""
_LOOK = 0.5
_LEARNED = 32
"""New exchanges of one beat whose subjects are learned for completion."""
_SPOKEN = (Kind.REQUEST, Kind.PUBLISH)
_OTHERS = " Another client sent it; natstap sends it as its own."
_NAMED = 60
"""Letters of a subject in a question."""


def _key(keys: str, action: str, says: str, tooltip: str, **more: object) -> Binding:
    name = action.partition("(")[0].replace("_", "-")
    return Binding(keys, action, says, id=f"desk.{name}", tooltip=tooltip, **more)  # type: ignore[arg-type]


class Desk(Moving):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    CSS_PATH = "../natstap.tcss"
    AUTO_FOCUS = "#subject"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key(
            "ctrl+j,f5,ctrl+enter",
            "send",
            "Send",
            "Send what is composed",
            priority=True,
            key_display="^j",
        ),
        _key(
            "slash",
            "filter",
            "Filter",
            "Show only some exchanges",
            priority=True,
            key_display="/",
        ),
        _key("ctrl+n", "fresh", "New", "Empty the composer", priority=True, show=False),
        _key("r", "resend", "Resend", "Send the chosen exchange's message again"),
        _key("e", "edit", "Edit", "Put the chosen exchange's message into the composer"),
        *HOSTING_KEYS,
        *INSIGHT_KEYS,
        *WORKSHOP_KEYS,
        *MOVING_KEYS,
        _key(
            "t,ctrl+t",
            "statistics",
            "Statistics",
            "What every subject does: rates, latencies, failures",
            show=False,
            key_display="t",
        ),
        _key("ctrl+o", "jump", "Jump", "Go to a pane by its number", priority=True),
        _key(
            "f2",
            "zoom",
            "Zoom",
            "All the room for one pane, and back",
            priority=True,
            show=False,
            key_display="F2",
        ),
        _key("question_mark", "help", "Help", "What the keys do", key_display="?"),
        _key("escape", "leave", "Leave", "Leave the field for the exchanges", show=False),
        *(
            Binding(
                str(number),
                f"go('{pane}')",
                pane.capitalize(),
                id=f"desk.go.{pane}",
                show=False,
                tooltip=f"Go to {pane}",
            )
            for number, pane in enumerate(PANES, 1)
        ),
    ]

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal
        self.session: Session | None = None
        self._learned = 0
        self._trouble = ""
        self._any_row = False
        """Whether there was an exchange to act on."""
        self._statistics: Statistics | None = None

    def compose(self) -> ComposeResult:
        yield StatusBar()
        yield Panes(
            (Compose(), Responders()),
            (Exchanges(self.journal, self.known), Inspect(self.journal, self.known)),
        )
        yield Footer()

    def on_resize(self, event: events.Resize) -> None:
        """Where there is little room, the footer leaves the palette to the help."""
        footer = self.query_one(Footer)
        footer.compact = event.size.width < WIDE
        footer.show_command_palette = event.size.width >= WIDE

    def on_mount(self) -> None:
        self.set_interval(_LOOK, self._look)
        self._watch_journal()

    # -- what the app calls ------------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Use a session from now on."""
        self.session = session
        self.query_one(Responders).session = session
        self.begin_insights(session)
        self.begin_workshop(session)
        self.welcome()
        self._look()

    def say(self, words: str) -> None:
        """Tell in the status bar how it goes while there is no session."""
        self.query_one(StatusBar).status = Status(words)

    # -- looking -----------------------------------------------------------------------------

    @work(group="journal", exclusive=True)
    async def _watch_journal(self) -> None:
        async for _ in self.journal.pulse.beats(BEAT):
            await asyncio.sleep(SETTLE)
            try:
                self.refresh_from_journal()
            except NoMatches:
                return  # quitting: the panes go before their screen does

    def refresh_from_journal(self) -> None:
        self.query_one(Exchanges).refresh_from_journal()
        self.query_one(Inspect).refresh_from_journal()
        self._look()
        self._learn()
        if self._any_row != (any_row := self.query_one(ExchangeList).cursor is not None):
            self._any_row = any_row
            self.refresh_bindings()

    def _look(self) -> None:
        """What may change without a message: the connection, the rate, the responders."""
        self.query_one(Exchanges).show_figures()
        if self.session is not None:
            status = Status.of(self.session)
            self.query_one(StatusBar).status = status
            if status.trouble != self._trouble:
                self._trouble = status.trouble
                self.post_message(LinkTrouble(status.trouble))
            self.query_one(Responders).refresh_rows()

    def _learn(self) -> None:
        """Offer the subjects of the newest messages for completion."""
        view = self.query_one(ExchangeList).view
        newest = (view[at] for at in range(max(0, len(view) - _LEARNED), len(view)))
        fresh = [one for one in newest if one > self._learned]
        if fresh:
            self._learned = fresh[-1]
            heads = (self.journal.exchange(one) for one in fresh if one in self.journal)
            self.query_one(Compose).know(one.subject for one in heads if one.kind in _SPOKEN)

    # -- sending -----------------------------------------------------------------------------

    @after_typing
    def action_send(self) -> None:
        self.query_one(Compose).send()

    @on(Compose.Sent)
    def _sent(self, event: Compose.Sent) -> None:
        self.transmit(event.draft)

    def transmit(self, draft: Draft) -> None:
        """Send, and show the exchange that begins; what cannot be sent is said in Compose."""
        if self.session is None:
            self.query_one(Compose).complain("not connected yet")
        else:
            self._post(self.session, draft)

    @work(group="post")
    async def _post(self, session: Session, draft: Draft) -> None:
        try:
            if draft.trace:
                await self.trace(session, draft)
            else:
                self.show_sent((await session.post(draft)).number)
        except NatstapError as error:
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        self.query_one(Panes).front = "compose"
        self.query_one(Compose).refuse(error)

    def show_sent(self, number: int) -> None:
        self.known.expect(number)
        self.set_timer(SETTLE, partial(self.reveal, number))

    def reveal(self, number: int) -> None:
        self.query_one(Compose).complain("")
        self.refresh_from_journal()
        self.query_one(ExchangeList).reveal(number)
        self.query_one(Inspect).show(number)
        if self.query_one(Panes).narrow:
            self.go_to("inspect")

    # -- the chosen exchange -----------------------------------------------------------------

    @on(ExchangeList.Selected)
    def _selected(self, event: ExchangeList.Selected) -> None:
        self.query_one(Inspect).show(event.number)
        self.refresh_bindings()

    @on(ExchangeList.Opened)
    def _opened(self, event: ExchangeList.Opened) -> None:
        self.query_one(Inspect).show(event.number)
        self.go_to("inspect")

    def chosen_draft(self) -> Draft | None:
        exchange = self.choose_exchange()
        if exchange is not None and exchange.kind is not Kind.NOTE:
            if self.session is not None:
                return self.session.outbox.draft_again(exchange.number)
            return recorded_draft(self.journal, exchange.number)
        self.app.bell()
        return None

    def action_resend(self) -> None:
        """As it was on the wire, whatever its variables are now.

        What natstap sent on this connection goes again at once; all else is asked first.
        """
        session = self.session
        if self.chosen_draft() is None or session is None:
            return
        number = self.query_one(Inspect).number
        draft, message = recorded_draft(self.journal, number), self.journal.message(number)
        if message.sent and message.number >= session.since:
            self.transmit(draft)
        else:
            self.ask_and_transmit(draft, "" if message.sent else _OTHERS)

    @work(group="resend", exclusive=True)
    async def ask_and_transmit(self, draft: Draft, besides: str = "") -> None:
        """Ask once before a message goes again to a server that is not natstap's own."""
        from tui.kit.confirm import Sure

        session = self.session
        if session is None:
            return
        if session.server is None:
            words = f"{shorten(draft.subject, _NAMED)} goes to {session.where}.{besides}"
            if await self.app.push_screen_wait(Sure("Send this again?", words, "Send")) is not True:
                return
        self.transmit(draft)

    def action_edit(self) -> None:
        if draft := self.chosen_draft():
            self.query_one(Compose).load(draft)
            self.go_to("compose")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("resend", "edit", "explain", "flow") and self.is_mounted:
            chosen = self.query_one(Inspect).number or self.query_one(ExchangeList).cursor
            return True if chosen else None
        return action != "filter" or not isinstance(self.focused, Input | TextArea)

    # -- finding the way ---------------------------------------------------------------------

    def action_go(self, pane: str) -> None:
        self.go_to(pane)

    def go_to(self, pane: str) -> None:
        self.query_one(Panes).go(pane)

    def action_zoom(self) -> None:
        self.query_one(Panes).zoom()

    def action_fresh(self) -> None:
        self.query_one(Compose).load(EMPTY)
        self.go_to("compose")

    def action_leave(self) -> None:
        self.go_to("exchanges")

    def action_filter(self) -> None:
        """At once: what is typed right after it is the filter, and no key of the list."""
        self.query_one(Panes).front = "exchanges"
        self.query_one(Exchanges).start_filter()

    def action_jump(self) -> None:
        """Let go of the field at once: a number typed right after is a jump too, not text."""
        before = self.focused
        self.set_focus(None)
        self._ask_jump(before)

    @work(group="form", exclusive=True)
    async def _ask_jump(self, before: Widget | None) -> None:
        if self.app.screen is self and self.focused is None:
            self.app.push_screen(Jump(self.go_to, lambda: self.set_focus(before)))

    def action_statistics(self) -> None:
        """What was counted is kept, so that the screen opens where it was left."""
        from engine.statistics.statistics import Statistics
        from tui.statistics.statistics import StatisticsScreen

        if self.app.screen is self:
            self._statistics = self._statistics or Statistics(
                self.journal, look=self.known.look, settled=lambda: self.known.settled()
            )
            self.app.push_screen(StatisticsScreen(self._statistics), self.show_exchanges)

    def action_help(self) -> None:
        self.app.push_screen(Help())
