"""A proxy between clients and a real server, which keeps every command that clients send.

It reads the protocol as strictly as it is written down: what it cannot read is kept as
`SentCommand("?", …)`, and a test sees it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from engine import Profile

DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class SentCommand:
    """`subject` and `reply` (for SUB its queue group) are "" where the verb has none."""

    verb: str
    subject: str = ""
    reply: str = ""
    head: bytes = b""
    body: bytes = b""
    frame: bytes = field(default=b"", compare=False, repr=False)
    """The whole of it, without its last CRLF."""


def read_commands(data: bytes) -> list[SentCommand]:
    """Every whole command; what is none ends the list, as its last item."""
    return _read(data)[0]


def _read(data: bytes) -> tuple[list[SentCommand], int]:
    """The commands, and how many bytes they are."""
    commands: list[SentCommand] = []
    at = 0
    while (end := data.find(b"\r\n", at)) >= 0:
        command, sizes = _read_line(data[at:end])
        begin, stop = end + 2, end + 2 + (sizes[-1] if sizes else -2)
        if stop + 2 > len(data):
            return commands, at
        if command.verb == "?" or sizes != sorted(sizes) or data[stop : stop + 2] != b"\r\n":
            return [*commands, SentCommand("?", body=data[at : at + 200])], len(data)
        head = sizes[0] if len(sizes) == 2 else 0
        if sizes:
            command = replace(
                command, head=data[begin : begin + head], body=data[begin + head : stop]
            )
        commands.append(replace(command, frame=data[at:stop]))
        at = stop + 2
    if b"\n" in data[at:]:
        return [*commands, SentCommand("?", body=data[at : at + 200])], len(data)
    return commands, at


def _read_line(line: bytes) -> tuple[SentCommand, list[int]]:
    """The command of a line, and the sizes at its end."""
    if line.startswith(b"CONNECT {") and isinstance(json.loads(line[8:]), dict):
        return SentCommand("CONNECT", body=line[8:]), []
    if re.search(rb"[\x00-\x1f]", line):
        return SentCommand("?"), []
    match line.decode("utf-8", "surrogateescape").split(" "):
        case ["PING" | "PONG" as verb]:
            return SentCommand(verb), []
        case ["UNSUB", sid] if sid.isdigit():
            return SentCommand("UNSUB"), []
        case ["SUB", subject, queue, sid] if subject and sid.isdigit():
            return SentCommand("SUB", subject, queue), []
        case ["PUB", subject, *reply, size] if subject and size.isdigit() and len(reply) < 2:
            return SentCommand("PUB", subject, "".join(reply)), [int(size)]
        case ["HPUB", subject, *reply, head, size] if (
            subject and head.isdigit() and (size.isdigit() and len(reply) < 2)
        ):
            return SentCommand("HPUB", subject, "".join(reply)), [int(head), int(size)]
    return SentCommand("?"), []


class RecordingProxy:
    """`profile` leads through it; `commands` are those of all connections, in order."""

    def __init__(self, target: Profile) -> None:
        self.profile = target
        self.commands: list[SentCommand] = []
        host, _, port = target.servers[0].rpartition("//")[2].rpartition(":")
        self._to = host, int(port)
        self._came = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def before(cls, target: Profile) -> AsyncIterator[RecordingProxy]:
        proxy = cls(target)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        proxy.profile = replace(target, servers=(f"nats://127.0.0.1:{port}",))
        try:
            yield proxy
        finally:
            server.close()
            for task in proxy._tasks:
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)
            await server.wait_closed()

    @property
    def published(self) -> list[bytes]:
        """The frames of `PUB` and `HPUB`."""
        return [one.frame for one in self.commands if one.verb in ("PUB", "HPUB")]

    async def until(self, verb: str, beginning: str) -> None:
        """Wait until a client has sent this, on a subject that begins so."""

        def was_sent() -> bool:
            return any(
                one.verb == verb and one.subject.startswith(beginning) for one in self.commands
            )

        async with asyncio.timeout(DEADLINE), self._came:
            await self._came.wait_for(was_sent)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        theirs, to_server = await asyncio.open_connection(*self._to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(theirs, writer))
                both.create_task(self._pass(reader, to_server, kept=True))
        except* OSError:
            pass
        finally:
            self._tasks.discard(task)
            for each in (writer, to_server):
                each.close()
                with suppress(OSError):
                    await each.wait_closed()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bool = False
    ) -> None:
        """Hand on what a client sends only when it is written down: nothing is missed."""
        rest = b""
        while data := await reader.read(1 << 16):
            if kept:
                commands, size = _read(rest + data)
                rest = (rest + data)[size:]
                self.commands += commands
                async with self._came:
                    self._came.notify_all()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
