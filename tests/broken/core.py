"""Requests that fail because of the client that serves them, or of what it may do."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import nats
from helpers.freezing import freeze
from helpers.raw import Raw
from helpers.systems import cluster, login, users

from engine import Profile
from engine.server.server import EmbeddedServer

from .workers import worker, workers

SUBJECT = "pay.charge"
ALLOWED = 'permissions { subscribe: ["pay.>", "_INBOX.>"]'
MAX_PAYLOAD = 65_536


@dataclass(frozen=True, slots=True)
class Broken:
    """A system in which requests fail: how the asker connects, and what it asks."""

    profile: Profile
    subject: str = SUBJECT
    body: bytes = b"?"
    headers: dict[str, str] = field(default_factory=dict)
    server: EmbeddedServer | None = None


def _server(config: str = "", *, jetstream: bool = False) -> EmbeddedServer:
    return EmbeddedServer(config=config, jetstream=jetstream)


@asynccontextmanager
async def serving(
    behaviour: str, language: str = "python", name: str = "pay-2"
) -> AsyncIterator[Broken]:
    """One client on the subject that behaves as told; the other managers name the ways."""
    async with (
        _server(f"max_payload: {MAX_PAYLOAD}") as server,
        worker(server.profile(), SUBJECT, behaviour, name="pay-2", language=language),
    ):
        yield Broken(server.profile(), server=server)


# -- it answered, and the answer did not come -------------------------------------------------


@asynccontextmanager
async def answer_refused(language: str = "python") -> AsyncIterator[Broken]:
    """The service's user may publish nowhere, and has no allow_responses."""
    rights = f'{ALLOWED}, publish: {{ deny: [">"] }} }}'
    async with (
        _server(users(rights)) as server,
        worker(login(server, "u1"), SUBJECT, "answer", name="pay-2", language=language),
    ):
        yield Broken(server.profile(), server=server)


@asynccontextmanager
async def allowance_run_out() -> AsyncIterator[Broken]:
    """`allow_responses` lets one answer through, and its time is over before this one."""
    allowed = '{ max: 1, expires: "200ms" }'
    rights = f'{ALLOWED}, publish: ["nowhere"], allow_responses: {allowed} }}'
    async with (
        _server(users(rights)) as server,
        worker(login(server, "u1"), SUBJECT, "slow:0.4", name="pay-2"),
    ):
        yield Broken(server.profile(), server=server)


def answered_elsewhere(language: str = "python") -> AbstractAsyncContextManager[Broken]:
    """It publishes its answers to a fixed subject, whatever the request's reply subject is."""
    return serving("elsewhere:pay.answers", language)


def answer_too_large(language: str = "python") -> AbstractAsyncContextManager[Broken]:
    """Its client library refuses to send an answer above max_payload."""
    return serving(f"large:{MAX_PAYLOAD + 1}", language)


@asynccontextmanager
async def answer_cuts_connection() -> AsyncIterator[Broken]:
    """A client without that check: the server closes its connection, and it comes back."""
    async with _server(f"max_payload: {MAX_PAYLOAD}") as server:
        serve = asyncio.create_task(_careless(server.profile()))
        try:
            async with asyncio.timeout(60):
                while not await _listens(server.profile(), SUBJECT):
                    await asyncio.sleep(0.02)
            yield Broken(server.profile(), server=server)
        finally:
            serve.cancel()
            await asyncio.gather(serve, return_exceptions=True)


async def _careless(profile: Profile) -> None:
    """Connects again whenever it is cut off, and answers with more than the server takes."""
    host, port = profile.servers[0].rpartition("//")[2].rsplit(":", 1)
    options = {"name": "pay-2", "headers": True, "verbose": False, "protocol": 1}
    options |= {"user": profile.user, "pass": profile.password}
    while True:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"CONNECT " + json.dumps(options).encode() + b"\r\n")
        writer.write(b"SUB %b 1\r\nPING\r\n" % SUBJECT.encode())
        try:
            while line := await reader.readline():
                if line.startswith((b"MSG ", b"HMSG ")):
                    reply = line.split()[3]
                    size = MAX_PAYLOAD + 1
                    writer.write(b"PUB %b %d\r\n%b\r\n" % (reply, size, bytes(size)))
                elif line == b"PING\r\n":
                    writer.write(b"PONG\r\n")
        except OSError:
            pass
        finally:
            writer.close()


async def _listens(profile: Profile, subject: str) -> bool:
    question = {"subscriptions_detail": True, "filter_subject": subject}
    client = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name="asker"
    )
    try:
        asked = "$SYS.REQ.ACCOUNT.PING.CONNZ"
        answer = await client.request(asked, json.dumps(question).encode(), timeout=2)
        return bool(json.loads(answer.data)["data"]["connections"])
    finally:
        await client.close()


# -- it never answers --------------------------------------------------------------------------


def handler_throws(language: str = "python") -> AbstractAsyncContextManager[Broken]:
    return serving("throw", language)


