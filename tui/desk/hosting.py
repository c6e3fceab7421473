"""Responders from the desk: added, made of what was seen, and found again in the exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import InvalidInput
from engine.filter.grammar import quoted
from engine.journal import State
from tui.exchanges.filter_bar import FilterBar

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft


class Hosting:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk

    def add(self) -> None:
        """Where nobody listened, that subject is offered."""
        exchange = self._desk.choose_exchange()
        missing = exchange is not None and exchange.state is State.NO_RESPONDERS
        self._write(subject=exchange.subject if exchange and missing else "")

    def host_on(self, subject: str) -> None:
        """Open the form for a subject, which may have wildcards."""
        self._write(subject=subject)

    def answer_alike(self) -> None:
        draft = self._recorded()
        if draft is None:
            told = "Choose a request: its answer is what can be repeated."
            self._desk.app.notify(told, severity="warning")
        else:
            self._write(draft, "recorded")

    def _recorded(self) -> ReplyDraft | None:
        """A responder that answers as the chosen exchange was answered."""
        from engine.responders.recorded_reply import recorded_reply

        exchange = self._desk.choose_exchange()
        try:
            return recorded_reply(self._desk.journal, exchange.number if exchange else 0)
        except (KeyError, InvalidInput):
            return None

    def _write(self, draft: ReplyDraft | None = None, name: str = "", subject: str = "") -> None:
        """Open the form at once, so that it gets what is typed next."""
        from tui.responders.new_responder import NewResponder

        session = self._desk.session
        if session is None:
            return
        take, seen = self._desk.responders.take, self._recorded()
        form = NewResponder(session.broker, take, draft, name, seen=seen, offered=subject)
        self._desk.app.push_screen(form, self._written)

    def _written(self, hosted: bool | None) -> None:
        if hosted:
            self._desk.go_to("responders")
            subjects = [responder.subject for responder in self._desk.responders.hosted]
            self._desk.composer.know(subjects)

    def host(self, reply: ReplyDraft, name: str = "") -> None:
        """Host it, switched on; the pane says what is wrong with it."""
        self._desk.go_to("responders")
        self._desk.responders.add(reply, name)
        self._desk.composer.know([reply.subject])

    # -- its exchanges ---------------------------------------------------------------------------

    def show_exchanges(self, subject: str | None) -> None:
        """Filter the list by a subject, if there is one."""
        if subject is None:
            return
        bar = self._desk.exchanges.query_one(FilterBar)
        bar.display = True
        bar.field.value = f"~u {quoted(subject)}"
        self._desk.go_to("exchanges")

    def show_exchange(self, number: int) -> None:
        if number not in self._desk.journal:
            told = "That exchange has fallen out of the journal."
            self._desk.app.notify(told, severity="warning")
            return
        self._desk.exchanges.list.reveal(number)
        self._desk.inspect.show(number)
        self._desk.go_to("inspect")
