"""Asking and answering: requests one at a time and 64 in flight, against the peers."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import nats

from engine import NatsBroker
from engine.journal import Journal
from engine.profile.profile import Profile

from .answerer import STORED, STREAM, SUBJECT
from .rounds import interleave, row
from .sockets import Plain

BODY = b"x" * 128
SEQUENTIAL = 600
CONCURRENT = 6_000
IN_FLIGHT = 64

Ask = Callable[[], Awaitable[Any]]


def url_of(profile: Profile) -> str:
    address = profile.servers[0].partition("://")[2]
    return f"nats://{profile.user}:{profile.password}@{address}"


@asynccontextmanager
async def answering(kind: str, url: str) -> AsyncIterator[None]:
    """A responder of the given kind in another process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.answerer",
        kind,
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        if not await asyncio.wait_for(process.stdout.readline(), 30):
            raise RuntimeError(f"the {kind} responder did not start")
        yield
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 10)


async def median_latency(ask: Ask) -> float:
    """Microseconds, the median of requests one after the other."""
    times = []
    for _ in range(SEQUENTIAL):
        began = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


async def rate(ask: Ask) -> float:
    """Requests a second with 64 in flight."""

    async def some() -> None:
        for _ in range(CONCURRENT // IN_FLIGHT):
            await ask()

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))
    return CONCURRENT / (time.perf_counter() - began)


@asynccontextmanager
async def askers(profile: Profile) -> AsyncIterator[dict[str, Ask]]:
    """One way to ask for each contestant, all on the same server."""
    import logging

    from faststream.nats import NatsBroker as FastStreamBroker

    logging.disable()
    client = await nats.connect(url_of(profile))
    peer = FastStreamBroker(url_of(profile), logger=None)
    await peer.connect()
    ours, recorded = NatsBroker(profile), NatsBroker(profile, journal=Journal())
    await ours.connect()
    await recorded.connect()
    try:
        yield {
            "nats-py": lambda: client.request(SUBJECT, BODY, timeout=10),
            "FastStream": lambda: peer.request(BODY, SUBJECT, timeout=10),
            "natstap": lambda: ours.request(BODY, SUBJECT, timeout=10),
            "natstap, recorded": lambda: recorded.request(BODY, SUBJECT, timeout=10),
        }
    finally:
        await recorded.stop()
        await ours.stop()
        await peer.stop()
        await client.close()


async def floor(plain: Plain) -> float:
    """Microseconds of the same request on a bare blocking socket."""
    frame = b"SUB _INBOX.floor 9\r\n"
    plain.blast(frame)
    ask = b"PUB %b _INBOX.floor %d\r\n%b\r\n" % (SUBJECT.encode(), len(BODY), BODY)
    times = []
    for _ in range(SEQUENTIAL):
        began = time.perf_counter()
        plain.ask(ask, BODY + b"\r\n")
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    report = [f"Asking: {len(BODY)}-byte echo by a plain socket in another process"]
    async with answering("plain", url_of(profile)), askers(profile) as asks:
        one = await interleave(
            {name: (lambda ask=ask: median_latency(ask)) for name, ask in asks.items()}
            | {"plain socket": lambda: floor(plain)},
            rounds,
        )
        many = await interleave(
            {name: (lambda ask=ask: rate(ask)) for name, ask in asks.items()}, rounds
        )
    report.append("  one at a time, p50: " + _list(one, "{:,.0f} µs"))
    report.append("  64 in flight: " + _list(many, "{:,.0f}/s"))
    for peer, latency, speed in (("nats-py", 0.85, 1.4), ("FastStream", 0.72, 2.5)):
        report.append(
            row(f"one at a time, p50, vs {peer}", one["natstap"] / one[peer], latency, least=False)
        )
        report.append(row(f"64 in flight, vs {peer}", many["natstap"] / many[peer], speed))
    report += await _answerers(profile, rounds)
    report += await _stored(profile, rounds)
    return report


async def _stored(profile: Profile, rounds: int) -> list[str]:
    """Requests through a stream in memory, answered by natstap's stream subscriber."""
    from faststream.nats import NatsBroker as FastStreamBroker

    peer = FastStreamBroker(url_of(profile), logger=None)
    await peer.connect()
    async with NatsBroker(profile) as ours:
        config = {"name": STREAM, "subjects": [STORED], "storage": "memory", "max_msgs": 1000}
        await ours.jetstream.api(f"STREAM.CREATE.{STREAM}", config)
        asks: dict[str, Ask] = {
            "FastStream": lambda: peer.request(BODY, STORED, stream=STREAM, timeout=10),
            "natstap": lambda: ours.request(BODY, STORED, stream=STREAM, timeout=10),
        }
        async with answering("stream", url_of(profile)):
            one = await interleave(
                {name: (lambda ask=ask: median_latency(ask)) for name, ask in asks.items()}, rounds
            )
            many = await interleave(
                {name: (lambda ask=ask: rate(ask)) for name, ask in asks.items()}, rounds
            )
    await peer.stop()
    return [
        "Asking through a stream: stored in memory, answered by a stream subscriber",
        "  one at a time, p50: " + _list(one, "{:,.0f} µs"),
        "  64 in flight: " + _list(many, "{:,.0f}/s"),
        f"       one at a time, p50, vs FastStream {one['natstap'] / one['FastStream']:.2f}x",
        f"       64 in flight, vs FastStream {many['natstap'] / many['FastStream']:.2f}x",
    ]


async def _answerers(profile: Profile, rounds: int) -> list[str]:
    """How fast a subscriber answers, asked by natstap's own request, the fastest asker here."""
    figures: dict[str, list[float]] = {"faststream": [], "natstap": [], "nats-py": [], "plain": []}
    async with NatsBroker(profile) as broker:
        for _ in range(rounds):
            for kind in figures:
                async with answering(kind, url_of(profile)):
                    await rate(lambda: broker.request(BODY, SUBJECT, timeout=10))
                    figures[kind].append(
                        await rate(lambda: broker.request(BODY, SUBJECT, timeout=10))
                    )
    found = {kind: statistics.median(values) for kind, values in figures.items()}
    return [
        "Answering: 64 requests in flight to a subscriber in another process",
        "  " + _list(found, "{:,.0f}/s"),
        row("a subscriber answering, vs FastStream's", found["natstap"] / found["faststream"], 3.3),
    ]


def _list(figures: dict[str, float], form: str) -> str:
    return ", ".join(f"{name} {form.format(value)}" for name, value in figures.items())
