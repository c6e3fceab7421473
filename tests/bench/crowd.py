"""A crowd: what natstap asks of a server with very many clients and streams, and what that costs.

The real app in a real terminal; the server counts what it was asked and what it answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from engine import NatsBroker
from engine.api_subjects import on_stream
from engine.profile.profile import Profile
from engine.server.server import EmbeddedServer

from .asking import url_of
from .crowd_clients import EACH
from .rounds import limit
from .sockets import Plain
from .terminal import Terminal

CLIENTS = 10_000
STREAMS = 2_000
SECONDS = 15.0
"""For which each screen is looked at."""
KEYS = 60
_START = 60.0
_NATSTAP = "import sys; from tui.__main__ import main; main(sys.argv[1:])"
SCREENS = (
    ("the desk, nothing seen and nothing typed", b"o", b"o"),
    ("Services", b"s", b"\x1b"),
    ("Streams", b"S", b"\x1b"),
    ("Watch others", b"w", b"\x1b"),
    ("Statistics", b"t", b"\x1b"),
)
"""What it is called, the key that opens it, and the one that closes it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What natstap's connection and both processes had used up at a moment."""

    questions: int
    asked: int
    answered: int
    """Bytes, as is `asked`."""
    server: float
    """Seconds of processor time, as is `own`."""
    own: float
    at: float

    def since(self, before: Figures) -> str:
        seconds = self.at - before.at
        return (
            f"{self.questions - before.questions:5} questions, "
            f"{(self.asked - before.asked) / 1024:7.1f} KiB asked, "
            f"{(self.answered - before.answered) / 1024:9.1f} KiB answered, "
            f"server {(self.server - before.server) / seconds:5.1%}, "
            f"natstap {(self.own - before.own) / seconds:5.1%} CPU"
        )


class Watched:
    """natstap in a terminal, and its connection as the server counts it."""

    def __init__(self, terminal: Terminal, server: EmbeddedServer, http: int) -> None:
        self.terminal = terminal
        self._server = server
        self._http = http
        self._cid = 0

    async def find(self) -> None:
        found = await self._fetch("connz?limit=20&sort=start")
        own = [one for one in found["connections"] if one.get("name", "").startswith("natstap")]
        if not own:
            newest = await self._fetch("connz?limit=20000")
            own = [one for one in newest["connections"] if "natstap" in one.get("name", "")]
        self._cid = own[-1]["cid"]

    async def now(self) -> Figures:
        found = (await self._fetch(f"connz?cid={self._cid}"))["connections"][0]
        return Figures(
            found["in_msgs"],
            found["in_bytes"],
            found["out_bytes"],
            _cpu(self._server.pid),
            self.terminal.cpu(),
            time.perf_counter(),
        )

    async def _fetch(self, what: str) -> Any:
        url = f"http://127.0.0.1:{self._http}/{what}"
        return json.loads(await asyncio.to_thread(lambda: urlopen(url, timeout=30).read()))


def _cpu(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _crowd(server: EmbeddedServer) -> AsyncIterator[Process]:
    profile = server.profile()
    env = {**os.environ, "CROWD_USER": profile.user, "CROWD_PASSWORD": profile.password}
    argv = (sys.executable, "-m", "tests.bench.crowd_clients", str(server.port), str(CLIENTS))
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, env=env)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START):
            assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        await process.wait()


async def _make_streams(profile: Profile) -> None:
    async with NatsBroker(profile) as broker:
        for number in range(STREAMS):
            name = f"KEEP{number}"
            config = {"name": name, "subjects": [f"keep.{number}.>"], "storage": "memory"}
            await broker.jetstream.api(on_stream("CREATE", name), config, stream=name)


async def _type(watched: Watched) -> list[float]:
    """Milliseconds from a key to its letter, in the subject field."""
    delays = []
    for _ in range(KEYS):
        pressed = watched.terminal.press(b"Q")
        delays.append((await watched.terminal.shows("Q", 10) - pressed) * 1e3)
        watched.terminal.press(b"\x7f")
        await asyncio.sleep(0.15)
    return sorted(delays)


async def _look(watched: Watched) -> AsyncIterator[str]:
    """What each screen asks while it is looked at, and what a subject and a failure ask."""
    for name, opens, closes in SCREENS:
        watched.terminal.press(b"\x1b")
        await asyncio.sleep(1)
        before = await watched.now()
        watched.terminal.press(opens)
        await asyncio.sleep(SECONDS)
        yield f"  {name + f', {SECONDS:g} s':<48} {(await watched.now()).since(before)}"
        watched.terminal.press(closes)
        await asyncio.sleep(1)
    for name, keys in (
        ("a subject typed that 1 client listens on", b"\x0f1eu.svc77.op1.v1"),
        ("a subject typed that nobody listens on", b"x"),
        ("a request in vain", b"\n"),
    ):
        before = await watched.now()
        watched.terminal.press(keys)
        await asyncio.sleep(5)
        yield f"  {name:<48} {(await watched.now()).since(before)}"


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    http = profile_port()
    async with await EmbeddedServer.start(config=f"http: 127.0.0.1:{http}") as server:
        await _make_streams(server.profile())
        async with _crowd(server) as crowd:
            return await _measure(server, http, crowd)


async def _measure(server: EmbeddedServer, http: int, crowd: Process) -> list[str]:
    argv = [sys.executable, "-c", _NATSTAP, "--server", url_of(server.profile())]
    lines = [
        f"Crowd: {CLIENTS:,} clients with {EACH * CLIENTS:,} subscriptions, {STREAMS:,} streams"
    ]
    async with Terminal(argv) as terminal:
        await terminal.shows("connected", _START)
        watched = Watched(terminal, server, http)
        await watched.find()
        lines += [line async for line in _look(watched)]
    async with Terminal([*argv, "--watch", "*.*.*.>"]) as terminal:
        await terminal.shows("connected", _START)
        await asyncio.sleep(10)
        busy = terminal.cpu()
        await asyncio.sleep(10)
        busy = (terminal.cpu() - busy) / 10 * 100
        lines.append(limit("watching `*.*.*.>` without traffic", busy, "%", 10))
        assert crowd.stdin is not None
        crowd.stdin.write(b"ask\n")
        terminal.press(b"\x0f1")
        await asyncio.sleep(3)
        delays = await _type(Watched(terminal, server, http))
    worst = delays[int(len(delays) * 0.99)]
    lines.append(f"  100 requests/s, key to paint p50 {statistics.median(delays):.0f} ms")
    lines.append(limit("the same, p99", worst, "ms", 50))
    return lines


def profile_port() -> int:
    """A port that is free now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
