"""Living: the real app in a real terminal, watching a firehose, with somebody at the keys."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from engine.profile.profile import Profile

from .asking import url_of
from .rounds import limit
from .sockets import Plain
from .terminal import Terminal
from .watching import HEAD

RATE = 100_000
"""Messages a second, 128-byte bodies, two headers."""
SECONDS = 10.0
STEP = 0.005
BODY = b"x" * 128
_NATSTAP = """
import sys
from tui.__main__ import main
main(["--server", sys.argv[1], "--watch", "fire.>"])
"""


async def _blast(plain: Plain, until: float) -> int:
    """Write at the rate, a few hundred messages at a time; returns how many."""
    frame = b"HPUB fire.%d %d %d\r\n%b%b\r\n"
    size = int(RATE * STEP)
    chunk = b"".join(
        frame % (n % 200, len(HEAD), len(HEAD) + len(BODY), HEAD, BODY) for n in range(size)
    )
    began, sent = time.perf_counter(), 0
    while (now := time.perf_counter()) < until:
        due = int((now - began) * RATE)
        while sent + size <= due:
            await asyncio.to_thread(plain.write, chunk)
            sent += size
        await asyncio.sleep(STEP)
    return sent


async def _press(terminal: Terminal, until: float) -> list[float]:
    """Milliseconds from a key to the paint that shows its letter in the subject field."""
    delays = []
    while time.perf_counter() < until:
        pressed = terminal.press(b"Q")
        delays.append((await terminal.shows("Q", 10) - pressed) * 1e3)
        terminal.press(b"\x7f")
        await asyncio.sleep(0.1)
    return delays


def _number(words: str) -> int:
    return int(words.replace(",", "") or 0)


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    async with Terminal([sys.executable, "-c", _NATSTAP, url_of(profile)]) as terminal:
        await terminal.shows("fire.>", 60)
        await asyncio.sleep(1)
        terminal.press(b"\x0f1")  # who starts with a watch has the list alone
        await asyncio.sleep(1)
        until, cpu = time.perf_counter() + SECONDS, terminal.cpu()
        sent, delays = await asyncio.gather(_blast(plain, until), _press(terminal, until))
        busy = (terminal.cpu() - cpu) / SECONDS * 100
        await asyncio.sleep(2)
        shown = _number(terminal.last(r"([\d,]+) exchanges"))
        dropped = _number(terminal.last(r"([\d,]+) messages dropped"))
    delays.sort()
    worst = delays[min(len(delays) - 1, int(len(delays) * 0.99))]
    return [
        f"Living: {sent / SECONDS:,.0f} messages a second with two headers, in a terminal, 160x50",
        f"  {len(delays)} keys pressed, key to paint p50 {statistics.median(delays):.0f} ms",
        f"  {sent:,} sent, {shown:,} shown and {dropped:,} counted as dropped",
        limit("lost uncounted", float(sent - shown - dropped), "", 0),
        limit("key to paint, p99", worst, "ms", 45),
        limit("CPU of the one process", busy, "%", 42),
    ]
