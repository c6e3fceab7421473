"""What the desk can find out beyond the journal: who listens, why it failed, which way it went.

The base of the desk: the actions and workers of the keys that look further, so that the desk itself
stays the place where panes are wired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from engine.drafts.draft import Draft
from engine.errors import NatstapError
from engine.journal import Exchange, Journal, Kind, State
from tui.compose.compose import Compose
from tui.compose.forecast import Forecast, is_subject
from tui.exchanges.exchange_list import ExchangeList
from tui.inspect.annotations import Known, keep
from tui.inspect.inspect import Inspect
from tui.kit.glyphs import Sign
from tui.kit.key_order import after_typing

from .panes import Panes

if TYPE_CHECKING:
    from engine.session import Session

_LOOK = 0.25
"""Seconds between two looks at what no message tells."""
_UNEXPLAINED = (State.CANCELLED, State.WAITING)


def _key(key: str, action: str, says: str, tooltip: str, **more: object) -> Binding:
    return Binding(key, action, says, id=f"desk.{action}", tooltip=tooltip, **more)  # type: ignore[arg-type]


INSIGHT_KEYS = (
    _key("w", "watch", "Watch", "Watch what other clients say to each other", show=False),
    _key(
        "ctrl+l",
        "audience",
        "Who listens",
        "Show who would get a message on the subject",
        priority=True,
        key_display="^l",
        show=False,
    ),
    _key("v", "explain", "Why", "Ask the servers why the chosen exchange failed", show=False),
    Binding(
        "f8",
        "explain",
        "Why",
        id="desk.explain-anywhere",
        tooltip="Ask the servers why the chosen exchange failed",
        key_display="F8",
        priority=True,
        show=False,
    ),
    _key("F", "flow", "Flow", "Draw the flow that the chosen exchange is part of", show=False),
)


class Insights(Screen[None]):
    journal: Journal
    session: Session | None

    def __init__(self) -> None:
        super().__init__()
        self.known = Known()
        self._asked: set[tuple[int, State, bool]] = set()
        self._hosted: tuple[tuple[str, bool], ...] = ()
        """Subjects of the responders, and whether they are on, when last looked at."""

    def begin_insights(self, session: Session) -> None:
        """Use a session's eyes from now on."""
        self.known.alone = session.heard_alone
        self.known.unheard = session.missed_the_answer
        self.known.settled = lambda: session.settled
        self.known.hosted = lambda: session.responders
        self.known.forecast = lambda: self.query_one(Forecast).audience
        self.known.owner = session.inbox_owner
        rows = self.query_one(ExchangeList)
        rows.listen_with(self._aside, session.listened_until)
        self.query_one(Compose).attach(session)

    def on_mount(self) -> None:
        self.set_interval(_LOOK, self.look_around)

    def _aside(self, number: int) -> Sign | None:
        held = number in self.journal
        return self.known.aside(self.journal.exchange(number)) if held else None

    def look_around(self) -> None:
        """What changes without a message: who else listened, and a failure now explained."""
        if self.session is not None and self.session.watches:
            self.query_one(ExchangeList).repaint()
            self.query_one(Inspect).refresh_from_journal()
        self._explain_shown()
        self._look_at_hosted()

    def _look_at_hosted(self) -> None:
        """What natstap itself hosts now, or no more, changes who listens."""
        known = self.session.responders if self.session is not None else ()
        hosted = tuple((one.pattern, one.on) for one in known)
        if hosted != self._hosted:
            self._hosted = hosted
            self.query_one(Forecast).doubt()

    # -- who listens -------------------------------------------------------------------------

    @after_typing
    @work(group="form", exclusive=True)
    async def action_audience(self) -> None:
        from tui.compose.audience import AudienceScreen

        subject = self.query_one("#subject", Input).value.strip()
        if "{{" in subject:
            subject = self.query_one(Forecast).subject
        if self.session is None or self.app.screen is not self:
            return
        if not is_subject(subject):
            self.query_one(Compose).complain("a subject without wildcards is needed for that")
            return
        found = self.query_one(Forecast).audience
        taken = await self.app.push_screen_wait(AudienceScreen(self.session, subject, found))
        if taken:
            self.query_one("#subject", Input).value = taken

    # -- watching ----------------------------------------------------------------------------

    @work(group="form", exclusive=True)
    async def action_watch(self) -> None:
        from tui.watching.watching import Watching

        if self.session is not None and self.app.screen is self:
            await self.app.push_screen_wait(Watching(self.session))

    # -- why it failed -----------------------------------------------------------------------

    def action_explain(self) -> None:
        """Ask again, and show the evidence."""
        exchange = self.choose_exchange()
        if self.app.screen is not self:
            return
        if exchange is None or exchange.kind is Kind.NOTE:
            self.app.bell()
            return
        if self._was_elsewhere(exchange):
            self.notify("That was on another server. r asks this one.", severity="warning")
            return
        self._diagnose(exchange, front=True)

    def _was_elsewhere(self, exchange: Exchange) -> bool:
        """True of what was seen before natstap came here: this server knows nothing of it."""
        return self.session is not None and exchange.number < self.session.since

    def _explain_shown(self) -> None:
        """Once for each failure of natstap's own that is looked at, as it stands."""
        exchange = self._shown_exchange()
        if exchange is None or not exchange.own or exchange.ended is None:
            return
        asked = (exchange.number, exchange.state, len(exchange.replies) > 1)
        if asked not in self._asked:
            self._asked.add(asked)
            self.query_one(Forecast).doubt(exchange.subject)
            if _wants_explaining(exchange, self.journal) and not self._was_elsewhere(exchange):
                self._diagnose(exchange)

    @work(group="diagnose")
    async def _diagnose(self, exchange: Exchange, front: bool = False) -> None:
        from engine.diagnosis.diagnosis import diagnose

        if self.session is None:
            return
        try:
            found = await diagnose(
                self.session.broker,
                self.journal,
                exchange.number,
                before=self.known.audiences.get(exchange.number),
                heard=self.known.heard(exchange),
                shared=not front,
            )
        except (KeyError, NatstapError):
            return  # the pure verdict stands
        self.known.explain(exchange, found)
        inspect = self.query_one(Inspect)
        inspect.refresh_from_journal()
        if front and inspect.number == exchange.number:
            self._bring_evidence()

    def _bring_evidence(self) -> None:
        self.query_one(Inspect).bring("Evidence")
        panes = self.query_one(Panes)
        if panes.narrow:
            panes.go("inspect")

    def choose_exchange(self) -> Exchange | None:
        """What a key acts on: in Inspect what it shows, elsewhere the row under the cursor."""
        inspect = self.query_one(Inspect)
        if not inspect.has_focus_within:
            inspect.show(self.query_one(ExchangeList).pin_cursor() or inspect.number)
        return self._shown_exchange()

    def _shown_exchange(self) -> Exchange | None:
        number = self.query_one(Inspect).number
        return self.journal.exchange(number) if number in self.journal else None

    # -- the way of a real request -----------------------------------------------------------

    async def trace(self, session: Session, draft: Draft) -> None:
        """Send with trace headers, and keep the path that the servers report.

        Raises what `Session.post` raises.
        """
        from engine.tracing.trace import Tracing

        async with Tracing(session.broker, draft.subject) as tracing:
            sending = await session.post(draft, tracing.headers)
            self.show_sent(sending.number)
            path = await tracing.path(sending.draft.subject)
        keep(self.known.paths, sending.number, path)
        self.query_one(Inspect).refresh_from_journal()

    def show_sent(self, number: int) -> None:
        raise NotImplementedError

    # -- the flow ----------------------------------------------------------------------------

    def action_flow(self) -> None:
        from tui.flow.flow import FlowScreen

        exchange = self.choose_exchange()
        if exchange is None or exchange.kind is Kind.NOTE:
            self.app.bell()
        elif self.app.screen is self:
            screen = FlowScreen(self.journal, exchange.number, self.session, self.known)
            self.app.push_screen(screen, self._open_from_flow)

    def _open_from_flow(self, number: int | None) -> None:
        if number is not None:
            self.reveal(number)

    def reveal(self, number: int) -> None:
        raise NotImplementedError


def _wants_explaining(exchange: Exchange, journal: Journal) -> bool:
    """True of failures, and of what looks like a success and is none, or not quite."""
    from engine.diagnosis.judge import verdict
    from engine.diagnosis.result import Tone

    if exchange.kind is not Kind.REQUEST or exchange.state in _UNEXPLAINED:
        return False
    return exchange.state.failed or verdict(exchange, journal).tone in (Tone.WARN, Tone.BAD)
