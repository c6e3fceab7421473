"""Finding messages in a stream, or in all of them, the newest first: `wanted` says by what.

It is a walk back through the stream that tells how far it came, and can be left at any time.
Nothing is recorded, acknowledged or left behind, whatever the stream's retention: for waiting
until a response comes there is `Broker.find_response`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.errors import (
    InvalidInput,
    LinkError,
    NatstapError,
    NoResponders,
    Refused,
    RequestTimeout,
)
from engine.rpc.broker import Broker

from .browse import READ_TIMEOUT, page_after, page_before
from .read_back import read_back, stretch_size
from .search_terms import SearchTerms, parse_wanted
from .stored import StoredMessage, open_reader, stored_message
from .stream_state import StreamState

MAX_FOUND = 100
"""Messages that are found at most."""
_STEP = 0.25
"""Seconds of reading between two words on how far it came, about."""
_SLICE = 0.008
"""Seconds of looking, after which others get their turn."""


@dataclass(frozen=True, slots=True)
class StreamSearch:
    """How far it came. `found` is in the order of storing."""

    wanted: str
    """What is looked for, as it was written."""
    found: tuple[StoredMessage, ...] = ()
    searched: int = 0
    """Messages looked at."""
    total: int = 0
    """Messages that the stream had when it began."""
    done: bool = False
    """True when all was looked at, or enough was found."""
    failed: bool = False
    """True when it ended before that, because the stream could not be read any further."""
    next: int = 0
    """The first sequence that it has not looked at, of what came since it began."""

    @property
    def full(self) -> bool:
        return len(self.found) >= MAX_FOUND


async def find(
    broker: Broker, state: StreamState, written: str, settings: SubjectSettings = NOTHING_SET
) -> AsyncIterator[StreamSearch]:
    """How the search goes, at the end with `done`; raises as `list_streams`, and `InvalidInput`
    for what cannot be looked for.
    """
    wanted = parse_wanted(written, settings.without_commands())
    search = StreamSearch(wanted.text, total=state.messages, next=state.next)
    end = state.next
    while not search.done:
        search, end = await _step_back(broker, state, search, wanted, end)
        search = replace(search, done=end <= state.first or search.full)
        yield search


async def _step_back(
    broker: Broker, state: StreamState, search: StreamSearch, wanted: SearchTerms, end: int
) -> tuple[StreamSearch, int]:
    """With what is older than `end`, and where it came to: in batches where that can be."""
    async with open_reader(broker, state.name, state.direct) as reader:
        if reader.batches and end > state.first:
            until = asyncio.get_running_loop().time() + _STEP
            try:
                async with aclosing(read_back(reader, state, end, until)) as stretches:
                    async for stretch in stretches:
                        messages = map(stored_message, wanted.candidates(stretch.frames))
                        looked_at = len(stretch.frames)
                        search = await _with(search, messages, wanted, looked_at, older=True)
                        end = stretch.begin
                        if search.full:
                            break
                return search, end
            except (NoResponders, Refused):
                pass  # batches were switched off, or this user may not: one by one will do
    page = await page_before(broker, state, end, count=stretch_size(state))
    if page.begin >= end > state.first:
        raise RequestTimeout(state.name, READ_TIMEOUT, "no older message")
    found = await _with(search, page.messages, wanted, len(page.messages), older=True)
    return found, page.begin


async def _with(
    search: StreamSearch,
    messages: Iterable[StoredMessage],
    wanted: SearchTerms,
    looked_at: int,
    *,
    older: bool,
) -> StreamSearch:
    """With those of some messages that are wanted, before or after what was found."""
    hits = await _matching(messages, wanted)
    searched = search.searched + looked_at
    return replace(
        search,
        found=(hits + search.found if older else search.found + hits)[-MAX_FOUND:],
        searched=searched,
        total=max(search.total, searched),
    )


async def _matching(
    messages: Iterable[StoredMessage], wanted: SearchTerms
) -> tuple[StoredMessage, ...]:
    """Those that are wanted; others get their turn while many or large ones are looked at."""
    found, turn = [], time.perf_counter() + _SLICE
    for stored in messages:
        if wanted.matches(stored.message):
            found.append(stored)
        if time.perf_counter() >= turn:
            await asyncio.sleep(0)
            turn = time.perf_counter() + _SLICE
    return tuple(found)


async def find_newer(
    broker: Broker,
    state: StreamState,
    search: StreamSearch,
    settings: SubjectSettings = NOTHING_SET,
) -> StreamSearch:
    """With what came since: an answer may be stored after it was looked for."""
    while search.next < state.next:
        page = await page_after(broker, state, search.next)
        if page.end <= search.next:
            raise RequestTimeout(state.name, READ_TIMEOUT, "no newer message")
        wanted = parse_wanted(search.wanted, settings.without_commands())
        messages = page.messages
        with_page = await _with(search, messages, wanted, len(messages), older=False)
        search = replace(with_page, next=page.end)
    return search


async def find_left(
    broker: Broker,
    state: StreamState,
    search: StreamSearch,
    settings: SubjectSettings = NOTHING_SET,
) -> StreamSearch:
    """Without what is gone since it was found; for a search that looked at all there was."""
    kept = (message.sequence for message in search.found if message.sequence >= state.first)
    async with open_reader(broker, state.name, state.direct) as reader:
        held = await asyncio.gather(*map(reader.get, kept))
    found = await _matching(
        (message for message in held if message),
        parse_wanted(search.wanted, settings.without_commands()),
    )
    searched = max(len(found), state.messages)
    return replace(search, found=found, searched=searched, total=searched)


# -- in every stream ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    stream: str
    stored: StoredMessage


@dataclass(frozen=True, slots=True)
class Everywhere:
    """How far a search through several streams came. `hits` are in the order of storing."""

    wanted: str
    """What is looked for, as it was written."""
    hits: tuple[Hit, ...] = ()
    searched: int = 0
    """Messages looked at."""
    total: int = 0
    """Messages that the streams had when it began."""
    streams: int = 0
    """Streams that were searched to their first message."""
    closed: tuple[str, ...] = ()
    """Streams that could not be read."""
    done: bool = False
    failed: bool = False
    """True when it ended before it was done."""

    @property
    def full(self) -> bool:
        return len(self.hits) >= MAX_FOUND

    @property
    def whole(self) -> bool:
        """True when every message of every stream was looked at."""
        return self.done and not (self.full or self.closed or self.failed)


async def find_everywhere(
    broker: Broker,
    streams: Iterable[StreamState],
    written: str,
    settings: SubjectSettings = NOTHING_SET,
) -> AsyncIterator[Everywhere]:
    """As `find`, in turns: the newest part of every stream is searched before an older one of any.
    What cannot be read of one is counted, and the others are searched.
    """
    wanted = parse_wanted(written).text
    order = sorted((stream for stream in streams if stream.messages), key=_last, reverse=True)
    so_far = _SoFar(wanted, sum(stream.messages for stream in order))
    turns = deque((stream.name, find(broker, stream, wanted, settings)) for stream in order)
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
    def __init__(self, wanted: str, total: int) -> None:
        self.told = Everywhere(wanted, total=total)
        self._each: dict[str, StreamSearch] = {}

    def take(self, name: str, found: StreamSearch) -> None:
        before = self._each.get(name)
        self._each[name] = found
        new = found.searched - (before.searched if before else 0)
        if len(found.found) != (len(before.found) if before else 0):
            self.told = replace(self.told, hits=tuple(sorted(self._hits(), key=_stored_at)))
        whole = found.done and (not found.full or found.searched >= found.total)
        done = self.told.streams + whole
        self.told = replace(self.told, searched=self.told.searched + new, streams=done)

    def close(self, name: str) -> None:
        self.told = replace(self.told, closed=(*self.told.closed, name))

    def _hits(self) -> Iterator[Hit]:
        for name, found in self._each.items():
            yield from (Hit(name, found_message) for found_message in found.found)


def _stored_at(hit: Hit) -> float:
    return hit.stored.message.at
