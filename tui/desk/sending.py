"""Sending what is composed, and sending again what was seen."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.drafts.draft import Draft
from engine.drafts.draft_of_exchange import recorded_draft
from engine.drafts.renewed_headers import names_one
from engine.drafts.written_content import typed
from engine.errors import NatstapError
from engine.journal import ExchangeKind
from engine.rpc.message import CORRELATION_ID
from tui.inspect.annotations import keep
from tui.kit.command import read_only
from tui.kit.confirm import Sure, is_confirmed
from tui.kit.resend import Again
from tui.safe import clean, shorten

from .checking import check_sent
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.session import Session

SETTLE = 0.008
"""Seconds that drawing waits for a quick answer: times are taken when the socket is read, and
a screen being drawn in between would be counted as the service's."""
_OTHERS = " Another client sent it; natstap sends it as its own."
_MAX_NAMED = 60
"""Letters of a subject in a question."""


class Sending:
    def __init__(self, desk: Workspace, stays: bool = False) -> None:
        """`stays` leaves the keys to Compose once a message is sent."""
        self._desk = desk
        self._stays = stays
        self._trouble = ""
        """What was last told of the history's file."""

    def transmit(self, draft: Draft) -> None:
        """Send, and show the exchange that begins; what cannot be sent is said in Compose."""
        session = self._desk.session
        if session is None:
            self._desk.composer.complain("not connected yet")
        elif why := read_only(self._desk.app):
            self._desk.composer.complain(why)
        else:
            self._desk.start(partial(self._post, session, draft), "post")

    async def _post(self, session: Session, draft: Draft) -> None:
        try:
            if draft.trace:
                await self._trace(session, draft)
            else:
                self._show_sent((await session.outbox.post(draft)).number, draft)
        except NatstapError as error:
            self._desk.bring("compose")
            self._desk.composer.refuse(error)

    async def _trace(self, session: Session, draft: Draft) -> None:
        """Send with trace headers, and keep the path that the servers report.

        Raises what `Outbox.post` raises.
        """
        from engine.tracing.trace import Tracing

        async with Tracing(session.broker, draft.subject) as tracing:
            sending = await session.outbox.post(draft, tracing.headers)
            self._show_sent(sending.number, draft)
            path = await tracing.path(sending.draft.subject)
        keep(self._desk.known.paths, sending.number, path)
        self._desk.inspect.refresh_from_journal()

    def _show_sent(self, number: int, draft: Draft) -> None:
        self._desk.known.expect(number)
        self._desk.start(partial(self._reveal, number, draft), "reveal")
        session = self._desk.session
        if session is not None and self._desk.composer.saved_as:
            self._desk.start(partial(check_sent, self._desk, session, number, draft), "check")

    async def _reveal(self, number: int, draft: Draft) -> None:
        """The keys go to the list, unless something else is being written already."""
        await asyncio.sleep(SETTLE)
        self._desk.reveal(number)
        composer = self._desk.composer
        done = composer.has_focus_within and composer.holds(draft)
        if done and self._desk.is_active and not self._stays:
            self._desk.go_to("exchanges")

    def tell_trouble(self) -> None:
        """A history that cannot be written stops nobody, but is said once."""
        session = self._desk.session
        trouble = session.outbox.trouble if session is not None else ""
        if trouble and trouble != self._trouble:
            self._desk.app.notify(clean(trouble), severity="warning")
        self._trouble = trouble

    # -- again -------------------------------------------------------------------------------

    def chosen_draft(self) -> Draft | None:
        """The message of the chosen exchange, as it was composed where that is known."""
        exchange = self._desk.choose_exchange()
        if exchange is not None and exchange.kind is not ExchangeKind.NOTE:
            if self._desk.session is not None:
                return self._desk.session.outbox.draft_again(exchange.number)
            return recorded_draft(self._desk.journal, exchange.number)
        self._desk.app.bell()
        return None

    def edit(self) -> None:
        if (draft := self.chosen_draft()) is not None:
            self._desk.load(typed(draft, self._settings))
            self._tell_new(self._desk.inspect.number)

    @property
    def _settings(self) -> SubjectSettings:
        session = self._desk.session
        return session.outbox.reader.settings if session is not None else NOTHING_SET

    def _tell_new(self, number: int) -> None:
        """Say which of the message's names are not sent again; natstap's own is always new."""
        message = self._desk.journal.message(number)
        new = [name for name in message.headers if names_one(name)]
        if message.sent and CORRELATION_ID in new:
            new.remove(CORRELATION_ID)
        if new:
            told = shorten(clean(", ".join(new)), _MAX_NAMED)
            self._desk.app.notify(f"This is another request: it gets a new {told}.")

    def resend(self) -> None:
        """As it was on the wire, whatever its variables are now, under new ids.

        What natstap sent on this connection goes again at once; all else is asked first.
        """
        session = self._desk.session
        if self.chosen_draft() is None or session is None:
            return
        number = self._desk.inspect.number
        draft = recorded_draft(self._desk.journal, number)
        message = self._desk.journal.message(number)
        self._tell_new(number)
        if message.sent and message.number >= session.since:
            self.transmit(draft)
        else:
            self.ask_and_transmit(draft, "" if message.sent else _OTHERS)

    def ask_and_transmit(self, draft: Draft, besides: str = "") -> None:
        self._desk.start(partial(self._ask_and_transmit, draft, besides), "resend", alone=True)

    async def _ask_and_transmit(self, draft: Draft, besides: str) -> None:
        """Ask once before a message goes again to a server that is not natstap's own."""
        session = self._desk.session
        if session is None:
            return
        if session.server is None:
            words = f"{shorten(draft.subject, _MAX_NAMED)} goes to {session.where}.{besides}"
            sure = Sure("Send this again?", words, "Send")
            if not await is_confirmed(self._desk.app, sure, "resend"):
                return
        self.transmit(draft)

    def take_again(self, again: Again | None) -> None:
        """What a screen of things once made gave back, to be sent or to be edited."""
        if again is not None and again.send:
            self.ask_and_transmit(again.draft)
        elif again is not None:
            self._desk.load(again.draft)
            self._desk.composer.saved_as = again.name
