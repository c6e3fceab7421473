"""A proxy between natstap and a real server, which keeps every command that natstap sends.

It reads the protocol as strictly as it is written down: what it cannot read is kept as
`Command("?", …)`, and a test sees it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from engine import Profile


@dataclass(frozen=True, slots=True)
class Command:
    """`subject` and `reply` (for SUB its queue group) are "" where the verb has none."""

    verb: str
    subject: str = ""
    reply: str = ""
    head: bytes = b""
    body: bytes = b""


def read_commands(data: bytes) -> list[Command]:
    """Every whole command; what is none ends the list, as its last item."""
    commands: list[Command] = []
    at = 0
    while (end := data.find(b"\r\n", at)) >= 0:
        command, sizes = _read_line(data[at:end])
        begin, stop = end + 2, end + 2 + (sizes[-1] if sizes else -2)
        if stop + 2 > len(data):
            return commands
        if command.verb == "?" or sizes != sorted(sizes) or data[stop : stop + 2] != b"\r\n":
            return [*commands, Command("?", body=data[at : at + 200])]
        head = sizes[0] if len(sizes) == 2 else 0
        if sizes:
            command = replace(
                command, head=data[begin : begin + head], body=data[begin + head : stop]
            )
        commands.append(command)
        at = stop + 2
    return [*commands, Command("?", body=data[at : at + 200])] if b"\n" in data[at:] else commands


def _read_line(line: bytes) -> tuple[Command, list[int]]:
    """The command of a line, and the sizes at its end."""
    if line.startswith(b"CONNECT {") and isinstance(json.loads(line[8:]), dict):
        return Command("CONNECT", body=line[8:]), []
    if re.search(rb"[\x00-\x1f]", line):
        return Command("?"), []
    match line.decode("utf-8", "surrogateescape").split(" "):
        case ["PING" | "PONG" as verb]:
            return Command(verb), []
        case ["UNSUB", sid] if sid.isdigit():
            return Command("UNSUB"), []
        case ["SUB", subject, queue, sid] if subject and sid.isdigit():
            return Command("SUB", subject, queue), []
        case ["PUB", subject, *reply, size] if subject and size.isdigit() and len(reply) < 2:
            return Command("PUB", subject, "".join(reply)), [int(size)]
        case ["HPUB", subject, *reply, head, size] if (
            subject and head.isdigit() and (size.isdigit() and len(reply) < 2)
        ):
            return Command("HPUB", subject, "".join(reply)), [int(head), int(size)]
    return Command("?"), []


class RecordingProxy:
    """`profile` leads through it; `commands` are those of all connections, in order."""

    def __init__(self, target: Profile) -> None:
        self._target = target
        self._sent: list[bytearray] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def profile(self) -> Profile:
        return replace(self._target, servers=(f"nats://127.0.0.1:{self._port}",))

    @property
    def commands(self) -> list[Command]:
        return [one for sent in self._sent for one in read_commands(bytes(sent))]

    @classmethod
    @asynccontextmanager
    async def before(cls, target: Profile) -> AsyncIterator[RecordingProxy]:
        proxy = cls(target)
        server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        proxy._port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            server.close()
            for task in proxy._tasks:
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        host, _, port = self._target.servers[0].rpartition("//")[2].rpartition(":")
        there, to = await asyncio.open_connection(host, int(port))
        sent = bytearray()
        self._sent.append(sent)
        try:
            await asyncio.gather(_pass(reader, to, sent), _pass(there, writer, None))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            to.close()
            writer.close()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kept: bytearray | None
) -> None:
    while data := await reader.read(1 << 16):
        if kept is not None:
            kept += data
        writer.write(data)
        await writer.drain()
    writer.close()
