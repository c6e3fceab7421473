"""Pictures of the real app, made from the demo: `make screenshots`, with their words."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from textual.pilot import Pilot

from engine.demo import demo
from engine.drafts.draft import Draft
from engine.guides.guide import Guide
from engine.guides.reading import own_guides
from engine.journal import State
from engine.responders.reply import Recipe, ReplyDraft
from tui.app import NatstapApp

from . import three_services
from .helpers.own_home import own_home
from .helpers.steady_screens import STEADY, shown_text

REQUESTS = Path(demo.__file__).parent / "requests"
"""The collection of the demo."""
OUT = Path(__file__).parent.parent / "screenshots"
PATIENCE = 30.0
TOUR = (
    "natstap in twenty seconds. A request is sent and answered with a service error. v shows the "
    "evidence. F draws the flow: pricing began it, and the gateway passed it on. w watches what "
    "other programs ask each other, one row for each exchange."
)
_ABOUT = """# Screens in pictures and in words

Made by `make screenshots` from the real app on its demo. Each picture is described below it. The
files that end in .txt are the words of screens that look the same in every run; a test compares
them, so a picture that is out of date is noticed.
"""
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


async def press(pilot: Pilot[None], *keys: str, rest: float = 0.8) -> None:
    await pilot.press("escape", *keys)
    await pilot.pause(rest)


def opened(*keys: str, rest: float = 0.8) -> Scene:
    """The screen that keys open from a desk with some exchanges."""

    async def scene(app: NatstapApp, pilot: Pilot[None]) -> None:
        await answer(app, pilot)
        await press(pilot, *keys, rest=rest)

    return scene


def first(*keys: str) -> Scene:
    """The screen that keys open from the desk as it begins: it always looks the same."""

    async def scene(_app: NatstapApp, pilot: Pilot[None]) -> None:
        await press(pilot, *keys)

    return scene


def flowing(guide: Guide) -> Scene:
    """The last step of a guided flow, played by its keys."""

    async def scene(app: NatstapApp, pilot: Pilot[None]) -> None:
        guiding, journal = app.desk.guiding, app.journal
        app.desk.start(partial(guiding.begin, guide), "guide")
        await until(pilot, lambda: guiding.running == guide.title)
        for at, step in enumerate(guide.steps[:-1]):
            while guiding.at == at:
                before = journal.next
                await pilot.press(*step.keys)
                await until(
                    pilot,
                    lambda at=at, step=step, before=before: (
                        guiding.at > at or ("r" in step.keys and _ended(app, before))
                    ),
                )
        await pilot.pause(0.5)

    return scene


def _ended(app: NatstapApp, since: int) -> bool:
    heads = (app.journal.exchange(number) for number, _ in app.journal.heads(since))
    return any(exchange.ended is not None for exchange in heads)


async def lit(app: NatstapApp, pilot: Pilot[None]) -> None:
    app.theme = "natstap-light"
    await failure(app, pilot)


class Picture(NamedTuple):
    """`says` describes it for who cannot see it."""

    name: str
    size: tuple[int, int]
    scene: Scene
    says: str


MIDDLE = (120, 40)
SCENES: tuple[Picture, ...] = (
    Picture("desk", MIDDLE, desk, "The desk: a list of exchanges over the whole width, with time, "
            "who asked whom, subject, what became of it and a bar for how long it took. Below it "
            "Compose with a request, and Inspect with the answer of the chosen row."),
    Picture("failure", MIDDLE, failure, "The desk after a failure: the row says no responders, and "
            "Inspect says that nobody listens on stock.check, with the nearest subjects."),
    Picture("failure-light", MIDDLE, lit, "The same in the light theme."),
    Picture("narrow", (80, 24), answer, "80 columns: one pane at a time, with tabs above it. "
            "Inspect shows an answer as coloured JSON."),
    Picture("wide", (200, 60), late, "200 columns: list, Inspect, flow, Compose and Responders "
            "beside each other; Inspect shows a late answer on its timeline."),
    Picture("flow", MIDDLE, flow, "The flow of one order: a waterfall of three exchanges, with "
            "the one that failed in red and its cause below it."),
    Picture("statistics", MIDDLE, statistics, "Statistics: one row for each subject with rate, "
            "failures and percentiles, and a histogram of the chosen one."),
    Picture("watching", MIDDLE, watching, "The dialog Watch others: subjects that others listen "
            "to, clients whose inbox can be heard, and everything for a minute."),
    Picture("watched", MIDDLE, watched, "Traffic of five other programs, as exchanges with the "
            "names of both sides; one that failed is chosen, and Inspect says why."),
    Picture("watched-wide", (200, 60), watched, "The same on 200 columns, with the flow of the "
            "chosen row below Inspect."),
    Picture("light", MIDDLE, light, "Watched traffic in the light theme."),
    Picture("home", MIDDLE, home, "Home: every subject that somebody listens to, with clients, "
            "queue group, messages, rate, and the service or stream it belongs to."),
    Picture("services", MIDDLE, opened("s", rest=1.5), "Services that describe themselves, with "
            "instances, endpoints and live figures."),
    Picture("streams", MIDDLE, opened("S", rest=1.5), "Streams with their consumers, and the "
            "messages of the chosen one."),
    Picture("history", MIDDLE, opened("ctrl+r"), "The history: everything sent, what came of it, "
            "and the message of the chosen entry."),
    Picture("collection", MIDDLE, opened("c"), "The collection: saved requests and responders."),
    Picture("connect", MIDDLE, first("C"), "Connect: contexts of the nats CLI, the private "
            "server, and a field for an address."),
    Picture("guides", MIDDLE, opened(*STEADY["guides"]), "The list of guided flows, each with one "
            "sentence."),
    Picture("palette", MIDDLE, first("ctrl+p"), "The palette: every command with its "
            "key, under headings, and a field to search."),
    Picture("help", MIDDLE, opened(*STEADY["help"]), "The help page: every key and what it does."),
    Picture("filter", MIDDLE, opened(*STEADY["filter"]), "The filter's language on one page."),
    Picture("responder", MIDDLE, first("a"), "The form of a new responder: its subject, what it "
            "answers, and what it will do in a sentence."),
    Picture("presenter", MIDDLE, opened("Z", "right", "right"), "The presenter view: the word "
            "answered in letters of ten cells, and the reply below it."),
    *(
        Picture(f"flow-{guide.name}", MIDDLE, flowing(guide), f"The guided flow “{guide.title}” at "
                f"its end. {guide.about} The strip at the top says: {guide.steps[-1].say}")
        for guide in own_guides()
    ),
)  # fmt: skip
INK_SIZES = ((80, 24), (120, 40), (200, 60))
INK_EXCHANGES = 25


async def draw(picture: Picture) -> None:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=picture.size) as pilot:
        await until(pilot, lambda: app.session is not None and app.desk.composer.touched)
        await picture.scene(app, pilot)
        await pilot.pause(0.6)
        drawing = app.export_screenshot(title="natstap")
        if picture.name in STEADY:
            (OUT / f"{picture.name}.txt").write_text(shown_text(app), encoding="utf-8")
    (OUT / f"{picture.name}.svg").write_text(steady(drawing), encoding="utf-8")


def describe() -> None:
    """screenshots/README.md: every picture with its words."""
    parts = [_ABOUT, f"![{TOUR}](tour.svg)\n\n{TOUR}\n"]
    parts += [
        f"## {each.name}\n![{each.says}]({each.name}.svg)\n\n{each.says}\n" for each in SCENES
    ]
    (OUT / "README.md").write_text("\n".join(parts), encoding="utf-8")


def steady(drawing: str) -> str:
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


def _shop_folder() -> Path:
    """Where natstap runs in the pictures, which show it: no folder of whoever makes them. It has
    the demo's collection.
    """
    folder = Path(tempfile.gettempdir()) / "shop"
    shutil.copytree(REQUESTS, folder / "natstap", dirs_exist_ok=True)
    return folder


async def main(*names: str) -> None:
    """All pictures, or those with these names."""
    from .moving_picture import draw_tour

    OUT.mkdir(exist_ok=True)
    os.chdir(_shop_folder())
    for picture in SCENES:
        if not names or picture.name in names:
            with own_home():
                await draw(picture)
    if not names or "tour" in names:
        with own_home():
            await draw_tour()
    describe()
    for size in INK_SIZES if not names else ():
        with own_home():
            print(f"{size[0]}x{size[1]}: {await ink(size):.0%} of the cells have ink")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
