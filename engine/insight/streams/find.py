"""Finding what belongs to a correlation id in a stream, the newest first.

It is a walk back through the stream that tells how far it came, and can be left at any time.
Nothing is recorded, acknowledged or left behind, whatever the stream's retention: for waiting
until a response comes there is `NatsBroker.find_response`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from engine.errors import InvalidInput, RequestTimeout
from engine.message import header_in, raw_bytes
from engine.rpc.broker import NatsBroker
from engine.rpc.message import CORRELATION_ID

from .browse import PATIENCE, page_before
from .stored import BYTES, Stored
from .stream_state import StreamState

MOST = 100
"""Messages that are found at most."""
_CHUNK = 1000
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
    search = Search(correlation_id.strip(), total=state.messages)
    end = state.next
    while not search.done:
        page = await page_before(broker, state, end, count=_chunk(state))
        if page.begin >= end > state.first:
            raise RequestTimeout(state.name, PATIENCE, "no older message")
        hits = tuple(one for one in page.messages if header_in(one.message.head, _NAME) == wanted)
        search = Search(
            search.correlation_id,
            (hits + search.found)[-MOST:],
            search.searched + len(page.messages),
            max(search.total, search.searched + len(page.messages)),
            done=page.begin <= state.first,
        )
        search = _enough(search)
        end = page.begin
        yield search


def _chunk(state: StreamState) -> int:
    return max(4, min(_CHUNK, BYTES // max(1, state.average)))


def _enough(search: Search) -> Search:
    if not search.full:
        return search
    return Search(search.correlation_id, search.found, search.searched, search.total, done=True)
