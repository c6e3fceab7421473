"""Finding out why an exchange failed, by asking the servers."""

from __future__ import annotations

from functools import partial

from engine.errors import NatstapError
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.link.link import LinkState
from tui.kit.glyphs import Sign

from .workspace import Workspace

_UNEXPLAINED = (State.CANCELLED, State.WAITING)


class Diagnosing:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk
        self._asked: set[tuple[int, State, bool]] = set()
        self._connection: tuple[object, ...] = ()
        """Which one it was, when last looked at."""
        self._hosted: tuple[tuple[str, bool], ...] = ()
        """Subjects of the responders, and whether they are on, when last looked at."""
        self.shown = 0
        """How often evidence was asked for and shown."""

    def explain(self) -> None:
        """Ask again, and show the evidence."""
        exchange = self._desk.choose_exchange()
        if exchange is None or exchange.kind is ExchangeKind.NOTE:
            self._desk.app.bell()
        elif self._desk.session is not None and self._desk.session.pages is not None:
            known = self._desk.known
            known.explain(exchange, known.judge(exchange, self._desk.journal))
            self._desk.inspect.refresh_from_journal()
            self._show()
        elif self._was_elsewhere(exchange):
            told = "That was on another server. r asks this one."
            self._desk.app.notify(told, severity="warning")
        else:
            self._start(exchange, front=True)

    def aside(self, number: int) -> Sign | None:
        """What is known of an exchange beyond the journal, as a sign in its row."""
        journal, known = self._desk.journal, self._desk.known
        return known.aside(journal.exchange(number)) if number in journal else None

    def look_around(self) -> None:
        """What changes without a message: who else listened, and a failure now explained."""
        desk = self._desk
        if not desk.is_active:
            return
        if desk.session is not None and desk.session.watches.running:
            desk.exchanges.list.repaint()
            desk.inspect.refresh_from_journal()
        self.explain_shown()
        self._look_at_hosted()
        self._look_at_connection()

    def _look_at_connection(self) -> None:
        """What was asked while the link was away is not known, and the others come back as well."""
        session = self._desk.session
        if (
            session is None
            or session.pages is not None
            or session.broker.link.state is not LinkState.CONNECTED
        ):
            return
        link = session.broker.link
        connection = link, link.server.info.get("server_id"), link.server.client_id
        if connection != self._connection:
            again, self._connection = bool(self._connection), connection
            if again:
                self._desk.composer.forecast.ask_soon_again()

    def _look_at_hosted(self) -> None:
        """What natstap itself hosts now, or no more, changes who listens."""
        known = self._desk.session.responders.all if self._desk.session is not None else ()
        hosted = tuple((responder.pattern, responder.on) for responder in known)
        if hosted != self._hosted:
            self._hosted = hosted
            self._desk.composer.forecast.doubt()

    def _was_elsewhere(self, exchange: Exchange) -> bool:
        """True of what was seen before natstap came here: this server knows nothing of it."""
        session = self._desk.session
        return session is not None and exchange.number < session.since

    def explain_shown(self) -> None:
        """Once for each failure of natstap's own that is looked at, as it stands."""
        if not self._desk.is_active:
            return
        number, journal = self._desk.inspect.number, self._desk.journal
        exchange = journal.exchange(number) if number in journal else None
        if self._desk.session is not None and self._desk.session.pages is not None:
            return
        if exchange is None or not exchange.own or exchange.ended is None:
            return
        asked = (exchange.number, exchange.state, len(exchange.replies) > 1)
        if asked not in self._asked:
            self._asked.add(asked)
            self._desk.composer.forecast.doubt(exchange.subject)
            if _wants_explaining(exchange, journal) and not self._was_elsewhere(exchange):
                self._start(exchange)

    def _start(self, exchange: Exchange, front: bool = False) -> None:
        self._desk.start(partial(self._diagnose, exchange, front), "diagnose")

    async def _diagnose(self, exchange: Exchange, front: bool) -> None:
        from engine.diagnosis.diagnosis import diagnose

        desk = self._desk
        if desk.session is None:
            return
        try:
            found = await diagnose(
                desk.session.broker,
                desk.journal,
                exchange.number,
                before=desk.known.audiences.get(exchange.number),
                heard=desk.known.heard(exchange),
                shared=not front,
            )
        except (KeyError, NatstapError):
            return  # the pure verdict stands
        desk.known.explain(exchange, found)
        desk.inspect.refresh_from_journal()
        if front and desk.inspect.number == exchange.number:
            self._show()

    def _show(self) -> None:
        """Bring the evidence; of a recording it is what was found out then."""
        self.shown += 1
        self._desk.inspect.tabs.bring("Evidence")
        self._desk.unfold("inspect")


def _wants_explaining(exchange: Exchange, journal: Journal) -> bool:
    """True of failures, and of what looks like a success and is none, or not quite."""
    from engine.diagnosis.judge import verdict
    from engine.diagnosis.result import Tone

    if exchange.kind is not ExchangeKind.REQUEST or exchange.state in _UNEXPLAINED:
        return False
    return exchange.state.failed or verdict(exchange, journal).tone in (Tone.WARN, Tone.BAD)
