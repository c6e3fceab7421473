"""Nothing changed, nothing sent: what a screen writes to its terminal while nothing happens."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
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


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_on_which_nothing_happens_is_not_drawn(name: str) -> None:
    heard, tell = os.pipe()
    os.set_inheritable(tell, True)
    async with EmbeddedServer() as server:
        profile = server.profile()
        flags = ["--server", f"nats://127.0.0.1:{server.port}", "--user", profile.user]
        flags.append(f"--password={profile.password}")  # it may begin with -
        await stays_still(name, [sys.executable, "-c", APP, str(tell), *flags], heard)
    os.close(heard)
    os.close(tell)


async def stays_still(name: str, argv: list[str], heard: int) -> None:
    async with Terminal(argv) as terminal:
        await terminal.shows("connected", 60)
        await ticks(heard, 2)
        terminal.press(b"a.b")  # who listens there is asked again and again
        await ticks(heard, 2)
        terminal.press(b"\x1b")
        await ticks(heard, 2)
        terminal.press(SCREENS[name])
        await ticks(heard, TICKS)
        before = terminal.heard
        await ticks(heard, TICKS)
        assert terminal.heard - before <= ALLOWED
