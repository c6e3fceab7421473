"""Streams with messages in them, and readers of others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
from helpers.waiting import eventually

from engine import NatsBroker, Profile
from engine.errors import NatstapError
from engine.streams.listing import look
from engine.streams.stream_state import StreamState


async def make(broker: NatsBroker, name: str, *subjects: str, **config: Any) -> StreamState:
    config = {"name": name, "subjects": list(subjects), "storage": "memory", **config}
    return StreamState.of(await broker.jetstream.api(f"STREAM.CREATE.{name}", config))


async def fill(broker: NatsBroker, stream: str, subjects: list[str], count: int) -> None:
    """Messages 1 to `count`, on the subjects in turn, each with its number as its body."""
    for number in range(1, count + 1):
        to = subjects[(number - 1) % len(subjects)]
        broker.post(number, to, correlation_id=f"c{number}")
    await eventually(lambda: holds(broker, stream, count))


async def fill_acknowledged(
    broker: NatsBroker, stream: str, subjects: list[str], count: int
) -> None:
    """The same in a cluster, which loses what comes while a stream looks for its leader."""
    for number in range(1, count + 1):
        to = subjects[(number - 1) % len(subjects)]

        async def stored(number: int = number, to: str = to) -> bool:
            name = f"c{number}"
            try:
                await broker.publish(
                    number, to, stream=stream, correlation_id=name, headers={"Nats-Msg-Id": name}
                )
            except NatstapError:
                return False
            return True

        await eventually(stored)
    await eventually(lambda: holds(broker, stream, count))


async def holds(broker: NatsBroker, stream: str, last: int) -> bool:
    return (await look(broker, stream)).last == last


async def forget(broker: NatsBroker, stream: str, *sequences: int) -> None:
    for one in sequences:
        await broker.jetstream.api(f"STREAM.MSG.DELETE.{stream}", {"seq": one, "no_erase": True})


@asynccontextmanager
async def theirs(profile: Profile) -> AsyncIterator[Any]:
    """JetStream through nats-py, as somebody else's program has it."""
    client = await nats.connect(profile.servers[0], user=profile.user, password=profile.password)
    try:
        yield client.jetstream()
    finally:
        await client.close()
