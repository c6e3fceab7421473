"""The screens that are opened from the desk, and what they give back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.flow.correlated import CORRELATION_ID, find_value
from engine.journal import Kind
from tui.compose.forecast import is_subject

from .hosting import Hosting
from .sending import Sending
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.statistics.statistics import Statistics


class Leaving:
    def __init__(self, desk: Workspace, sending: Sending, hosting: Hosting) -> None:
        self._desk = desk
        self._sending = sending
        self._hosting = hosting
        self._statistics: Statistics | None = None
        """What was counted is kept, so that the screen opens where it was left."""

    async def services(self) -> None:
        from tui.services.services import ServicesScreen

        if self._desk.session is not None:
            screen = ServicesScreen(self._desk.session)
            self._desk.load(await self._desk.app.push_screen_wait(screen))

    async def streams(self) -> None:
        from tui.streams.streams import StreamsScreen

        if self._desk.session is not None:
            exchange = self._desk.choose_exchange()
            wanted = find_value(self._desk.journal, exchange, CORRELATION_ID) if exchange else ""
            screen = StreamsScreen(self._desk.session, wanted)
            self._desk.load(await self._desk.app.push_screen_wait(screen))

    async def history(self) -> None:
        from tui.history.history import HistoryScreen

        if self._desk.session is not None:
            screen = HistoryScreen(self._desk.session)
            self._sending.take_again(await self._desk.app.push_screen_wait(screen))

    async def collection(self) -> None:
        from tui.collection.collection import CollectionScreen

        if self._desk.session is not None:
            screen = CollectionScreen(self._desk.session)
            self._sending.take_again(await self._desk.app.push_screen_wait(screen))

    async def watch(self) -> None:
        from tui.watching.watching import Watching

        if self._desk.session is not None:
            await self._desk.app.push_screen_wait(Watching(self._desk.session))

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

    def statistics(self) -> None:
        from engine.statistics.statistics import Statistics
        from tui.statistics.statistics import StatisticsScreen

        known = self._desk.known
        self._statistics = self._statistics or Statistics(
            self._desk.journal, look=known.look, settled=lambda: known.settled()
        )
        screen = StatisticsScreen(self._statistics)
        self._desk.app.push_screen(screen, self._hosting.show_exchanges)

    def flow(self) -> None:
        from tui.flow.flow import FlowScreen

        desk, exchange = self._desk, self._desk.choose_exchange()
        if exchange is None or exchange.kind is Kind.NOTE:
            desk.app.bell()
            return
        screen = FlowScreen(desk.journal, exchange.number, desk.session, desk.known)
        desk.app.push_screen(screen, self._open)

    def help(self) -> None:
        from .contexts import contexts
        from .help import Help

        self._desk.app.push_screen(Help(contexts()))

    def _open(self, number: int | None) -> None:
        if number is not None:
            self._desk.reveal(number)
