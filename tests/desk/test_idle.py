"""Nothing changed, nothing sent: what a screen writes to its terminal while nothing happens."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack

from bench.terminal import Terminal

from engine.server.server import EmbeddedServer

TICKS = 13
"""Looks of the desk, two a second: within these everything that looks again looks once."""
ALLOWED = 512 * TICKS
"""Bytes in so many: 1 KiB a second."""
APP = """
import os, sys
from tui.desk.looking import Looking

look = Looking.look

def tick(looking):
    look(looking)
    os.write(int(sys.argv[1]), b".")

Looking.look = tick
from tui.__main__ import main
main(sys.argv[2:])
"""
SCREENS = {
    "desk": b"",
    "palette": b"\x10",
    "home": b"o",
    "services": b"s",
    "streams": b"S",
    "watching": b"w",
    "statistics": b"t",
    "history": b"\x12",
    "collection": b"c",
    "help": b"?",
}
AT_ONCE = 5
"""Of natstap: each has the screens at so many, one after the other, for its start costs most."""


async def ticks(heard: int, count: int) -> None:
    async with asyncio.timeout(60):
        while count > 0:
            count -= len(await asyncio.to_thread(os.read, heard, count))


async def test_a_screen_on_which_nothing_happens_is_not_drawn() -> None:
    """Several at once, for most of it is waiting."""
    starting = asyncio.Semaphore(2)
    async with EmbeddedServer() as server:
        profile = server.profile()
        flags = ["--server", f"nats://127.0.0.1:{server.port}", "--user", profile.user]
        flags.append(f"--password={profile.password}")  # it may begin with -
        names = list(SCREENS)
        parts = [names[start::AT_ONCE] for start in range(AT_ONCE)]
        written = await asyncio.gather(*(rest(part, flags, starting) for part in parts))
    drawn = {name: count for part in written for name, count in part.items()}
    assert drawn.keys() == SCREENS.keys()
    assert {name: count for name, count in drawn.items() if count > ALLOWED} == {}


async def rest(names: list[str], flags: list[str], starting: asyncio.Semaphore) -> dict[str, int]:
    """Bytes that each of these screens writes while nothing happens."""
    written: dict[str, int] = {}
    heard, tell = os.pipe()
    os.set_inheritable(tell, True)
    try:
        async with AsyncExitStack() as stack:
            async with starting:
                argv = [sys.executable, "-c", APP, str(tell), *flags]
                terminal = await stack.enter_async_context(Terminal(argv))
                await terminal.shows("connected", 60)
            await ticks(heard, 2)
            terminal.press(b"a.b")  # who listens there is asked again and again
            await ticks(heard, 2)
            terminal.press(b"\x1b")
            await ticks(heard, 2)
            for name in names:
                before = terminal.heard
                terminal.press(SCREENS[name])
                await ticks(heard, TICKS)
                assert not SCREENS[name] or terminal.heard - before > 2 * ALLOWED, f"no {name}"
                before = terminal.heard
                await ticks(heard, TICKS)
                written[name] = terminal.heard - before
                terminal.press(b"\x1b")
                await ticks(heard, 2)
        return written
    finally:
        os.close(heard)
        os.close(tell)
