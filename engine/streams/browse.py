"""Pages of a stream: from a sequence on, back from one, from a time on, only some subjects.

Backwards there is no question to ask a server, so the way back goes in spans that are read
forwards. What a page does not hold within its range is not in the stream, or does not match.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.rpc.broker import Broker

from .stored import ALL, BATCH_BYTES, END, StoredMessage, StreamReader, open_reader
from .stream_state import StreamState

PAGE_SIZE = 100
"""Messages of a page, where they are not very large."""
READ_TIMEOUT = 8.0
"""Seconds after which a page is given as far as it came."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """All that matches from sequence `begin` on, below `end`, in order."""

    messages: tuple[StoredMessage, ...]
    begin: int
    end: int
    subject: str = ALL

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """First and last of each range of sequences that are gone; none where one filters."""
        if self.subject != ALL:
            return ()
        ends = [self.begin - 1, *(message.sequence for message in self.messages), self.end]
        pairs = pairwise(ends)
        return tuple((left + 1, right - 1) for left, right in pairs if right - left > 1)

    def joined(self, other: StoredPage) -> StoredPage:
        """With the page that begins where this one ends."""
        return replace(self, messages=self.messages + other.messages, end=other.end)

    def last_part(self, count: int) -> StoredPage:
        """At most the newest `count` messages."""
        if len(self.messages) <= count:
            return self
        kept = self.messages[-count:]
        return replace(self, messages=kept, begin=kept[0].sequence)

    def first_part(self, count: int) -> StoredPage:
        """At most the oldest `count` messages."""
        if len(self.messages) <= count:
            return self
        kept = self.messages[:count]
        return replace(self, messages=kept, end=kept[-1].sequence + 1)


def page_size(state: StreamState) -> int:
    """As many messages as are read at once without bringing very much."""
    return max(4, min(PAGE_SIZE, BATCH_BYTES // max(1, state.average)))


async def page_after(
    broker: Broker, state: StreamState, sequence: int, subject: str = ALL
) -> StoredPage:
    """A page from `sequence` on."""
    async with open_reader(broker, state.name, state.direct) as reader:
        begin = max(sequence, state.first)
        return await _after(reader, begin, state.next, subject, page_size(state))


async def page_before(
    broker: Broker, state: StreamState, sequence: int, subject: str = ALL, count: int = 0
) -> StoredPage:
    """A page of what is older than `sequence`; `count` may ask for more than is usual."""
    async with open_reader(broker, state.name, state.direct) as reader:
        end = max(state.first, min(sequence, state.next))
        return await _back(reader, state, end, subject, count or page_size(state))


async def page_around(
    broker: Broker, state: StreamState, sequence: int, subject: str = ALL
) -> StoredPage:
    """A page with a sequence in its middle, as far as there is something on both sides."""
    async with open_reader(broker, state.name, state.direct) as reader:
        middle = max(state.first, min(sequence, state.next))
        half = page_size(state) // 2
        before = await _back(reader, state, middle, subject, half)
        after = await _after(reader, middle, state.next, subject, half)
        return before.last_part(half).joined(after)


async def page_again(broker: Broker, state: StreamState, page: StoredPage) -> StoredPage:
    """The same range as it is now."""
    async with open_reader(broker, state.name, state.direct) as reader:
        begin = min(max(page.begin, state.first), page.end)
        return await _after(reader, begin, page.end, page.subject, page.end - begin)


async def sequence_since(broker: Broker, state: StreamState, at: float) -> int:
    """The first sequence stored at or after a time; the next one when nothing was."""
    async with open_reader(broker, state.name, state.direct) as reader:
        return await _sequence_since(reader, state, at)


async def read_one(broker: Broker, state: StreamState, sequence: int) -> StoredMessage | None:
    """One message, None when it is gone."""
    async with open_reader(broker, state.name, state.direct) as reader:
        return await reader.get(sequence)


async def _after(
    reader: StreamReader, begin: int, stop: int, subject: str, count: int
) -> StoredPage:
    """`stop` is where the stream ended; what came since is another page's."""
    found: list[StoredMessage] = []
    at, late = begin, time.monotonic() + READ_TIMEOUT
    while len(found) < count and at < stop and time.monotonic() < late:
        run = await reader.run(at, subject, min(count - len(found), stop - at))
        found += (message for message in run.messages if message.sequence < stop)
        at = min(run.reached, stop)
    return StoredPage(tuple(found), begin, max(at, begin), subject)


async def _sequence_since(reader: StreamReader, state: StreamState, at: float) -> int:
    """The first sequence stored at or after a time; times never go back in a stream."""
    if reader.knows_times:
        found = await reader.first_since(at)
        return found.sequence if found else state.next
    low, high = state.first, state.next
    while low < high:
        middle = (low + high) // 2
        one = await reader.first(middle)
        if one is None or one.message.at >= at:
            high = middle
        else:
            low = one.sequence + 1
    found = await reader.first(low)
    return found.sequence if found else state.next


async def _back(
    reader: StreamReader, state: StreamState, end: int, subject: str, count: int
) -> StoredPage:
    """`count` messages or some more. The spans grow while little is found, and shrink where
    there is too much for one page.
    """
    found: tuple[StoredMessage, ...] = ()
    late = time.monotonic() + READ_TIMEOUT
    begin, span = end, await _first_span(reader, state, subject, count)
    while len(found) < count and begin > state.first and time.monotonic() < late:
        start = max(state.first, begin - span)
        page = await _after(reader, start, begin, subject, 2 * count)
        if page.end < begin:
            span = max(count, span // 4)
            continue
        found, begin = page.messages + found, start
        span *= 2 if len(page.messages) < count // 2 else 1
    return StoredPage(found, begin, end, subject)


async def _first_span(reader: StreamReader, state: StreamState, subject: str, count: int) -> int:
    """How far back `count` messages may reach: all the way where few match, else as far as it
    takes if those that match are spread evenly.
    """
    if subject == ALL or not reader.batches:
        return count
    run = await reader.run(state.first, subject, 1)
    if not run.messages:
        return END
    if run.left is None:
        return count
    reach = state.next - run.messages[0].sequence
    return max(count, min(END, reach * count // (run.left + 1) * 5 // 4))
