"""Quiet: what each screen sends to the terminal and costs while nothing happens; and a line that
takes 100 KiB a second while everything happens."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time

from engine.profile.profile import Profile

from .asking import url_of
from .living import RATE, _blast, _press
from .rounds import limit
from .sockets import Plain
from .terminal import Terminal

SECONDS = 10.0
SETTLED = 10.0
"""Seconds after which a screen that was opened is to be still."""
SLOW = 100 << 10
"""Bytes a second."""
_NATSTAP = "import sys; from tui.__main__ import main; main(sys.argv[1:])"
SCREENS = (
    ("desk", b"", b""),
    ("home", b"o", b"\x1b"),
    ("services", b"s", b"\x1b"),
    ("streams", b"S", b"\x1b"),
    ("watching", b"w", b"\x1b"),
    ("statistics", b"t", b"\x1b"),
    ("history", b"h", b"\x1b"),
    ("collection", b"c", b"\x1b"),
    ("help", b"?", b"\x1b"),
)
"""What it is called, the key that opens it, and the one that closes it."""


async def _still(terminal: Terminal) -> tuple[float, float]:
    """KiB a second to the terminal, and CPU in percent."""
    await asyncio.sleep(SETTLED)
    heard, cpu = terminal.heard, terminal.cpu()
    await asyncio.sleep(SECONDS)
    sent = (terminal.heard - heard) / 1024 / SECONDS
    return sent, (terminal.cpu() - cpu) / SECONDS * 100


async def _screens(profile: Profile) -> list[str]:
    lines = []
    argv = [sys.executable, "-c", _NATSTAP, "--server", url_of(profile)]
    async with Terminal(argv) as terminal:
        await terminal.shows("connected", 60)
        await asyncio.sleep(1)  # the desk's first moments are its fields'
        terminal.press(b"\x1b")
        await asyncio.sleep(1)
        for name, opens, closes in SCREENS:
            terminal.press(opens)
            sent, busy = await _still(terminal)
            lines.append(limit(f"idle, {name}, to the terminal each second", sent, "KiB", 1))
            lines.append(limit(f"idle, {name}, CPU", busy, "%", 0.5))
            terminal.press(closes)
            await asyncio.sleep(1)
    return lines


async def _slow_line(profile: Profile, plain: Plain) -> list[str]:
    """Keys beside a firehose."""
    argv = [sys.executable, "-c", _NATSTAP, "--server", url_of(profile), "--watch", "fire.>"]
    async with Terminal(argv) as terminal:
        await terminal.shows("fire.>", 60)
        await asyncio.sleep(1)
        terminal.rate = SLOW
        until = time.perf_counter() + SECONDS
        heard = terminal.heard
        _, delays = await asyncio.gather(_blast(plain, until), _press(terminal, until))
        used = (terminal.heard - heard) / SECONDS / SLOW * 100
    delays.sort()
    worst = delays[min(len(delays) - 1, int(len(delays) * 0.99))]
    return [
        f"  a line of {SLOW >> 10} KiB/s beside {RATE:,} messages a second: {len(delays)} keys, "
        f"key to paint p50 {statistics.median(delays):.0f} ms, {used:.0f} % of the line used",
        limit("the same, p99", worst, "ms", 500),
    ]


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    return ["Quiet", *await _screens(profile), *await _slow_line(profile, plain)]
