"""Drawing: a frame of the exchange list against DataTable, and a large reply opened."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

from textual.app import App, ComposeResult

from engine.profile.profile import Profile
from tui.body.view import BodyView, envelope_of

from . import listing
from .filtering import resident
from .rounds import limit, row
from .sockets import Plain

BODY = json.dumps([{"item": f"tea {n}", "qty": n, "tags": ["a", "b"]} for n in range(20_000)])
JSON = envelope_of("application/json")
LARGE = 64_000_000
SCROLLS = 30


class Reply(App[None]):
    def compose(self) -> ComposeResult:
        yield BodyView()


async def open_body() -> tuple[float, float]:
    """Milliseconds until the first lines of a megabyte are painted, and CPU of a scrolled page."""
    app = Reply()
    async with app.run_test(size=(160, 50)) as pilot:
        view = app.query_one(BodyView)
        view.show(b'{"warm": "up"}', JSON)
        await pilot.pause()
        began = time.perf_counter()
        view.show(BODY.encode(), JSON)
        await listing.painted(view)
        opened = (time.perf_counter() - began) * 1e3
        while not view.at.lines.done:
            await asyncio.sleep(0.01)
        return opened, await _scroll(view)


async def open_large() -> tuple[float, float, float, float]:
    """Milliseconds to the first lines of 64 MB and of the longest wait of a key until it is whole,
    seconds until then, and bytes of memory for each byte of the body.
    """
    body = ("[" + ",".join([BODY] * (LARGE // len(BODY))) + "]").encode()
    app = Reply()
    async with app.run_test(size=(160, 50)):
        view = app.query_one(BodyView)
        before, began = resident(), time.perf_counter()
        view.show(body, JSON)
        await listing.painted(view)
        opened, slowest = (time.perf_counter() - began) * 1e3, 0.0
        while not view.at.lines.done:
            pressed = time.perf_counter()
            view.action_move("pagedown")
            await listing.painted(view)
            slowest = max(slowest, (time.perf_counter() - pressed) * 1e3)
            await asyncio.sleep(0.05)
        whole = time.perf_counter() - began
        return opened, slowest, whole, (resident() - before) / len(body)


async def _scroll(view: BodyView) -> float:
    costs = []
    for _ in range(SCROLLS):
        began = time.process_time()
        view.action_move("pagedown")
        await listing.painted(view)
        costs.append((time.process_time() - began) * 1e3)
    return statistics.median(costs)


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    frame = await asyncio.to_thread(listing.measure)
    first, slowest, whole, weight = await open_large()
    opened, scrolled = zip(*[await open_body() for _ in range(rounds)], strict=True)
    return [
        "Drawing, 160x50",
        f"  a frame of the list, everything changed: natstap {frame['list_ms']:.1f} ms, "
        f"DataTable {frame['datatable_ms']:.1f} ms",
        row("a frame cheaper than DataTable's, times", frame["ratio"], 18),
        limit(
            f"{len(BODY) / 1e6:.1f} MB of JSON, first lines", statistics.median(opened), "ms", 40
        ),
        limit("a page scrolled in it", statistics.median(scrolled), "ms", 4),
        limit(f"{LARGE / 1e6:.0f} MB of JSON, first lines", first, "ms", 40),
        limit("the slowest of a page scrolled while it is laid out", slowest, "ms", 50),
        limit("until it is whole", whole, "s", 4),
        limit("memory for each byte of it", weight, "B", 1.3),
    ]
