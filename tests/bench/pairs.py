"""Pairs: requests and replies between others, watched as the app watches them, from the socket to
the pairing: what each message costs, and how many a second come with none lost and none late.

A generator in another process writes them: `python -m tests.bench.pairs PORT RATE SECONDS`.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from asyncio.subprocess import PIPE

from engine.journal import Journal, State
from engine.profile.profile import Profile
from engine.watching.subject_watch import SubjectWatch

from .rounds import interleave, row
from .sockets import Plain
from .watching import BURST, HEAD, link_to_journal, paired_burst

RATES = (300_000, 200_000, 150_000, 100_000)
"""Messages a second, the highest first."""
SECONDS = 4.0
LATE = 10.0
"""Milliseconds."""
_STEP = 0.005
_INBOX = b"_INBOX.Xju7oDboxxQ8W2TMBQHi5X"
_FIRST = b"PUB evt.ask %b.first 2\r\nhi\r\n" % _INBOX
_MARK = b"PUB evt.mark 20\r\n%020d\r\n"


async def _watching(profile: Profile, plain: Plain) -> tuple[SubjectWatch, Journal]:
    """A watch that has heard of the asker's inbox, and listens to it."""
    journal = Journal()
    watch = SubjectWatch(profile, journal, ["evt.>"])
    await watch.start()
    plain.blast(_FIRST)
    async with asyncio.timeout(30):
        while not watch.hears(_INBOX + b".first"):
            await asyncio.sleep(0.01)
    return watch, journal


async def _drained(profile: Profile, plain: Plain, burst: bytes) -> float:
    """Messages a second of CPU, by a real watch."""
    watch, journal = await _watching(profile, plain)
    try:
        want = len(journal) + BURST
        plain.blast(burst)
        began, seen = time.process_time(), 0
        async with asyncio.timeout(60):
            while len(journal) < want:
                seen = await journal.pulse.wait(seen)
        taken = time.process_time() - began
        assert journal.state(journal.next - 2) is State.ANSWERED
        return BURST / taken
    finally:
        await watch.stop()


async def _paced(profile: Profile, plain: Plain, rate: int) -> tuple[int, float, float]:
    """Messages lost, milliseconds that the latest percent came late, and CPU in percent."""
    watch, journal = await _watching(profile, plain)
    env = {**os.environ, "PAIRS_USER": profile.user, "PAIRS_PASSWORD": profile.password}
    port = profile.servers[0].rpartition(":")[2]
    argv = (sys.executable, "-m", "tests.bench.pairs", port, str(rate), str(SECONDS))
    before = watch.subjects.seen["evt.>"] + watch.answers
    cpu = time.process_time()
    process = await asyncio.create_subprocess_exec(*argv, stdout=PIPE, env=env)
    try:
        told, _ = await process.communicate()
        busy = (time.process_time() - cpu) / SECONDS * 100
        heard = -1
        while heard < (heard := watch.subjects.seen["evt.>"] + watch.answers - before) < int(told):
            await asyncio.sleep(1)
        return int(told) - heard, _lateness(journal), busy
    finally:
        await watch.stop()


def _lateness(journal: Journal) -> float:
    marks = []
    for number in range(journal.first, journal.next):
        message = journal.message(number)
        if message.subject == "evt.mark":
            marks.append(message.at * 1e3 - int(message.body) / 1e6)
    return sorted(marks)[int(len(marks) * 0.99)] if marks else float("inf")


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    report = ["Pairs: requests and replies of others, 128-byte bodies, by a real watch"]
    for title, head in (("no headers", b""), ("two headers", HEAD)):
        burst = paired_burst(head)
        found = await interleave(
            {
                "watch": lambda burst=burst: _drained(profile, plain, burst),
                "link": lambda burst=burst: link_to_journal(profile, plain, burst),
            },
            rounds,
        )
        costs = {name: 1e6 / speed for name, speed in found.items()}
        report.append(
            f"  {title}: {costs['watch']:.2f} µs of CPU a message, "
            f"link to journal alone {costs['link']:.2f}"
        )
        report.append(
            row(f"a real watch, {title}", costs["watch"] / costs["link"], 1.1, least=False)
        )
    best = 0
    for rate in RATES:
        runs = [await _paced(profile, plain, rate) for _ in range(min(rounds, 3))]
        lost, late, busy = (statistics.median(values) for values in zip(*runs, strict=True))
        report.append(f"  {rate:,}/s: {lost:,.0f} lost, p99 {late:.1f} ms late, {busy:.0f} % CPU")
        if not lost and late <= LATE:
            best = rate
            break
    sign = "ok  " if best >= 150_000 else "MISS"
    return [
        *report,
        f"  {sign} none lost, p99 under {LATE:g} ms: {best:,}/s, budget >= 150,000/s",
    ]


def generate(port: int, rate: int, seconds: float) -> int:
    """Write pairs at a rate; returns how many messages."""
    plain = Plain(port, os.environ["PAIRS_USER"], os.environ["PAIRS_PASSWORD"])
    size = max(1, int(rate * _STEP) // 2)
    ask, reply = b"PUB evt.ask %b 128\r\n%b\r\n", b"PUB %b 128\r\n%b\r\n"
    body, chunks = b"x" * 128, []
    for chunk in range(int(seconds / _STEP)):
        inboxes = (b"%b.%d-%d" % (_INBOX, chunk, n) for n in range(size))
        chunks.append(b"".join(ask % (to, body) + reply % (to, body) for to in inboxes))
    began, sent = time.perf_counter(), 0
    for number, chunk in enumerate(chunks):
        time.sleep(max(0.0, began + number * _STEP - time.perf_counter()))
        plain.write(chunk + _MARK % time.time_ns())
        sent += 2 * size + 1
    plain.blast(b"")
    return sent


if __name__ == "__main__":
    print(generate(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
