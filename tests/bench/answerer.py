"""A responder in a process of its own, so that both sides have a core: `python -m … KIND URL`."""

from __future__ import annotations

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

from .sockets import connect

SUBJECT = "bench.echo"
STORED = "bench.stored"
STREAM = "BENCH"


class Echo(asyncio.Protocol):
    """The floor: an echo on a bare socket, one scan per read and one write."""

    def __init__(self, user: str, password: str) -> None:
        self._login = connect(user, password)
        self._rest = b""
        self.ready = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._login + b"SUB %b 1\r\nPING\r\n" % SUBJECT.encode())

    def data_received(self, data: bytes) -> None:
        data, out, position = self._rest + data, [], 0
        while (end := data.find(b"\r\n", position)) >= 0:
            words = data[position:end].split(b" ")
            stop = end
            if words[0] in (b"MSG", b"HMSG"):
                stop = end + 2 + int(words[-1])
                if stop + 2 > len(data):
                    break
                head = int(words[-2]) if words[0] == b"HMSG" else 0
                body = data[end + 2 + head : stop]
                out.append(b"PUB %b %d\r\n%b\r\n" % (words[3], len(body), body))
            elif words[0] == b"PING":
                out.append(b"PONG\r\n")
            elif words[0] == b"PONG":
                self.ready.set()
            position = stop + 2
        self._rest = data[position:]
        if out:
            self._transport.write(b"".join(out))


async def plain(url: str) -> None:
    at = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, echo = await loop.create_connection(
        lambda: Echo(at.username or "", at.password or ""), at.hostname, at.port
    )
    await echo.ready.wait()


async def stock(url: str) -> None:
    import nats

    client = await nats.connect(url)

    async def answer(message: Any) -> None:
        await client.publish(message.reply, message.data)

    await client.subscribe(SUBJECT, cb=answer)
    await asyncio.sleep(0)
    await client.flush()


async def faststream(url: str) -> None:
    import logging

    from faststream.nats import NatsBroker

    broker = NatsBroker(url, logger=None)
    logging.disable()

    @broker.subscriber(SUBJECT)
    async def answer(message: bytes) -> bytes:
        return message

    await broker.start()
    await asyncio.sleep(0.5)


async def natstap(url: str) -> None:
    from engine import NatsBroker

    broker = NatsBroker(url)

    @broker.subscriber(SUBJECT)
    async def answer(message: bytes) -> bytes:
        return message

    await broker.start()


async def recording(url: str) -> None:
    """As `natstap`, with everything recorded, as in the app."""
    from engine import Journal, NatsBroker

    broker = NatsBroker(url, journal=Journal())

    @broker.subscriber(SUBJECT)
    async def answer(message: bytes) -> bytes:
        return message

    await broker.start()


async def hosted(url: str) -> None:
    from engine import Journal, NatsBroker
    from engine.responders.reply import ReplyDraft
    from engine.responders.reply_rules import MAX_RATE
    from engine.responders.responder import Responder

    broker = NatsBroker(url, journal=Journal())
    await broker.connect()
    await Responder(broker, ReplyDraft(SUBJECT, rate=MAX_RATE)).start()


async def stream(url: str) -> None:
    from engine import NatsBroker

    broker = NatsBroker(url)

    @broker.subscriber(STORED, stream=STREAM, max_workers=8)
    async def answer(message: bytes) -> bytes:
        return message

    await broker.start()


KINDS = {
    "plain": plain,
    "nats-py": stock,
    "faststream": faststream,
    "natstap": natstap,
    "recording": recording,
    "hosted": hosted,
    "stream": stream,
}


async def serve(kind: str, url: str) -> None:
    await KINDS[kind](url)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
