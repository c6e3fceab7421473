"""Starting: process start to first text, first letter and connection; the server."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.profile.profile import Profile
from engine.server.server import EmbeddedServer

from .rounds import interleave, limit, row
from .sockets import Plain
from .terminal import Terminal

MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Least(App):
    def compose(self):
        yield Static("first-paint")

Least().run()
"""
INPUT = MINIMAL.replace("Static", "Input").replace('"first-paint"', "")
NATSTAP = "from tui.__main__ import main; main(['--demo'])"


async def first_paint(code: str, text: str) -> float:
    """Milliseconds from the start of the process until `text` is written."""
    async with Terminal([sys.executable, "-c", code]) as terminal:
        return (await terminal.shows(text) - terminal.began) * 1e3


async def first_letter(code: str) -> float:
    """Milliseconds until a letter is seen that somebody types all the time from the start."""
    async with Terminal([sys.executable, "-c", code]) as terminal:
        terminal.hide_typing()
        async with _typing(terminal):
            return (await terminal.shows("Q") - terminal.began) * 1e3


@asynccontextmanager
async def _typing(terminal: Terminal) -> AsyncIterator[None]:
    async def type_on() -> None:
        while True:
            await asyncio.sleep(0.01)
            terminal.press(b"Q")

    typing = asyncio.create_task(type_on())
    try:
        yield
    finally:
        typing.cancel()


async def server_ready() -> float:
    """Milliseconds until a private server greets."""
    began = time.perf_counter()
    async with EmbeddedServer():
        return (time.perf_counter() - began) * 1e3


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    found = await interleave(
        {
            "least": lambda: first_paint(MINIMAL, "first-paint"),
            "natstap": lambda: first_paint(NATSTAP, "Exchanges"),
            "input": lambda: first_letter(INPUT),
            "letter": lambda: first_letter(NATSTAP),
            "connected": lambda: first_paint(NATSTAP, "connected"),
        },
        max(rounds, 7),
    )
    ready = await interleave({"server": server_ready}, max(rounds, 7))
    return [
        "Starting",
        f"  first paint: least Textual app {found['least']:.0f} ms, "
        f"natstap --demo {found['natstap']:.0f} ms",
        row("start to first paint", found["natstap"] / found["least"], 1.15, least=False),
        f"  first letter typed: least app with an input {found['input']:.0f} ms",
        limit("first letter typed", found["letter"], "ms", 350),
        row(
            "first letter against the least app's",
            found["letter"] / found["input"],
            1.2,
            least=False,
        ),
        limit("connected", found["connected"], "ms", 450),
        f"  {'ok  ' if ready['server'] <= 12 else 'MISS'} private server ready "
        f"{ready['server']:.1f} ms, budget <= 12 ms",
    ]
