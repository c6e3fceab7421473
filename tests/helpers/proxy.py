"""A proxy between a client and a real server that keeps what the client publishes, as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from engine import Profile
from engine.message import split_frame

DEADLINE = 30.0


class RecordingProxy:
    """`async with RecordingProxy.before(profile) as proxy:`; `published` holds whole frames.

    `lines` are all other lines that clients said, such as `SUB` and `CONNECT`.
    """

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self.port = 0
        self.published: list[bytes] = []
        """`PUB` and `HPUB` frames in the order of coming, without their last CRLF."""
        self.lines: list[bytes] = []
        self._came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def before(cls, profile: Profile) -> AsyncIterator[RecordingProxy]:
        host, _, port = profile.servers[0].rpartition("//")[2].rpartition(":")
        proxy = cls(host, int(port))
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            for task in proxy._tasks:
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)
            await server.wait_closed()

    def profile(self, real: Profile) -> Profile:
        """The same login, through the proxy."""
        return replace(real, servers=(f"nats://127.0.0.1:{self.port}",))

    def sent(self, beginnings: tuple[str, ...] = ("",)) -> list[bytes]:
        """What was published, but for what clients ask the server's own APIs."""
        starts = tuple(one.encode() for one in beginnings)
        return [one for one in self.published if split_frame(one)[0].startswith(starts)]

    async def until(self, line: bytes, times: int = 1) -> None:
        """Wait until clients have said a line that begins so."""
        async with asyncio.timeout(DEADLINE), self._came:
            await self._came.wait_for(
                lambda: sum(one.startswith(line) for one in self.lines) >= times
            )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        theirs, to_server = await asyncio.open_connection(*self._to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(theirs, writer))
                both.create_task(self._listen(reader, to_server))
        except* OSError:
            pass
        finally:
            self._tasks.discard(task)
            for each in (writer, to_server):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on what the client says only when it is written down: nothing is missed."""
        while line := await reader.readline():
            said = line
            if line.startswith((b"PUB ", b"HPUB ")):
                said += await reader.readexactly(int(line.split()[-1]) + 2)
                self.published.append(said[:-2])
            else:
                self.lines.append(line)
            async with self._came:
                self._came.notify_all()
            writer.write(said)
            await writer.drain()
        writer.write_eof()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
