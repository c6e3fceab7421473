"""Drawing: a frame of the exchange list against DataTable, and a large reply opened."""

from __future__ import annotations

import asyncio
import json
import statistics
import time

from textual.app import App, ComposeResult

from engine.profile.profile import Profile
from tui.body.view import BodyView

from . import listing
from .rounds import limit, row
from .sockets import Plain

BODY = json.dumps([{"item": f"tea {n}", "qty": n, "tags": ["a", "b"]} for n in range(20_000)])
SCROLLS = 30


class Reply(App[None]):
    def compose(self) -> ComposeResult:
        yield BodyView()


async def open_body() -> tuple[float, float]:
    """Milliseconds until the first lines of a megabyte are painted, and CPU of a scrolled page."""
    app = Reply()
    async with app.run_test(size=(160, 50)) as pilot:
        view = app.query_one(BodyView)
        view.show(b'{"warm": "up"}', "application/json")
        await pilot.pause()
        began = time.perf_counter()
        view.show(BODY.encode(), "application/json")
        await listing.painted(view)
        opened = (time.perf_counter() - began) * 1e3
        while not view.complete:
            await asyncio.sleep(0.01)
        return opened, await _scroll(view)


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
    opened, scrolled = zip(*[await open_body() for _ in range(rounds)], strict=True)
    return [
        "Drawing, 160x50",
        f"  a frame of the list, everything changed: natstap {frame['list_ms']:.1f} ms, "
        f"DataTable {frame['datatable_ms']:.1f} ms",
        row("a frame cheaper than DataTable's, times", frame["ratio"], 15),
        limit(
            f"{len(BODY) / 1e6:.1f} MB of JSON, first lines", statistics.median(opened), "ms", 60
        ),
        limit("a page scrolled in it", statistics.median(scrolled), "ms", 5),
    ]
