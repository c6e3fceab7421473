"""A crowd: very many clients in one process, as `python -m tests.bench.crowd_clients PORT COUNT`.

User and password come from the environment. Prints "ready" once the server has all of their
subscriptions; every request to one of them is answered. One more client asks some of them, RATE
times a second, after a line on stdin. It ends when stdin does.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator

from .sockets import connect

EACH = 5
"""Subscriptions of each client."""
RATE = 100
_AT_ONCE = 200
_NAMED = b',"name":"%b"}'


class Member(asyncio.Protocol):
    """A client that answers whatever it is asked."""

    def __init__(self, number: int, user: str, password: str) -> None:
        self.ready = asyncio.get_running_loop().create_future()
        self._hello = self._first(number, connect(user, password))
        self._transport: asyncio.Transport | None = None
        self._greeted = False

    @staticmethod
    def _first(number: int, command: bytes) -> bytes:
        name = b"svc-%d" % number
        named = command.rstrip()[:-1] + _NAMED % name + b"\r\n"
        subs = (b"SUB %b %d\r\n" % (subject, sid) for sid, subject in enumerate(subjects(number)))
        return named + b"".join(subs) + b"PING\r\n"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._greeted:
            self._greeted = True
            self._transport.write(self._hello)
            return
        if b"PONG" in data and not self.ready.done():
            self.ready.set_result(None)
        for line in data.split(b"\r\n"):
            words = line.split(b" ")
            if words[0] == b"MSG" and len(words) == 5:
                self._transport.write(b"PUB %b 2\r\nok\r\n" % words[3])
            elif line == b"PING":
                self._transport.write(b"PONG\r\n")


def subjects(number: int) -> Iterator[bytes]:
    for operation in range(EACH):
        yield b"eu.svc%d.op%d.v1" % (number, operation)


async def _join(port: int, numbers: range, user: str, password: str) -> None:
    loop = asyncio.get_running_loop()
    members = []
    for number in numbers:
        _, member = await loop.create_connection(
            lambda number=number: Member(number, user, password), "127.0.0.1", port
        )
        members.append(member)
    await asyncio.gather(*(member.ready for member in members))


async def _ask(port: int, count: int, user: str, password: str) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(connect(user, password) + b"SUB _INBOX.crowd.* 1\r\n")
    turn = 0
    while True:
        subject = b"eu.svc%d.op%d.v1" % (turn * 37 % count, turn % EACH)
        writer.write(b"PUB %b _INBOX.crowd.%d 4\r\nping\r\n" % (subject, turn))
        turn += 1
        await asyncio.sleep(1 / RATE)


async def main(port: int, count: int) -> None:
    user, password = os.environ["CROWD_USER"], os.environ["CROWD_PASSWORD"]
    for start in range(0, count, _AT_ONCE):
        await _join(port, range(start, min(count, start + _AT_ONCE)), user, password)
    print("ready", flush=True)
    if not await asyncio.to_thread(sys.stdin.readline):
        return
    asking = asyncio.create_task(_ask(port, count, user, password))
    await asyncio.to_thread(sys.stdin.read)
    asking.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
