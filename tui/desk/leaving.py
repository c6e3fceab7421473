"""What is opened from the desk for what is composed, and what was counted: audience, statistics."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tui.compose.forecast_line import is_subject

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

    def forget_statistics(self) -> None:
        self.__dict__.pop("statistics", None)
