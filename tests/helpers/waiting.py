"""Waiting for what must become true, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from nats.aio.client import Client

STORE_WAIT = 3.0
"""Seconds of a request that a stream stores and nobody answers: its acknowledgement has to come
within them, on a busy machine too."""
QUIET = 2.0
"""Seconds without another reply after which there are no more, on a busy machine too."""


async def until(true: Callable[[], object], timeout: float = 60.0) -> None:
    """Return as soon as `true()` is; fail after `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            while not true():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not true within {timeout:g} s: {true}") from None


async def eventually(true: Callable[[], Any], timeout: float = 60.0) -> None:
    """As `until`, for a condition that must be awaited."""
    async with asyncio.timeout(timeout):
        while not await true():
            await asyncio.sleep(0.01)


async def flushed(*clients: Client) -> None:
    """Return when the server has all that these clients of nats-py sent.

    The PING of their `flush` overtakes what is queued; that of the next one follows it.
    """
    for client in clients:
        await client.flush(30)
        await client.flush(30)
