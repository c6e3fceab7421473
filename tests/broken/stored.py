"""Requests to a stream that nobody answers, because of its consumers or of the stream itself.

The stream FLT stores `flt.>`, and its consumer w is to work off `flt.todo`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
from helpers.freezing import freeze
from helpers.outside import running
from helpers.systems import free_ports
from nats.aio.client import Client

from engine import Profile
from engine.server.server import EmbeddedServer

from .workers import said

STREAM, SUBJECT = "FLT", "flt.todo"
_WORKER = Path(__file__).with_name("stream_worker.py")


@dataclass(frozen=True, slots=True)
class Stored:
    """A system whose stream takes requests; `worker` is the process that serves it, if any."""

    profile: Profile
    client: Client
    """Somebody else's, to look and act with."""
    worker: Process | None = None
    subject: str = SUBJECT
    stream: str = STREAM
    servers: tuple[EmbeddedServer, ...] = ()


@asynccontextmanager
async def _system(consumer: dict[str, Any] | None = None, **stream: Any) -> AsyncIterator[Stored]:
    async with EmbeddedServer() as server, _client(server.profile()) as client:
        await _create(client, consumer, **stream)
        yield Stored(server.profile(), client)


async def _create(client: Client, consumer: dict[str, Any] | None, **stream: Any) -> None:
    await api(client, f"STREAM.CREATE.{STREAM}", name=STREAM, subjects=["flt.>"], **stream)
    if consumer is not None:
        config = {"name": "w", "durable_name": "w", "ack_policy": "explicit", **consumer}
        await api(client, f"CONSUMER.CREATE.{STREAM}.w", stream_name=STREAM, config=config)


@asynccontextmanager
async def _client(profile: Profile) -> AsyncIterator[Client]:
    client = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name="admin"
    )
    try:
        yield client
    finally:
        await client.close()


async def api(client: Client, verb: str, **fields: Any) -> dict[str, Any]:
    """One request to JetStream, which must succeed."""
    answer = await client.request(f"$JS.API.{verb}", json.dumps(fields).encode(), timeout=10)
    given: dict[str, Any] = json.loads(answer.data)
    assert "error" not in given, given
    return given


@asynccontextmanager
async def _worked(
    behaviour: str, consumer: dict[str, Any] | None = None, **stream: Any
) -> AsyncIterator[Stored]:
    """With a client that pulls from w in the way that it is told."""
    async with _system(consumer or {}, **stream) as system:
        environment = {
            **os.environ,
            "PEER_URL": system.profile.servers[0],
            "PEER_USER": system.profile.user,
            "PEER_PASSWORD": system.profile.password,
            "PEER_NAME": "flt-worker",
        }
        command = (sys.executable, str(_WORKER), STREAM, "w", behaviour)
        async with running(*command, stderr=DEVNULL, env=environment) as process:
            await said(process, b"up\n")
            yield Stored(system.profile, system.client, process)


# -- the worker --------------------------------------------------------------------------------


def never_acknowledged() -> AbstractAsyncContextManager[Stored]:
    """The worker takes it, and neither answers nor acknowledges."""
    return _worked("hold")


def acknowledged_without_answer() -> AbstractAsyncContextManager[Stored]:
    """The worker takes it and acknowledges, and sends no answer."""
    return _worked("ack")


def redelivered(needs: float = 1.6, ack_wait: float = 1.0) -> AbstractAsyncContextManager[Stored]:
    """The worker needs longer than ack_wait: it gets every request twice, and answers twice."""
    return _worked(f"slow:{needs}", {"ack_wait": int(ack_wait * 1e9)})


@asynccontextmanager
async def at_max_ack_pending() -> AsyncIterator[Stored]:
    """The worker may hold one message, holds one, and gets no other."""
    async with _worked("hold", {"max_ack_pending": 1, "ack_wait": int(60e9)}) as system:
        await system.client.publish(SUBJECT, b"the one before")
        assert system.worker is not None
        await said(system.worker, b"took\n")
        yield system


def worker_down() -> AbstractAsyncContextManager[Stored]:
    """The consumer is there, and nobody reads from it."""
    return _system({})


@asynccontextmanager
async def worker_stopped() -> AsyncIterator[Stored]:
    """Its process stands still: its pull waits at the server, and it does nothing with the job."""
    async with _worked("ack") as system:
        assert system.worker is not None
        async with asyncio.timeout(60):
            while not (await api(system.client, f"CONSUMER.INFO.{STREAM}.w"))["num_waiting"]:
                await asyncio.sleep(0.02)
        freeze(system.worker.pid)
        yield system


def nobody_hears_the_push() -> AbstractAsyncContextManager[Stored]:
    """A push consumer sends to a subject, and nobody subscribes to it."""
    return _system({"deliver_subject": "work.flt"})


def given_up() -> AbstractAsyncContextManager[Stored]:
    """The worker keeps each message until it has been delivered as often as is allowed."""
    return _worked("hold", {"max_deliver": 1, "ack_wait": int(0.2e9)})


# -- the consumer ------------------------------------------------------------------------------


def no_consumer() -> AbstractAsyncContextManager[Stored]:
    return _system()


def filter_elsewhere() -> AbstractAsyncContextManager[Stored]:
    """The only consumer reads flt.done."""
    return _worked("ack", {"filter_subject": "flt.done"})


def paused(seconds: float = 3600.0) -> AbstractAsyncContextManager[Stored]:
    until = datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()
    return _worked("ack", {"pause_until": until.replace("+00:00", "Z")})


@asynccontextmanager
async def readers_that_differ() -> AsyncIterator[Stored]:
    """The worker of w took it and is silent; a second consumer, audit, is read by nobody."""
    async with _worked("hold") as system:
        config = {"name": "audit", "durable_name": "audit", "ack_policy": "explicit"}
        asked = f"CONSUMER.CREATE.{STREAM}.audit"
        await api(system.client, asked, stream_name=STREAM, config=config)
        yield system


# -- the stream --------------------------------------------------------------------------------


def no_interest() -> AbstractAsyncContextManager[Stored]:
    """The stream keeps what a consumer wants, and there is none."""
    return _system(retention="interest")


@asynccontextmanager
async def sealed() -> AsyncIterator[Stored]:
    async with _system({}) as system:
        config = (await api(system.client, f"STREAM.INFO.{STREAM}"))["config"]
        await api(system.client, f"STREAM.UPDATE.{STREAM}", **{**config, "sealed": True})
        yield system


@asynccontextmanager
async def without_quorum() -> AsyncIterator[Stored]:
    """A stream on three servers of which two are gone; `servers` holds the one that is left."""
    ports = free_ports(3)
    routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in ports)
    async with AsyncExitStack() as stack:
        servers = []
        for n, port in enumerate(ports, 1):
            listen = f'listen: "127.0.0.1:{port}"'
            config = f"server_name: n{n}\ncluster {{ name: c, {listen}, routes: [{routes}] }}"
            servers.append(await stack.enter_async_context(EmbeddedServer(config=config)))
        client = await stack.enter_async_context(_client(servers[0].profile()))
        async with asyncio.timeout(60):
            while not await _created(client):
                await asyncio.sleep(0.1)
        for server in servers[1:]:
            await server.stop()
        yield Stored(servers[0].profile(), client, servers=tuple(servers))


async def _created(client: Client) -> bool:
    """False while the cluster has not agreed on who leads it."""
    try:
        await _create(client, {}, num_replicas=3)
    except (AssertionError, nats.errors.Error):
        return False
    return True
