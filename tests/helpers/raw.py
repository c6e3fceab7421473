"""Plain sockets on both sides: a client that sends what none would, a server that says it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from engine import Profile

DEADLINE = 60.0
HELLO: dict[str, Any] = {
    "server_id": "FAKE",
    "version": "2.15.1",
    "headers": True,
    "max_payload": 1 << 20,
    "client_id": 7,
}


class Raw:
    """A connection to a real server that writes bytes as they are given."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def to(cls, profile: Profile) -> AsyncIterator[Raw]:
        host, _, port = profile.servers[0].rpartition("//")[2].rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 24)
        raw = cls(reader, writer)
        options = {"headers": True, "no_responders": True, "verbose": False, "protocol": 1}
        login = {"user": profile.user, "pass": profile.password}
        try:
            await reader.readline()
            await raw.send(b"CONNECT " + json.dumps(options | login).encode() + b"\r\n")
            yield raw
        finally:
            writer.close()
            await writer.wait_closed()

    async def send(self, commands: bytes) -> bytes:
        """Write; what came back until the server has taken it all."""
        self._writer.write(commands + b"PING\r\n")
        async with asyncio.timeout(DEADLINE):
            return await self._reader.readuntil(b"PONG\r\n")

    async def publish(
        self, subject: bytes, body: bytes = b"", reply: bytes = b"", head: bytes = b""
    ) -> None:
        to = b" ".join(part for part in (subject, reply) if part)
        sizes = b"%d %d" % (len(head), len(head) + len(body)) if head else b"%d" % len(body)
        verb = b"HPUB" if head else b"PUB"
        await self.send(b"%b %b %b\r\n%b%b\r\n" % (verb, to, sizes, head, body))

    async def read(self, ending: bytes) -> bytes:
        async with asyncio.timeout(DEADLINE):
            return await self._reader.readuntil(ending)


class FakeServer:
    """Says hello and answers PINGs; `heard` is every line it got, `say` writes to everybody.

    For what the real server cannot be made to do, and for nothing else.
    """

    def __init__(self, hello: bytes) -> None:
        self.hello = hello
        self.heard: list[bytes] = []
        self.connections = 0
        self.pongs = True
        """False keeps the answers to PINGs back."""
        self.pong = b"PONG\r\n"
        """What it answers to a PING."""
        self.reads = True
        """False leaves what comes next unread."""
        self.paused = False
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: list[asyncio.Task[None] | None] = []

    @property
    def profile(self) -> Profile:
        return Profile(servers=(f"nats://127.0.0.1:{self.port}",), timeout=DEADLINE)

    def profile_within(self, timeout: float) -> Profile:
        """As `profile`; connecting takes at most `timeout` seconds."""
        return replace(self.profile, timeout=timeout)

    @classmethod
    @asynccontextmanager
    async def running(cls, hello: bytes | None = None) -> AsyncIterator[FakeServer]:
        fake = cls(b"INFO " + json.dumps(HELLO).encode() + b"\r\n" if hello is None else hello)
        server = await asyncio.start_server(fake._serve, "127.0.0.1", 0)
        fake.port = server.sockets[0].getsockname()[1]
        try:
            yield fake
        finally:
            server.close()
            for writer in list(fake._writers):
                writer.transport.abort()
            await asyncio.gather(*fake._serving)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        self._serving.append(asyncio.current_task())
        writer.write(self.hello)
        try:
            while line := await reader.readline():
                self.heard.append(line)
                if line == b"PING\r\n" and self.pongs:
                    writer.write(self.pong)
                if not self.reads:
                    writer.transport.pause_reading()
                    self.paused = True
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._writers)

    def say(self, words: bytes) -> None:
        for writer in self._writers:
            writer.write(words)
