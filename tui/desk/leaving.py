"""What is opened from the desk for what is composed or chosen: its audience, its flow."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from engine.journal import ExchangeKind
from tui.compose.forecast import is_subject

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.statistics.statistics import Statistics


class Leaving:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk

    async def audience(self) -> None:
        from tui.compose.audience import AudienceScreen

        composer, session = self._desk.composer, self._desk.session
        written = composer.subject.value.strip()
        subject = composer.forecast.subject if "{{" in written else written
        if session is None:
            return
        if not is_subject(subject):
            composer.complain("a subject without wildcards is needed for that")
            return
        screen = AudienceScreen(session, subject, composer.forecast.audience)
        if taken := await self._desk.app.push_screen_wait(screen):
            composer.subject.value = taken

    @cached_property
    def statistics(self) -> Statistics:
        """What was counted is kept, so that the screen opens where it was left."""
        from engine.statistics.statistics import Statistics

        known = self._desk.known
        return Statistics(self._desk.journal, look=known.look, settled=lambda: known.settled())

    def flow(self) -> None:
        from tui.flow.flow import FlowScreen

        desk, exchange = self._desk, self._desk.choose_exchange()
        if exchange is None or exchange.kind is ExchangeKind.NOTE:
            desk.app.bell()
            return
        ends = desk.exchanges.list.exchanges.ends
        screen = FlowScreen(desk.journal, exchange.number, desk.session, desk.known, ends)
        desk.app.push_screen(screen, self._open)

    def _open(self, number: int | None) -> None:
        if number is not None:
            self._desk.reveal(number)