def loop_blocked(language: str = "python") -> AbstractAsyncContextManager[Broken]:
    """Its event loop (in Go: the subscription's goroutine) stands still."""
    return serving("block", language)


def header_missing(language: str = "python") -> AbstractAsyncContextManager[Broken]:
    """It answers requests with a header `tenant`, and drops the others without a word."""
    return serving("needs:tenant", language)


def envelope_wanted() -> AbstractAsyncContextManager[Broken]:
    """A NestJS service: it answers what comes in its envelope, and nothing else."""
    return serving("envelope")


async def ask_in_envelope(profile: Profile, subject: str) -> bytes:
    """As the framework's client does: a fresh inbox for this request alone."""
    client = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name="nest-client"
    )
    try:
        inbox = client.new_inbox()
        answers = await client.subscribe(inbox, max_msgs=1)
        body = json.dumps({"pattern": subject, "data": {"sum": 1}, "id": "1"}).encode()
        await client.publish(subject, body, reply=inbox)
        return (await answers.next_msg(timeout=10)).data
    finally:
        await client.close()


@asynccontextmanager
async def half_open_link(language: str = "python") -> AsyncIterator[Broken]:
    """The service's process is stopped: its connection stands, and nobody reads from it."""
    async with (
        _server() as server,
        worker(server.profile(), SUBJECT, "answer", name="pay-2", language=language) as process,
    ):
        freeze(process.pid)
        yield Broken(server.profile(), server=server)


@asynccontextmanager
async def slow_consumer(waiting: int = 16_000_000) -> AsyncIterator[Broken]:
    """A client that has stopped reading while `waiting` bytes and more were sent to it."""
    async with _server("write_deadline: '1m'") as server, _never_reads(server.profile()) as sock:
        body = bytes(500_000)
        async with Raw.to(server.profile()) as other:
            for _ in range(waiting // len(body) + _buffered(sock) // len(body)):
                await other.publish(SUBJECT.encode(), body)
        yield Broken(server.profile(), server=server)


def _buffered(sock: socket.socket) -> int:
    """Bytes that the kernel takes in for a client before the server has to keep any."""
    return 8_000_000 + sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


@asynccontextmanager
async def _never_reads(profile: Profile) -> AsyncIterator[socket.socket]:
    host, port = profile.servers[0].rpartition("//")[2].rsplit(":", 1)
    options = {"name": "stuck-reader", "user": profile.user, "pass": profile.password}
    options |= {"verbose": False, "headers": True}
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, (host, int(port)))
        line = b"CONNECT " + json.dumps(options).encode()
        await loop.sock_sendall(sock, line + b"\r\nSUB %b 1\r\nPING\r\n" % SUBJECT.encode())
        heard = b""
        async with asyncio.timeout(60):
            while b"PONG" not in heard:
                heard += await loop.sock_recv(sock, 65536)
        yield sock


# -- it is not alone ---------------------------------------------------------------------------


@asynccontextmanager
async def one_hangs_of_three() -> AsyncIterator[Broken]:
    """A queue group of three, of which worker-1 takes its requests and says nothing."""
    async with (
        _server() as server,
        workers(
            server.profile(),
            SUBJECT,
            "pay",
            worker_0="answer",
            worker_1="silent",
            worker_2="answer",
        ),
    ):
        yield Broken(server.profile(), server=server)


@asynccontextmanager
async def one_hangs_of_three_servers() -> AsyncIterator[Broken]:
    """The same, each member connected to another server of a cluster than the asker."""
    behaviours = {"worker-0": "answer", "worker-1": "silent", "worker-2": "answer"}
    async with cluster(3) as servers, AsyncExitStack() as stack:
        for server, (name, behaviour) in zip(servers, behaviours.items(), strict=True):
            member = worker(login(server), SUBJECT, behaviour, name=name, queue="pay")
            await stack.enter_async_context(member)
        yield Broken(servers[0].profile(), server=servers[0])


@asynccontextmanager
async def one_silent_of_several() -> AsyncIterator[Broken]:
    """Four services in no group, of which desk-3 says nothing."""
    async with (
        _server() as server,
        workers(
            server.profile(),
            SUBJECT,
            "",
            desk_1="answer",
            desk_2="answer",
            desk_3="silent",
            desk_4="answer",
        ),
    ):
        yield Broken(server.profile(), server=server)


@asynccontextmanager
async def downstream_dead(language: str = "python") -> AsyncIterator[Broken]:
    """The service asks another one, which takes the question and says nothing."""
    async with (
        _server() as server,
        worker(server.profile(), "bank.debit", "silent", name="bank-1"),
        worker(server.profile(), SUBJECT, "asks:bank.debit", name="pay-2", language=language),
    ):
        yield Broken(server.profile(), server=server)


@asynccontextmanager
async def downstream_missing() -> AsyncIterator[Broken]:
    """The service asks another one that nobody serves: its own client is told so at once."""
    async with (
        _server() as server,
        worker(server.profile(), SUBJECT, "asks:bank.debit", name="pay-2"),
    ):
        yield Broken(server.profile(), server=server)
