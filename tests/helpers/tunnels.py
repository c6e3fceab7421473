"""What stands between a client and a server: a SOCKS proxy, and a web server with paths."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

_METHODS = {"none": 0, "password": 2}


@dataclass(slots=True)
class Socks:
    """A SOCKS 5 proxy (RFC 1928, RFC 1929) that remembers where it was asked to go."""

    port: int = 0
    user: str = ""
    password: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)
    refuses: bool = False

    @property
    def url(self) -> str:
        login = f"{self.user}:{self.password}@" if self.user else ""
        return f"socks5://{login}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if await self._let_in(reader, writer):
                await self._connect(reader, writer)
        writer.close()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _, count = await reader.readexactly(2)
        await reader.readexactly(count)
        writer.write(bytes((5, _METHODS["password" if self.user else "none"])))
        if not self.user:
            return True
        _, length = await reader.readexactly(2)
        user = (await reader.readexactly(length)).decode()
        (length,) = await reader.readexactly(1)
        password = (await reader.readexactly(length)).decode()
        good = (user, password) == (self.user, self.password)
        writer.write(bytes((1, not good)))
        return good

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = ".".join(map(str, await reader.readexactly(4)))
        (port,) = struct.unpack(">H", await reader.readexactly(2))
        self.asked.append((host, port))
        if self.refuses:
            writer.write(b"\x05\x02\x00\x01" + bytes(6))
            return
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await _join(reader, writer, "127.0.0.1", port)


@dataclass(slots=True)
class PathProxy:
    """Passes on what comes by one path, and answers 404 to everything else."""

    behind: int
    path: str
    port: int = 0
    lines: list[str] = field(default_factory=list)
    """The first line of each request."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            line, _, rest = head.partition(b"\r\n")
            self.lines.append(line.decode())
            if line.split()[1].decode() == self.path:
                first = b"GET / HTTP/1.1\r\n" + rest
                await _join(reader, writer, "127.0.0.1", self.behind, first)
            else:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()


Between = TypeVar("Between", Socks, PathProxy)


@asynccontextmanager
async def standing_between(one: Between) -> AsyncIterator[Between]:
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    first: bytes = b"",
) -> None:
    """Both ways until either side ends."""
    their_reader, their_writer = await asyncio.open_connection(host, port)
    their_writer.write(first)
    ways = [
        asyncio.ensure_future(_copy(reader, their_writer)),
        asyncio.ensure_future(_copy(their_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        their_writer.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
