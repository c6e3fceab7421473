"""Finding what belongs to a correlation id in a stream, or in all of them, the newest first.

It is a walk back through the stream that tells how far it came, and can be left at any time.
Nothing is recorded, acknowledged or left behind, whatever the stream's retention: for waiting
until a response comes there is `NatsBroker.find_response`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace

from engine.errors import InvalidInput, LinkError, NatstapError, RequestTimeout
from engine.message import header_in, raw_bytes
from engine.rpc.broker import NatsBroker
from engine.rpc.message import CORRELATION_ID

from .browse import PATIENCE, Page, page_after, page_before
from .stored import BYTES, Stored, open_reader
from .stream_state import StreamState

MOST = 100
"""Messages that are found at most."""
_CHUNK = 2000
"""Messages between two words on how far it came."""
_NAME = CORRELATION_ID.encode()


@dataclass(frozen=True, slots=True)
class Search:
    """How far it came. `found` is in the order of storing."""

    correlation_id: str
    found: tuple[Stored, ...] = ()
    searched: int = 0
    """Messages looked at."""
    total: int = 0
    """Messages that the stream had when it began."""
    done: bool = False
    """True when all was looked at, or enough was found."""
    next: int = 0
    """The first sequence that it has not looked at, of what came since it began."""

    @property
    def full(self) -> bool:
        return len(self.found) >= MOST


async def find(
    broker: NatsBroker, state: StreamState, correlation_id: str
) -> AsyncIterator[Search]:
    """How the search goes, at the end with `done`; raises as `list_streams`."""
    wanted = raw_bytes(correlation_id.strip())
    if not wanted:
        raise InvalidInput("a correlation id is needed, such as 5f1c2b9e")
    search = Search(correlation_id.strip(), total=state.messages, next=state.next)
    end = state.next
    while not search.done:
        page = await page_before(broker, state, end, count=_chunk(state))
        if page.begin >= end > state.first:
            raise RequestTimeout(state.name, PATIENCE, "no older message")
        search = _with(search, page, older=True)
        search = replace(search, done=page.begin <= state.first or search.full)
        end = page.begin
        yield search


def _chunk(state: StreamState) -> int:
    return max(4, min(_CHUNK, BYTES // max(1, state.average)))


def _with(search: Search, page: Page, *, older: bool) -> Search:
    """With what a page has of it, before or after what was found."""
    wanted = raw_bytes(search.correlation_id)
    hits = tuple(one for one in page.messages if header_in(one.message.head, _NAME) == wanted)
    searched = search.searched + len(page.messages)
    return replace(
        search,
        found=(hits + search.found if older else search.found + hits)[-MOST:],
        searched=searched,
        total=max(search.total, searched),
    )


async def find_newer(broker: NatsBroker, state: StreamState, search: Search) -> Search:
    """With what came since: an answer may be stored after it was looked for."""
    while search.next < state.next:
        page = await page_after(broker, state, search.next)
        if page.end <= search.next:
            raise RequestTimeout(state.name, PATIENCE, "no newer message")
        search = replace(_with(search, page, older=False), next=page.end)
    return search


async def find_left(broker: NatsBroker, state: StreamState, search: Search) -> Search:
    """Without what is gone since it was found; for a search that looked at all there was."""
    wanted = raw_bytes(search.correlation_id)
    kept = (one.sequence for one in search.found if one.sequence >= state.first)
    async with open_reader(broker, state.name, state.direct) as reader:
        held = await asyncio.gather(*map(reader.get, kept))
    found = tuple(one for one in held if one and header_in(one.message.head, _NAME) == wanted)
    searched = max(len(found), state.messages)
    return replace(search, found=found, searched=searched, total=searched)


# -- in every stream ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    stream: str
    stored: Stored


@dataclass(frozen=True, slots=True)
class Everywhere:
    """How far a search through several streams came. `hits` are in the order of storing."""

    correlation_id: str
    hits: tuple[Hit, ...] = ()
    searched: int = 0
    """Messages looked at."""
    total: int = 0
    """Messages that the streams had when it began."""
    streams: int = 0
    """Streams that are done with."""
    closed: tuple[str, ...] = ()
    """Streams that could not be read."""
    done: bool = False

    @property
    def full(self) -> bool:
        return len(self.hits) >= MOST


async def find_everywhere(
    broker: NatsBroker, streams: Iterable[StreamState], correlation_id: str
) -> AsyncIterator[Everywhere]:
    """As `find`, in turns: the newest part of every stream is searched before an older one of any.
    What cannot be read of one is counted, and the others are searched.
    """
    order = sorted((one for one in streams if one.messages), key=_last, reverse=True)
    so_far = _SoFar(correlation_id.strip(), sum(one.messages for one in order))
    turns = deque((one.name, find(broker, one, correlation_id)) for one in order)
    while turns and not so_far.told.full:
        name, search = turns.popleft()
        try:
            found = await anext(search)
        except (InvalidInput, LinkError):
            raise
        except NatstapError:
            so_far.close(name)
            continue
        so_far.take(name, found)
        if not found.done:
            turns.append((name, search))
        yield so_far.told
    yield replace(so_far.told, done=True)


def _last(state: StreamState) -> float:
    return state.last_at or 0.0


class _SoFar:
    def __init__(self, correlation_id: str, total: int) -> None:
        self.told = Everywhere(correlation_id, total=total)
        self._each: dict[str, Search] = {}

    def take(self, name: str, found: Search) -> None:
        before = self._each.get(name)
        self._each[name] = found
        new = found.searched - (before.searched if before else 0)
        if len(found.found) != (len(before.found) if before else 0):
            self.told = replace(self.told, hits=tuple(sorted(self._hits(), key=_stored_at)))
        done = self.told.streams + found.done
        self.told = replace(self.told, searched=self.told.searched + new, streams=done)

    def close(self, name: str) -> None:
        self.told = replace(self.told, closed=(*self.told.closed, name))

    def _hits(self) -> Iterator[Hit]:
        for name, found in self._each.items():
            yield from (Hit(name, one) for one in found.found)


def _stored_at(hit: Hit) -> float:
    return hit.stored.message.at
