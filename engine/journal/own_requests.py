"""What only natstap knows of its own requests: what they want, and how the wait for it ended."""

from __future__ import annotations

import time

from .exchange import ExchangeKind
from .segment import Asked
from .states import Event
from .store import Store


class OwnRequests:
    """Said of exchanges that natstap began, when no message says it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __contains__(self, number: int) -> bool:
        """True for a request of natstap's own; KeyError when it is not held."""
        return number in self._store.held(number).asked

    def expect(
        self,
        number: int,
        *,
        wanted: int = 1,
        timeout: float | None = None,
        until_empty: bool = False,
        to_store: bool = False,
    ) -> None:
        """Say of a request just sent how many replies it wants and how long it waits.

        `until_empty` says that a reply without a body ends the replies, and is none. With
        `to_store` only a stream's word is wanted on the request's reply subject.
        """
        asked = self._store.segment(number).asked[number] = Asked(wanted, timeout)
        if until_empty or to_store:
            asked.until_empty, asked.to_store = until_empty, to_store

    def settle(self, number: int, event: Event, why: str = "") -> None:
        """Say how the wait for one ended."""
        store = self._store
        if number < store.first:
            return
        asked = store.segment(number).asked.setdefault(number, Asked(1, None))
        if asked.ended is None:
            asked.ended = time.time()
        asked.why = why or asked.why
        store.advance(number, event)

    def close(self, number: int) -> None:
        """Say that the asker has what it wanted: whatever comes now is late or a duplicate."""
        if number >= self._store.first:
            asked = self._store.segment(number).asked.get(number)
            if asked is not None and asked.ended is None:
                asked.ended = time.time()

    def show(self, number: int) -> None:
        """Count an exchange that the user began as any other, though it is with the server."""
        store = self._store
        if number < store.first:
            return
        segment = store.segment(number)
        position = number - segment.first
        code = segment.codes[position]
        if code >> 4 in (ExchangeKind.SYSTEM, ExchangeKind.WATCHED_SYSTEM):
            kind = ExchangeKind.REQUEST if code & 15 else ExchangeKind.PUBLISH
            segment.codes[position] = kind << 4 | code & 15
            store.changes.newest.append(number)
