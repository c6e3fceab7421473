"""Finding in a stream of a million: against its batches as they come, read and thrown away."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial

from engine import NatsBroker
from engine.api_subjects import on_stream
from engine.profile.profile import Profile
from engine.streams.find import find
from engine.streams.listing import look
from engine.streams.stored import BATCH_BYTES, BATCH_SIZE
from engine.streams.stream_state import StreamState

from .rounds import interleave, row
from .sockets import Plain

MESSAGES = 1_000_000
RARE = MESSAGES // 5
STREAM = "FINDING"
_AT_ONCE = 5_000
_INBOX = b"_INBOX.finding"


def _fill(plain: Plain) -> None:
    """The last of each part is acknowledged: a server drops what it cannot store in time."""
    for begin in range(0, MESSAGES, _AT_ONCE):
        bodies = [b"%d " % n + b"Needle" * (n == RARE) for n in range(begin, begin + _AT_ONCE)]
        frames = [b"PUB finding.%d 128\r\n%-128b\r\n" % (n % 200, b) for n, b in enumerate(bodies)]
        frames[-1] = frames[-1].replace(b" 128", b" %b 128" % _INBOX, 1)
        plain.ask(b"".join(frames), b'"seq":%d}\r\n' % (begin + _AT_ONCE))


def _floor(plain: Plain) -> float:
    """Messages a second of batches, one after the other."""
    began = time.perf_counter()
    for sequence in range(1, MESSAGES + 1, BATCH_SIZE):
        wanted = {"seq": sequence, "batch": BATCH_SIZE, "max_bytes": BATCH_BYTES}
        asked = json.dumps(wanted).encode()
        frame = b"PUB $JS.API.DIRECT.GET.%b %b %d\r\n%b\r\n"
        plain.ask(frame % (STREAM.encode(), _INBOX, len(asked), asked), b"\r\n\r\n\r\n")
    return MESSAGES / (time.perf_counter() - began)


async def _found(broker: NatsBroker, state: StreamState, wanted: str, count: int) -> float:
    """Messages a second of a search through all of it."""
    began = time.perf_counter()
    steps = [step async for step in find(broker, state, wanted)]
    assert (steps[-1].done, len(steps[-1].found)) == (True, count)
    return MESSAGES / (time.perf_counter() - began)


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    config = {"name": STREAM, "subjects": ["finding.>"], "storage": "file", "allow_direct": True}
    async with NatsBroker(profile) as broker:
        await broker.jetstream.api(on_stream("CREATE", STREAM), config, stream=STREAM)
        plain.blast(b"SUB %b finding\r\n" % _INBOX)
        await asyncio.to_thread(_fill, plain)
        state = await look(broker, STREAM)
        found = await interleave(
            {
                "floor": lambda: asyncio.to_thread(_floor, plain),
                "a rare word": partial(_found, broker, state, "needle", 1),
                "a field": partial(_found, broker, state, "$.order.id = 7", 0),
            },
            min(rounds, 3),
        )
        plain.write(b"UNSUB finding\r\n")
        await broker.jetstream.api(on_stream("DELETE", STREAM), {}, stream=STREAM)
    report = [f"Finding: a stream of {MESSAGES:,} messages of 128 bytes"]
    report.append("  " + ", ".join(f"{name} {speed:,.0f}/s" for name, speed in found.items()))
    slowest = min(speed for name, speed in found.items() if name != "floor")
    report.append(
        row("the slowest, vs raw batches read and thrown away", slowest / found["floor"], 0.77)
    )
    return report
