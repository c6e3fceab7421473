"""Watching: how fast a burst is drained into the journal, against nats-py's bare callback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import nats

from engine.journal import Journal
from engine.link.link import Link
from engine.profile.profile import Profile

from .rounds import interleave, row
from .sockets import Plain

BURST = 40_000
HEAD = (
    b"NATS/1.0\r\ncontent-type: application/json\r\n"
    b"correlation_id: 9f0c2a51-7f25-4c49-9d1e-8a3d6f1b2c3d\r\n\r\n"
)
BODY = b"x" * 128
SUBJECTS = ("evt.>", "_INBOX.Xju7oDboxxQ8W2TMBQHi5X.*")


def plain_burst(head: bytes) -> bytes:
    return b"".join(_publish(b"evt.%d" % (n % 200), b"", head) for n in range(BURST))


def paired_burst(head: bytes) -> bytes:
    """Requests and their replies, alternating."""
    lines = []
    for n in range(BURST // 2):
        reply = b"_INBOX.Xju7oDboxxQ8W2TMBQHi5X.%08d" % n
        lines += [_publish(b"evt.ask", reply, head), _publish(reply, b"", head)]
    return b"".join(lines)


def _publish(subject: bytes, reply: bytes, head: bytes) -> bytes:
    to = subject + b" " + reply if reply else subject
    if head:
        return b"HPUB %b %d %d\r\n%b%b\r\n" % (to, len(head), len(head) + 128, head, BODY)
    return b"PUB %b %d\r\n%b\r\n" % (to, 128, BODY)


class Counter:
    """Counts messages and tells when all of a burst are in."""

    def __init__(self) -> None:
        self.left = 0
        self.done = asyncio.Event()

    def begin(self) -> None:
        self.left = BURST
        self.done.clear()

    def one(self) -> None:
        self.left -= 1
        if not self.left:
            self.done.set()

    async def all_in(self) -> None:
        await self.done.wait()


class Reader:
    """Waits, as a screen would, until the journal holds all of a burst."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def begin(self) -> None:
        pass

    async def all_in(self) -> None:
        seen = 0
        while len(self._journal) < BURST:
            seen = await self._journal.pulse.wait(seen)


async def _drain(counter: Counter | Reader, plain: Plain, burst: bytes) -> float:
    """Messages a second of CPU: the server may not be what is measured."""
    counter.begin()
    plain.blast(burst)
    began = time.process_time()
    async with asyncio.timeout(60):
        await counter.all_in()
    return BURST / (time.process_time() - began)


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    report = ["Watching: messages drained per second of CPU, 128-byte bodies"]
    for title, burst, budget in (
        ("no headers", plain_burst(b""), 2.2),
        ("two headers", plain_burst(HEAD), 3.5),
        ("requests and replies", paired_burst(b""), 1.9),
        ("requests and replies, two headers", paired_burst(HEAD), 2.8),
    ):
        figures = await _contest(profile, plain, burst, rounds)
        stock, ours = figures["nats-py"], figures["natstap"]
        report.append(
            f"  {title}: nats-py callback {stock:,.0f}/s, "
            f"natstap link alone {figures['link']:,.0f}/s, tap to journal {ours:,.0f}/s"
        )
        report.append(row(f"tap -> journal, paired ({title})", ours / stock, budget))
    return report


async def _contest(profile: Profile, plain: Plain, burst: bytes, rounds: int) -> dict[str, float]:
    async def stock() -> float:
        counter = Counter()

        async def callback(_: Any) -> None:
            counter.one()

        client = await nats.connect(
            profile.servers[0], user=profile.user or None, password=profile.password or None
        )
        for subject in SUBJECTS:
            await client.subscribe(subject, cb=callback)
        await asyncio.sleep(0)
        await client.flush()
        try:
            return await _drain(counter, plain, burst)
        finally:
            await client.close()

    async def alone() -> float:
        counter = Counter()
        return await _tap(profile, plain, burst, lambda *_: counter.one(), counter)

    async def ours() -> float:
        return await link_to_journal(profile, plain, burst)

    return await interleave({"nats-py": stock, "link": alone, "natstap": ours}, rounds)


async def link_to_journal(profile: Profile, plain: Plain, burst: bytes) -> float:
    """Messages a second of CPU, recorded straight from the wire."""
    journal = Journal()
    source = journal.sources.add("tap")

    def opened(link: Link) -> None:
        journal.sources.time_by(source, link.arrival)

    return await _tap(profile, plain, burst, journal.sink(source), Reader(journal), opened)


async def _tap(
    profile: Profile,
    plain: Plain,
    burst: bytes,
    sink: Any,
    counter: Counter | Reader,
    opened: Callable[[Link], None] = lambda link: None,
) -> float:
    async with Link.opened(profile) as link:
        opened(link)
        for subject in SUBJECTS:
            link.subscribe(subject.encode(), sink)
        await link.barrier()
        return await _drain(counter, plain, burst)
