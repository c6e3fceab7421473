"""What the composer knows of the system: subjects to complete from, and bodies that fit."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from engine.errors import NatstapError
from engine.journal import ExchangeKind
from tui.safe import clean

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.session import Session

LEARN = 10.0
"""Seconds for which the subjects that the servers tell are believed."""
_MAX_LEARNED = 32
"""New exchanges of one beat whose subjects are learned."""
_SPOKEN = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH)


class Completing:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk
        self._learned = 0
        """The newest exchange that was learned from."""

    def begin(self, session: Session) -> None:
        """Complete from what was sent before, and from what the servers know."""
        self._desk.start(partial(self._recall, session), "recall")
        self.ask()

    async def _recall(self, session: Session) -> None:
        try:
            sent = await asyncio.to_thread(session.history.subjects)
        except OSError:
            return  # the history screen says why
        self._desk.composer.know(reversed(sent))

    def ask(self) -> None:
        """Ask the servers for subjects, while somebody writes one."""
        self._desk.start(self._ask, "subjects", alone=True)

    async def _ask(self) -> None:
        from engine.audience.known_subjects import known_subjects

        composer, session = self._desk.composer, self._desk.session
        if session is None or (composer.known and not composer.has_focus_within):
            return
        try:
            listened = await known_subjects(session.broker)
        except NatstapError:
            return  # what is known already is offered
        composer.know(listened)
        composer.forecast.listened = listened

    def learn(self) -> None:
        """Offer the subjects of the newest messages."""
        journal, view = self._desk.journal, self._desk.exchanges.list.view
        newest = (view[at] for at in range(max(0, len(view) - _MAX_LEARNED), len(view)))
        fresh = [number for number in newest if number > self._learned]
        if fresh:
            self._learned = fresh[-1]
            seen = (journal.exchange(number) for number in fresh if number in journal)
            subjects = (exchange.subject for exchange in seen if exchange.kind in _SPOKEN)
            self._desk.composer.know(subjects)

    def lay_out(self, subject: str) -> None:
        self._desk.start(partial(self._lay_out, subject), "layout", alone=True)

    async def _lay_out(self, subject: str) -> None:
        """Put a body into the composer that looks as the subject's messages do."""
        from engine.history.example import example_body

        composer, session = self._desk.composer, self._desk.session
        if session is None or not subject:
            composer.complain("a subject is needed to know what its messages look like")
            return
        journal, history = self._desk.journal, session.history
        try:
            found = await example_body(session.broker, journal, history, subject)
        except (NatstapError, OSError) as error:
            composer.complain(str(error))
            return
        if found is None:
            composer.complain(f"no message on {subject} was seen that could be learned from")
        else:
            composer.lay_out(found.body)
            composer.pages.options.send_as(found.content)
            self._desk.app.notify(clean(f"The body is laid out as {found.source} has it."))
