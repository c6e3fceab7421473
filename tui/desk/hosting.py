"""Responders from the desk: added, made of what was seen, and found again in the exchanges.

A base of the desk, as the workshop is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding

from engine.errors import InvalidInput
from engine.filter.grammar import quoted
from engine.journal import State
from tui.compose.compose import Compose
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.filter_bar import FilterBar
from tui.inspect.inspect import Inspect
from tui.responders.responders import Responders

from .workshop import Workshop

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft

HOSTING_KEYS = (
    Binding(
        "a",
        "add_responder",
        "Responder",
        id="desk.add-responder",
        tooltip="Host a stand-in service on a subject",
    ),
    Binding(
        "h",
        "answer_alike",
        "Answer like this",
        id="desk.answer-alike",
        show=False,
        tooltip="Host a responder that answers as the chosen exchange was answered",
    ),
)


class Hosting(Workshop):
    def action_add_responder(self) -> None:
        """Where nobody listened, that subject is offered."""
        exchange = self.choose_exchange()
        missing = exchange is not None and exchange.state is State.NO_RESPONDERS
        self._write_responder(subject=exchange.subject if exchange and missing else "")

    def action_answer_alike(self) -> None:
        draft = self._seen()
        if draft is None:
            self.notify("Choose a request: its answer is what can be repeated.", severity="warning")
        else:
            self._write_responder(draft, "recorded")

    def _seen(self) -> ReplyDraft | None:
        """A responder that answers as the chosen exchange was answered."""
        from engine.responders.recorded_reply import recorded_reply

        exchange = self.choose_exchange()
        try:
            return recorded_reply(self.journal, exchange.number if exchange else 0)
        except (KeyError, InvalidInput):
            return None

    def _write_responder(
        self, draft: ReplyDraft | None = None, name: str = "", subject: str = ""
    ) -> None:
        """Open the form at once, so that it gets what is typed next."""
        from tui.responders.new_responder import NewResponder

        if self.session is None or self.app.screen is not self:
            return
        pane = self.query_one(Responders)
        broker, seen = self.session.broker, self._seen()
        form = NewResponder(broker, pane.take, draft, name, seen=seen, offered=subject)
        self.app.push_screen(form, self._written)

    def _written(self, hosted: bool | None) -> None:
        if hosted:
            self.go_to("responders")
            subjects = [one.subject for one in self.query_one(Responders).hosted]
            self.query_one(Compose).know(subjects)

    def host(self, reply: ReplyDraft, name: str = "") -> None:
        """Host it, switched on; the pane says what is wrong with it."""
        self.go_to("responders")
        self.query_one(Responders).add(reply, name)
        self.query_one(Compose).know([reply.subject])

    # -- its exchanges ---------------------------------------------------------------------------

    @on(Responders.ShowExchanges)
    def _show_exchanges(self, event: Responders.ShowExchanges) -> None:
        event.stop()
        self.show_exchanges(event.subject)

    def show_exchanges(self, subject: str | None) -> None:
        """Filter the list by a subject, if there is one."""
        if subject is None:
            return
        bar = self.query_one(FilterBar)
        bar.display = True
        bar.field.value = f"~u {quoted(subject)}"
        self.go_to("exchanges")

    @on(Responders.ShowExchange)
    def _show_exchange(self, event: Responders.ShowExchange) -> None:
        event.stop()
        if event.number not in self.journal:
            self.notify("That exchange has fallen out of the journal.", severity="warning")
            return
        self.query_one(ExchangeList).reveal(event.number)
        self.query_one(Inspect).show(event.number)
        self.go_to("inspect")
