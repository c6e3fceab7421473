"""A test leaves the server that many share as it found it."""

from __future__ import annotations

from helpers.waiting import eventually

from engine import NatsBroker
from engine.api_subjects import STREAM_NAMES, on_stream
from engine.server.server import EmbeddedServer


async def left_as_found(server: EmbeddedServer) -> None:
    """Delete what a test has stored; return when all its clients are gone."""
    async with NatsBroker(server.profile()) as broker:
        names = (await broker.jetstream.api(STREAM_NAMES))["streams"] or []
        for name in names:
            await broker.jetstream.api(on_stream("DELETE", name))

        async def alone() -> bool:
            answer = await broker.request({}, "$SYS.REQ.ACCOUNT.PING.CONNZ", timeout=30)
            return (await answer.decode())["data"]["num_connections"] == 1

        await eventually(alone)
