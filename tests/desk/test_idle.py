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
    "home": b"o",
    "services": b"s",
    "streams": b"S",
    "watching": b"w",
    "statistics": b"t",
    "history": b"\x12",
    "collection": b"c",
    "help": b"?",
    "palette": b"\x10",
}


async def ticks(heard: int, count: int) -> None:
    async with asyncio.timeout(60):
        while count > 0:
            count -= len(await asyncio.to_thread(os.read, heard, count))


async def test_a_screen_on_which_nothing_happens_is_not_drawn() -> None:
    """All screens at once, for most of it is waiting."""
    starting = asyncio.Semaphore(2)
    async with EmbeddedServer() as server:
        profile = server.profile()
        flags = ["--server", f"nats://127.0.0.1:{server.port}", "--user", profile.user]
        flags.append(f"--password={profile.password}")  # it may begin with -
        written = await asyncio.gather(*(rest(key, flags, starting) for key in SCREENS.values()))
    drawn = zip(SCREENS, written, strict=True)
    assert {name: count for name, count in drawn if count > ALLOWED} == {}


async def rest(key: bytes, flags: list[str], starting: asyncio.Semaphore) -> int:
    """Bytes that the screen behind a key writes while nothing happens."""
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
            terminal.press(key)
            await ticks(heard, TICKS)
            before = terminal.heard
            await ticks(heard, TICKS)
            return terminal.heard - before
    finally:
        os.close(heard)
        os.close(tell)
