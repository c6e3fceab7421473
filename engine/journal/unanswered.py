"""What no message says of requests that natstap heard: why nobody answered."""

from __future__ import annotations

from .states import NEXT, Event, State
from .store import Store

MAX_LEFT = 1 << 16
"""Exchanges of which it is kept why natstap's own responder left them unanswered."""
_NEWEST = 64
"""Exchanges of which it is kept how many answers the server refused."""


class Unanswered:
    """Said of others' requests."""

    def __init__(self, store: Store) -> None:
        self.left: dict[int, str] = {}
        """Why natstap's own responder left an exchange unanswered, of the newest ones."""
        self._store = store
        self._refusals: dict[int, int] = {}
        """How many of natstap's own answers the server refused, of the newest exchanges."""

    def leave(self, number: int, why: str) -> None:
        """Say that natstap's own responder heard an exchange and leaves it unanswered."""
        self.left[number] = why
        if len(self.left) > MAX_LEFT:
            del self.left[next(iter(self.left))]

    def refuse(self, number: int) -> None:
        """Say that the server took no answer to an exchange from natstap: there has been none.

        Where somebody else answered as well, or an answer got through before (a server may
        allow so many and no more), the exchange stays answered. With 0 nothing is said.
        """
        if not number:
            return
        store = self._store
        segment = store.segment(number)
        position = number - segment.first
        replies = segment.replies(position)
        if not replies or not all(store.message(reply).sent for reply in replies):
            return
        if self._count_refusal(number) >= len(replies):
            kind = segment.codes[position] & 0xF0
            segment.codes[position] = kind | NEXT[State.WAITING][Event.REFUSED]
            store.changes.newest.append(number)
            store.pulse.beat()

    def _count_refusal(self, number: int) -> int:
        """One more of natstap's answers to an exchange was refused; how many by now."""
        count = self._refusals.pop(number, 0) + 1
        self._refusals[number] = count
        if len(self._refusals) > _NEWEST:
            del self._refusals[next(iter(self._refusals))]
        return count

    def overdue(self, number: int) -> None:
        """Say that one got no answer for too long; one that got any is left alone."""
        if number >= self._store.first and self._store.state(number) is State.WAITING:
            self._store.advance(number, Event.OVERDUE)
