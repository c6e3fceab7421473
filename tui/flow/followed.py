"""What belongs to an exchange, as it becomes more: looked for a slice at a time, drawn seldom."""

from __future__ import annotations

import time

from engine.flow.correlated import CORRELATION_ID, Thread, threads
from engine.flow.ends import EndsOf
from engine.flow.waterfall import FlowBar, Waterfall, waterfall
from engine.journal import Journal
from tui.inspect.annotations import Known

TICK = 0.1
"""Seconds between two looks at what is new."""
_REST = 0.5
"""Seconds between two drawings of a thread that goes on."""
_BUDGET = 0.02
"""Seconds of a tick that may go into looking for what belongs to the thread."""


class FollowedFlow:
    """`fall` is the waterfall as it was drawn last; `headers` are those that tie it together."""

    def __init__(
        self, journal: Journal, number: int, known: Known, ends: EndsOf, header: str = ""
    ) -> None:
        """`ends` tells who asked whom, by the number of an exchange."""
        self.headers = threads(journal, number) or (CORRELATION_ID,)
        self.number = number
        self.thread = Thread(journal, number, header or self.headers[0])
        self.thread.catch_up(_BUDGET)
        self.fall = Waterfall(())
        self._journal = journal
        self._known = known
        self._ends = ends
        self._seen = journal.changes.count
        self._named = -1
        """Which names are drawn."""
        self._stale = True
        self._drew = 0.0
        """When it was drawn last, on the monotonic clock."""

    @property
    def rests(self) -> bool:
        """True when nothing is left to look for or to draw until something happens."""
        return not (self._stale or self.fall.open or self.thread.behind)

    def is_due(self) -> bool:
        """Take up what is new; True when there is more to draw, and not too often."""
        before = frozenset(self.thread.heads)
        self.thread.catch_up(_BUDGET)
        news = self._journal.changes.since(self._seen)
        self._seen = self._journal.changes.count
        self._stale |= self.thread.heads != before
        self._stale |= news is None or not before.isdisjoint(news) or self.fall.open > 0
        self._stale |= self._named != self._ends.names.version
        return self._stale and time.monotonic() - self._drew > _REST

    def draw(self) -> Waterfall:
        self._stale, self._drew = False, time.monotonic()
        self._named = self._ends.names.version
        self.fall = waterfall(self._journal, self.thread.heads, self._ends.of, time.time())
        return self.fall

    def cause(self, hop: FlowBar) -> str:
        """The sentence that says why an exchange failed."""
        exchange = self._journal.exchange(hop.number)
        return self._known.judge(exchange, self._journal).sentence
