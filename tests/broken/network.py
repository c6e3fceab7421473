"""Requests that fail on the way: proxies, leaf nodes, and servers that stop or are changed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from helpers.freezing import freeze as stop_process
from helpers.freezing import thaw
from helpers.systems import leaf, users

from engine.server.server import EmbeddedServer

from .core import SUBJECT, Broken
from .workers import worker

LARGE = 40_000
"""Bytes in one read from which on the proxy takes a message for too large."""


@asynccontextmanager
async def proxy_drops_large(language: str = "python") -> AsyncIterator[Broken]:
    """Between the service and the server, whatever is large never arrives.

    The proxy does not close the connection, and passes nothing on behind what it dropped.
    """
    async with EmbeddedServer(jetstream=False) as server, _proxy(server.port) as port:
        beyond = replace(server.profile(), servers=(f"nats://127.0.0.1:{port}",))
        async with worker(beyond, SUBJECT, "answer", name="pay-2", language=language):
            yield Broken(server.profile(), body=bytes(10 * LARGE), server=server)


@asynccontextmanager
async def _proxy(to: int) -> AsyncIterator[int]:
    """Passes bytes on, but not to a client that is being sent much at once."""
    busy: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", to, limit=1 << 24)
        ways = (_pass_on(reader, back, 1 << 30), _pass_on(there, writer, LARGE))
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*ways)
        for one in (writer, back):
            one.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        await server.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
    dropping = False
    with suppress(OSError):
        while chunk := await reader.read(1 << 20):
            dropping |= len(chunk) > most
            if not dropping:
                writer.write(chunk)
                await writer.drain()


# -- leaf nodes ----------------------------------------------------------------------------------


@asynccontextmanager
async def leaf_denies(direction: str) -> AsyncIterator[Broken]:
    """A hub with its service hub-erp on secret.erp; the asker is at the leaf node, edge.

    `direction` is "deny_exports" (what goes from the leaf node to the hub) or "deny_imports".
    """
    denied = {"deny_exports": 'publish: { deny: ["secret.>"] }'}
    denied["deny_imports"] = 'subscribe: { deny: ["secret.>"] }'
    async with leaf(users(f"permissions {{ {denied[direction]} }}"), user="u1") as (hub, edge):
        async with worker(hub.profile(), "secret.erp", "answer", name="hub-erp"):
            yield Broken(edge.profile(), "secret.erp", server=edge)


# -- the server itself ---------------------------------------------------------------------------


@asynccontextmanager
async def frozen_server() -> AsyncIterator[Broken]:
    """`freeze` stops its process; whoever is connected stays so, and hears nothing."""
    async with (
        EmbeddedServer(jetstream=False) as server,
        worker(server.profile(), SUBJECT, "answer", name="pay-2"),
    ):
        pid = server.pid
        try:
            yield Broken(server.profile(), server=server)
        finally:
            thaw(pid)


def freeze(server: EmbeddedServer) -> None:
    stop_process(server.pid)


@asynccontextmanager
async def max_payload_lowered() -> AsyncIterator[Broken]:
    """`lower` makes the server take less, while natstap is connected and knows the old limit."""
    async with (
        EmbeddedServer(config="max_payload: 1MB", jetstream=False) as server,
        worker(server.profile(), SUBJECT, "answer", name="pay-2"),
    ):
        yield Broken(server.profile(), body=bytes(100_000), server=server)


def lower_max_payload(server: EmbeddedServer, limit: int) -> None:
    assert server.directory is not None
    config = server.directory / "nats.conf"
    config.write_text(config.read_text().replace("max_payload: 1MB", f"max_payload: {limit}"))
    os.kill(server.pid, signal.SIGHUP)
