"""Starting: process start to first text on screen, against the least Textual app; the server."""

from __future__ import annotations

import sys
import time

from engine.profile.profile import Profile
from engine.server.server import EmbeddedServer

from .rounds import interleave, row
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
NATSTAP = "from tui.__main__ import main; main(['--demo'])"


async def first_paint(code: str, text: str) -> float:
    """Milliseconds from the start of the process until `text` is written."""
    async with Terminal([sys.executable, "-c", code]) as terminal:
        return (await terminal.shows(text) - terminal.began) * 1e3


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
        },
        max(rounds, 7),
    )
    ready = await interleave({"server": server_ready}, max(rounds, 7))
    return [
        "Starting",
        f"  first paint: least Textual app {found['least']:.0f} ms, "
        f"natstap --demo {found['natstap']:.0f} ms",
        row("start to first paint", found["natstap"] / found["least"], 1.15, least=False),
        f"  {'ok  ' if ready['server'] <= 20 else 'MISS'} private server ready "
        f"{ready['server']:.1f} ms, budget <= 20 ms",
    ]
