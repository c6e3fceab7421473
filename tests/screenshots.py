"""Pictures of the real app for the README, made from the demo: `python -m tests.screenshots`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from engine.drafts.draft import Draft
from engine.journal import State
from engine.responders.reply import Recipe, ReplyDraft
from tui.app import NatstapApp

from . import three_services
from .helpers.own_home import own_home

OUT = Path(__file__).parent.parent / "screenshots"
PATIENCE = 15.0
SHOP = (
    Draft("orders.create", b'{"item": "tea", "qty": 2}'),
    Draft("math.mul", b"[6, 7]"),
    Draft("math.div", b"[1, 0]"),
    Draft("stock.check", b'{"item": "cake"}'),
    Draft("orders.audit", b'{"order": "A-1001"}'),
    Draft("report.slow", b"", timeout=2.0),
    Draft("svc.echo", b"hello"),
)

Scene = Callable[[NatstapApp, Pilot[None]], Awaitable[None]]


async def until(pilot: Pilot[None], true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await pilot.pause(0.02)
    await pilot.pause(0.1)


async def shop(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Host two responders and ask everybody once."""
    assert app.session is not None
    await app.session.add_responder(ReplyDraft("svc.echo"))
    broken = await app.session.add_responder(ReplyDraft("pay.charge", Recipe.FAILING))
    await broken.stop()
    for draft in SHOP:
        before = app.journal.next
        app.desk.composer.load(draft)
        await pilot.press("ctrl+j")
        await until(pilot, lambda before=before: app.desk.inspect.number >= before)
        if draft.subject != "report.slow":
            await until(pilot, lambda: _state(app) is not State.WAITING)
    await until(pilot, lambda: _slow(app) is State.LATE)
    app.desk.composer.load(SHOP[0])


def _state(app: NatstapApp) -> State:
    return app.journal.exchange(app.desk.inspect.number).state


def _slow(app: NatstapApp) -> State:
    heads = (app.journal.exchange(number) for number, _ in app.journal.heads())
    return next(one.state for one in heads if one.subject == "report.slow")


async def look_at(app: NatstapApp, pilot: Pilot[None], subject: str) -> None:
    """Choose the exchange on a subject, as a user would with the arrows."""
    await pilot.press("escape", "home")
    table = app.desk.exchanges.list
    while table.cursor and app.journal.exchange(table.cursor).subject != subject:
        await pilot.press("down")
    await pilot.pause(0.3)


async def desk(app: NatstapApp, pilot: Pilot[None]) -> None:
    await shop(app, pilot)
    await look_at(app, pilot, "orders.create")


async def failure(app: NatstapApp, pilot: Pilot[None]) -> None:
    await shop(app, pilot)
    await look_at(app, pilot, "stock.check")


async def late(app: NatstapApp, pilot: Pilot[None]) -> None:
    await shop(app, pilot)
    await look_at(app, pilot, "report.slow")
    await pilot.press("enter", "right_square_bracket")


async def watched(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Five programs that ask each other, watched; the cursor is on what failed for another."""
    assert app.session is not None
    await app.session.watch_subjects(three_services.WATCHED)
    async with three_services.shop(app.session.profile, orders=9):
        await pilot.press("escape")
        names = app.desk.exchanges.list.exchanges
        await until(pilot, lambda: app.session.names.version > 0 and len(names) > 20)
        await pilot.pause(1.5)
    await look_at_failed(app, pilot)


async def look_at_failed(app: NatstapApp, pilot: Pilot[None]) -> None:
    failed = [
        number
        for number, _ in app.journal.heads()
        if app.journal.exchange(number).state is State.SERVICE_ERROR
        and app.journal.exchange(number).subject == three_services.ORDER
    ]
    app.desk.exchanges.list.follow = False
    app.desk.exchanges.list.choose(failed[0])
    await pilot.pause(0.5)


async def light(app: NatstapApp, pilot: Pilot[None]) -> None:
    app.theme = "natstap-light"
    await watched(app, pilot)


async def flow(app: NatstapApp, pilot: Pilot[None]) -> None:
    await watched(app, pilot)
    await pilot.press("F")
    await pilot.pause(1)


async def home(app: NatstapApp, pilot: Pilot[None]) -> None:
    await pilot.press("escape", "o")
    await pilot.pause(2)


async def statistics(app: NatstapApp, pilot: Pilot[None]) -> None:
    await shop(app, pilot)
    await pilot.press("escape", "t")
    await pilot.pause(1)


async def watching(app: NatstapApp, pilot: Pilot[None]) -> None:
    await pilot.press("escape", "w")
    await pilot.pause(1)


async def answer(app: NatstapApp, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+j")
    await until(pilot, lambda: len(app.journal) > 1)
    await pilot.pause(0.3)


SCENES: tuple[tuple[str, tuple[int, int], Scene], ...] = (
    ("desk", (120, 40), desk),
    ("failure", (120, 40), failure),
    ("narrow", (80, 24), answer),
    ("wide", (200, 60), late),
    ("flow", (120, 40), flow),
    ("statistics", (120, 40), statistics),
    ("watching", (120, 40), watching),
    ("watched", (120, 40), watched),
    ("watched-wide", (200, 60), watched),
    ("light", (120, 40), light),
    ("home", (120, 40), home),
)
INK_SIZES = ((80, 24), (120, 40), (200, 60))
INK_EXCHANGES = 25


async def draw(name: str, size: tuple[int, int], scene: Scene) -> None:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.session is not None)
        await scene(app, pilot)
        await pilot.pause(0.6)
        drawing = app.export_screenshot(title="natstap")
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.svg").write_text(_steady(drawing), encoding="utf-8")


def _steady(drawing: str) -> str:
    """Drop the drawing's own ids, the port, and the fonts that would be fetched from elsewhere."""
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"terminal-\d+", "terminal", drawing)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:4222", drawing)


async def ink(size: tuple[int, int]) -> float:
    """The part of the desk's cells that have something on them, frames left out, after a while."""
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.session is not None)
        for number in range(INK_EXCHANGES):
            app.desk.composer.load(SHOP[number % len(SHOP)])
            before = app.journal.next
            await pilot.press("ctrl+j")
            await until(pilot, lambda before=before: app.desk.inspect.number >= before)
        await pilot.press("escape")
        await pilot.pause(3)
        strips = app.screen._compositor.render_strips(app.size)
        words = "".join(strip.text for strip in strips)
    return sum(not (sign.isspace() or "─" <= sign <= "╿") for sign in words) / len(words)


async def main() -> None:
    for name, size, scene in SCENES:
        with own_home():
            await draw(name, size, scene)
    for size in INK_SIZES:
        with own_home():
            print(f"{size[0]}x{size[1]}: {await ink(size):.0%} of the cells have ink")


if __name__ == "__main__":
    asyncio.run(main())
