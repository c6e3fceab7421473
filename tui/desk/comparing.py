"""Two exchanges beside each other: the chosen one, and a marked one or the one before it."""

from __future__ import annotations

from engine.journal import ExchangeKind
from tui.safe import shorten

from .workspace import Workspace

_MAX_NAMED = 60
"""Letters of a subject that is told of."""
_MAX_LOOKED_BACK = 20_000
"""Messages among which the exchange before on the same subject is looked for."""


class Comparing:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk
        self._marked = 0

    def mark(self) -> None:
        exchange = self._desk.choose_exchange()
        if exchange is None or exchange.kind is ExchangeKind.NOTE:
            self._desk.app.bell()
            return
        self._marked = exchange.number
        name = shorten(exchange.subject, _MAX_NAMED)
        self._desk.app.notify(f"{name} is marked: choose another and press = to compare.")

    async def compare(self) -> None:
        from tui.compare.compare import CompareScreen

        exchange = self._desk.choose_exchange()
        if exchange is None:
            return
        if other := self._other(exchange.number, exchange.subject):
            self._desk.app.clear_notifications()
            pair = sorted((other, exchange.number))
            await self._desk.app.push_screen_wait(CompareScreen(self._desk.journal, *pair))
        else:
            self._desk.app.notify("Mark the exchange to compare with: m.", severity="warning")

    def _other(self, number: int, subject: str) -> int:
        """The marked exchange, else the one before on the same subject; 0 for none."""
        journal = self._desk.journal
        if self._marked in journal and self._marked != number:
            return self._marked
        since = max(journal.first, number - _MAX_LOOKED_BACK)
        before = [at for at, _ in journal.heads(since) if at < number]
        same = (at for at in reversed(before) if journal.exchange(at).subject == subject)
        return next(same, 0)
