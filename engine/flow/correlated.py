"""The thread: the exchanges that have a message with the same value under the same header.

It is found a slice at a time, the newest first, so that a million messages or a value that
most of them have hold up nobody; then it keeps up with what comes.
"""

from __future__ import annotations

import time
from math import inf

from engine.filter.byte_search import Needle, owners
from engine.journal import Exchange, Journal

CORRELATION_ID = "correlation_id"
MAX_HEADS = 400
"""Exchanges that are found: the newest, and the one that was asked about."""
_LOOKED_AT = 64
"""Replies of an exchange among which the value is looked for."""
_SLICE = 1024
_PARENT = "traceparent"
_LIKELY = ("corr", "trace", "request-id", "request_id", "conversation", "flow", "saga")
"""What is in the names of headers that messages are tied together by."""
_UNLIKELY = ("reply_to", "nats-")
_NEVER = ("nats-service-error", "nats-reply-counter", "content-")
"""How it went, how many there were and what a body is ties nothing together."""


class Thread:
    """`heads` are the numbers of its exchanges; `value` is "" when the exchange is alone."""

    def __init__(self, journal: Journal, number: int, header: str = CORRELATION_ID) -> None:
        self.header = header
        self.number = journal.head(number)
        self.heads = {self.number}
        self.full = False
        """True when there may be more than `MAX_HEADS`."""
        self._journal = journal
        self.value = find_value(journal, journal.exchange(number), header)
        self._needle = Needle.of(key(header, self.value))
        self._upto = self._from = journal.next if self.value else 0

    @property
    def behind(self) -> bool:
        """True while there is more to look at."""
        if not self.value:
            return False
        return self._upto < self._journal.next or (
            self._from > self._journal.first and not self.full
        )

    def catch_up(self, seconds: float = inf) -> None:
        """Look at what is new, then at what is older, for so long."""
        end = time.perf_counter() + seconds
        while self.behind:
            if self._upto < self._journal.next:
                self._upto = self._look(max(self._upto, self._journal.first), forward=True)
            else:
                self._from = self._look(min(self._from, self._journal.next), forward=False)
            if time.perf_counter() > end:
                break
        self.heads = {head for head in self.heads if head in self._journal}

    def _look(self, at: int, *, forward: bool) -> int:
        """Look at a slice from a number on, or at the one before it; where to go on from."""
        segment = self._journal.segment(at if forward else at - 1)
        first, last = segment.first, segment.first + len(segment.ends)
        begin, end = (at, min(last, at + _SLICE)) if forward else (max(first, at - _SLICE), at)
        if begin < end:
            near = owners(segment, self._needle, begin - first, end - first, self._journal.first)
            self._take([number for number in reversed(near) if number not in self.heads], forward)
        return end if forward else max(begin, self._journal.first)

    def _take(self, near: list[int], new: bool) -> None:
        for number in near:
            if len(self.heads) > MAX_HEADS and not new:
                self.full = True
                return
            if carries(self._journal, number, self.header, self.value):
                self.heads.add(number)
        if len(self.heads) > MAX_HEADS and new:
            self.full = True
            self.heads = {self.number, *sorted(self.heads)[-MAX_HEADS:]}


def find_value(journal: Journal, exchange: Exchange, header: str) -> str:
    """The header's value in the request, or else in the first reply that has it."""
    held = (message for message in _messages(exchange) if message in journal)
    values = (journal.message(number).headers.get(header, "") for number in held)
    return next((value for value in values if value), "")


def threads(journal: Journal, number: int) -> tuple[str, ...]:
    """The headers that an exchange could be followed by, the likeliest first."""
    held = [message for message in _messages(journal.exchange(number)) if message in journal]
    names = dict.fromkeys(
        name
        for number in held
        for name in journal.message(number).headers
        if name and not name.lower().startswith(_NEVER)
    )
    return tuple(sorted(names, key=_rank))


def key(header: str, value: str) -> str:
    """What of a value has to be the same: of a W3C traceparent only the trace id is."""
    parts = value.split("-")
    if header.lower() == _PARENT and len(parts) >= 4 and len(parts[1]) == 32:
        return parts[1]
    return value


def carriers(journal: Journal, header: str, value: str) -> list[int]:
    """All exchanges that have a message with it, the oldest first."""
    needle, near = Needle.of(key(header, value)), set[int]()
    for segment in (each for each in journal.segments if each.ends):
        near.update(owners(segment, needle, 0, len(segment.ends), journal.first))
    return [number for number in sorted(near) if carries(journal, number, header, value)]


def carries(journal: Journal, number: int, header: str, value: str) -> bool:
    wanted = key(header, value)
    held = (message for message in _messages(journal.exchange(number)) if message in journal)
    return any(
        key(header, value) == wanted
        for number in held
        for value in journal.message(number).headers.get_all(header)
    )


def _messages(exchange: Exchange) -> tuple[int, ...]:
    return (exchange.number, *exchange.replies[:_LOOKED_AT])


def _rank(name: str) -> tuple[bool, bool, bool]:
    low = name.lower()
    likely = any(word in low for word in _LIKELY)
    return name != CORRELATION_ID, low.startswith(_UNLIKELY), not likely
