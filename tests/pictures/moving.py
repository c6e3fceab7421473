"""The moving picture of the README: frames of the real app in one animated SVG, without a script.

Who asked the system for less motion sees the last frame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from helpers import three_services
from textual.pilot import Pilot

from engine.drafts.draft import Draft
from engine.journal import State
from tui.app import NatstapApp

from .scenes import look_at_failed, until
from .steady import steady

SIZE = (110, 32)
MAX_BYTES = 3_000_000
ORDER = Draft(
    three_services.ORDER,
    b'{"item": "tea", "sku": "X-0"}',
    headers=(("X-Correlation-Id", "order-2001"),),
    timeout=5.0,
)


class Frame(NamedTuple):
    drawing: str
    """An SVG of Textual's."""
    seconds: float


class Film:
    """Takes frames of an app."""

    def __init__(self, app: NatstapApp, pilot: Pilot[None]) -> None:
        self.frames: list[Frame] = []
        self._app = app
        self._pilot = pilot

    async def take(self, title: str, seconds: float, *keys: str) -> None:
        """Press the keys, and show for so long what comes of it."""
        await self._pilot.press(*keys)
        await self._pilot.pause(0.5)
        drawing = self._app.export_screenshot(title=f"natstap: {title}")
        self.frames.append(Frame(steady(drawing), seconds))


async def draw_tour(folder: Path) -> None:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.session is not None and app.desk.composer.touched)
        assert app.session is not None
        await app.session.watches.watch_subjects(three_services.WATCHED)
        async with three_services.shop(app.session.profile, orders=9):
            film = Film(app, pilot)
            await play(app, pilot, film)
    made = animated(film.frames)
    assert len(made.encode()) < MAX_BYTES
    (folder / "tour.svg").write_text(made, encoding="utf-8")


async def play(app: NatstapApp, pilot: Pilot[None], film: Film) -> None:
    await pilot.press("alt+k")
    app.desk.composer.load(ORDER)
    await film.take("a request", 2.0)
    before = app.journal.next
    await film.take("it fails", 0.6, "ctrl+j")
    await until(pilot, lambda: app.desk.inspect.number >= before)
    number = app.desk.inspect.number
    await until(pilot, lambda: app.journal.exchange(number).state is State.SERVICE_ERROR)
    await film.take("it fails", 3.0)
    await film.take("why", 3.4, "v")
    await film.take("its flow", 4.0, "F")
    await film.take("watch others", 2.4, "escape", "w")
    await pilot.press("escape")
    await look_at_failed(app, pilot)
    await film.take("what others ask each other", 4.6)


def animated(frames: Sequence[Frame]) -> str:
    """One SVG that shows the frames in turn, for ever."""
    whole = sum(frame.seconds for frame in frames)
    size = re.search(r'viewBox="([^"]+)"', frames[0].drawing)
    assert size is not None
    rules, parts, at = [], [], 0.0
    for number, frame in enumerate(frames):
        begin, at = at, at + frame.seconds
        rules.append(_rule(number, 100 * begin / whole, 100 * at / whole, whole))
        parts.append(f'<g id="f{number}" class="frame">{_inner(frame.drawing, number)}</g>')
    last = len(frames) - 1
    still = (
        "@media (prefers-reduced-motion: reduce) { .frame { animation: none !important; } "
        f"#f{last} {{ visibility: visible; }} }}"
    )
    style = "\n".join((".frame { visibility: hidden; }", *rules, still))
    head = f'<svg class="rich-terminal" viewBox="{size[1]}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join((head, f"<style>{style}</style>", *parts, "</svg>"))


def _rule(number: int, begin: float, end: float, seconds: float) -> str:
    before = "0% { visibility: hidden; } " if begin else ""
    after = f"{end:.3f}%, 100% {{ visibility: hidden; }}" if end < 99.99 else ""
    shown = f"{begin:.3f}% {{ visibility: visible; }} "
    return (
        f"@keyframes k{number} {{ {before}{shown}{after} }}\n"
        f"#f{number} {{ animation: k{number} {seconds:g}s step-end infinite; }}"
    )


def _inner(drawing: str, number: int) -> str:
    """What is in a frame, with names that no other frame has."""
    inner = drawing.partition(">")[2].rpartition("</svg>")[0]
    inner = re.sub(r"\bterminal-", f"t{number}-", inner)
    return re.sub(r"<!--.*?-->", "", inner, flags=re.DOTALL)
