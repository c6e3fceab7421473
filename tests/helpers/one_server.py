"""One server for many tests, each of which leaves it as it found it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from helpers.waiting import eventually

from engine import NatsBroker
from engine.api_subjects import STREAM_NAMES, on_stream
from engine.server.server import EmbeddedServer

Value = TypeVar("Value")
START_TIMEOUT = 60.0
"""Seconds."""


@contextmanager
def lasting_server() -> Iterator[EmbeddedServer]:
    """On a loop of its own, which outlives that of each test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="one server", daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, loop).result(START_TIMEOUT)

    try:
        running = wait(EmbeddedServer.start())
        try:
            yield running
        finally:
            wait(running.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


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
