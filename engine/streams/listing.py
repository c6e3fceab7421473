"""The streams of an account and their consumers, asked quietly: nothing of it is recorded.

Lists come in pages of 256; all are read, up to a bound. Raised are `JetStreamOff` where there is
no JetStream, `Refused` where this user may not ask, `LinkError`, and what the server says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from engine.api_subjects import (
    STREAM_LIST,
    Verb,
    check_name,
    consumers_of,
    is_name,
    on_stream,
    usable_names,
)
from engine.errors import LinkLost
from engine.fields import Fields, number, part, parts, texts
from engine.link.link import LinkState
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry
from engine.rpc.jetstream import JetStream

from .stream_state import ConsumerState, StreamState

MAX_PAGES = 64
"""Pages that are read of one list, of 256 each."""


@dataclass(frozen=True, slots=True)
class Streams:
    """By name. `more` streams were not read, and `silent` ones did not answer."""

    streams: tuple[StreamState, ...] = ()
    more: int = 0
    silent: tuple[str, ...] = ()

    def named(self, name: str) -> StreamState | None:
        return next((stream for stream in self.streams if stream.name == name), None)

    def with_news_of(self, state: StreamState) -> Streams:
        """As these, with another state of one of them."""
        kept = (state if stream.name == state.name else stream for stream in self.streams)
        return replace(self, streams=tuple(kept))

    def fed_by(self, name: str) -> tuple[StreamState, ...]:
        """The streams that mirror this one, or have it as a source."""
        return tuple(stream for stream in self.streams if name in (stream.mirror, *stream.sources))


@asynccontextmanager
async def quiet_api(broker: Broker) -> AsyncIterator[JetStream]:
    """JetStream's API for questions that are no part of any conversation."""
    if broker.link.state is not LinkState.CONNECTED:
        raise LinkLost("")
    async with Inquiry(broker.link) as inquiry:
        yield inquiry.jetstream()


async def list_streams(broker: Broker) -> Streams:
    """Every stream of the account, sorted by name."""
    async with quiet_api(broker) as api:
        found, more, last = await _every(api, STREAM_LIST, "streams")
    known = {stream.name: stream for stream in map(StreamState.of, found) if is_name(stream.name)}
    silent = usable_names((*texts(last, "missing"), *part(last, "offline")))
    return Streams(tuple(known[name] for name in sorted(known)), more, tuple(sorted(set(silent))))


async def list_consumers(broker: Broker, stream: str) -> tuple[ConsumerState, ...]:
    """Every consumer of a stream, sorted by name; raises `StreamNotFound`."""
    verb = consumers_of(stream)
    async with quiet_api(broker) as api:
        found, _, _ = await _every(api, verb, "consumers", stream)
    read = (ConsumerState.of(stream, fields) for fields in found)
    known = {consumer.name: consumer for consumer in read if is_name(consumer.name)}
    return tuple(known[name] for name in sorted(known))


async def look(broker: Broker, stream: str, fields: Fields | None = None) -> StreamState:
    """One stream as it is now; raises `StreamNotFound`."""
    return StreamState.of(await ask_stream(broker, stream, fields))


async def look_at_consumer(broker: Broker, stream: str, name: str) -> ConsumerState:
    """One consumer as it is now; raises `StreamNotFound`, `ConsumerNotFound`."""
    check_name("stream", stream)
    check_name("consumer", name)
    async with quiet_api(broker) as api:
        return ConsumerState.of(stream, await api.consumer(stream, name))


async def ask_stream(broker: Broker, stream: str, fields: Fields | None = None) -> Fields:
    """The answer of STREAM.INFO, with `fields` in the question."""
    verb = on_stream("INFO", stream)
    async with quiet_api(broker) as api:
        return await api.api(verb, fields, stream=stream)


async def _every(
    api: JetStream, verb: Verb, key: str, stream: str = ""
) -> tuple[list[dict[str, Any]], int, Fields]:
    """The items of all pages, how many were not read, and the last answer."""
    found: list[Fields] = []
    answer: Fields = {}
    for _ in range(MAX_PAGES):
        answer = await api.api(verb, {"offset": len(found)}, stream=stream)
        page = parts(answer, key)
        found += page
        if not page or len(found) >= number(answer, "total"):
            break
    return found, max(0, number(answer, "total") - len(found)), answer
