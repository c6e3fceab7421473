"""The scenes: one app on the demo goes from each to the next, as a user would, by its keys.

`make screenshots` draws them; a test goes the same way and compares what it sees.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from helpers import three_services
from textual.pilot import Pilot

from engine.drafts.draft import Draft
from engine.guides.guide import Guide
from engine.guides.reading import own_guides
from engine.journal import State
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from tui.app import NatstapApp
from tui.burst.burst import BurstScreen

PATIENCE = 60.0
"""Seconds that something may take until it is seen."""
MIDDLE, SMALL, LARGE = (120, 40), (80, 24), (200, 60)
SHOP = (
    Draft("orders.create", b'{"item": "tea", "qty": 2}'),
    Draft("math.mul", b"[6, 7]"),
    Draft("math.div", b"[1, 0]"),
    Draft("stock.check", b'{"item": "cake"}'),
    Draft("orders.audit", b'{"order": "A-1001"}'),
    Draft("report.slow", b"", timeout=2.0),
    Draft("svc.echo", b"hello"),
)
NAMED_LATER = 1.5
"""Seconds after which natstap has asked who the clients are, where a picture shows their names."""

WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
"""By the name of a picture: what it shows, for who cannot see it."""
_FLOW = "flow-"

Scene = Callable[[NatstapApp, Pilot[None]], Awaitable[None]]


async def until(pilot: Pilot[None], true: Callable[[], Any], timeout: float = PATIENCE) -> None:
    """Return when it holds and the app is idle; raises `TimeoutError`."""
    async with asyncio.timeout(timeout):
        while not true():
            await asyncio.sleep(0.03)
    await pilot.pause()


async def on_desk(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Leave whatever is open."""
    while app.screen is not app.desk:
        await pilot.press("escape")
        await pilot.pause(0.05)
    await pilot.press("escape")


async def ask_all(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Host two responders and ask everybody once."""
    assert app.session is not None
    await app.session.responders.add(ReplyDraft("svc.echo"))
    broken = await app.session.responders.add(ReplyDraft("pay.charge", Recipe.FAILING))
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
    return next(each.state for each in heads if each.subject == "report.slow")


async def choose(app: NatstapApp, pilot: Pilot[None], subject: str) -> None:
    """The first exchange on a subject, as a user would with the arrows."""
    await pilot.press("escape", "home")
    table = app.desk.exchanges.list
    while table.cursor and app.journal.exchange(table.cursor).subject != subject:
        await pilot.press("down")


def on(subject: str, *keys: str) -> Scene:
    """The desk with an exchange chosen, then keys."""

    async def scene(app: NatstapApp, pilot: Pilot[None]) -> None:
        await choose(app, pilot, subject)
        await pilot.press(*keys)

    return scene


def opened(*keys: str) -> Scene:
    """What keys open from the desk."""

    async def scene(_app: NatstapApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    return scene


async def desk(app: NatstapApp, pilot: Pilot[None]) -> None:
    await ask_all(app, pilot)
    await choose(app, pilot, "orders.create")


async def compared(app: NatstapApp, pilot: Pilot[None]) -> None:
    await choose(app, pilot, "orders.create")
    await pilot.press("m")
    await choose(app, pilot, "math.mul")
    await pilot.press("equals_sign")


async def burst(app: NatstapApp, pilot: Pilot[None]) -> None:
    """A thousand requests, all answered."""
    await pilot.press("ctrl+b", "ctrl+j")
    await until(pilot, lambda: isinstance(app.screen, BurstScreen) and app.screen.ended)


async def held(app: NatstapApp, pilot: Pilot[None]) -> None:
    """A request that waits for a user to answer it."""
    assert app.session is not None
    await app.session.responders.add(ReplyDraft("desk.approve", Recipe.BY_HAND))
    before = app.journal.next
    app.desk.composer.load(Draft("desk.approve", b'{"order": "A-1001"}', timeout=PATIENCE))
    await pilot.press("ctrl+j")
    await until(pilot, lambda: app.desk.inspect.number >= before)
    app.desk.composer.load(SHOP[0])
    await pilot.press("escape", "H")


async def watched(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Five programs that ask each other, watched; the cursor is on what failed for another."""
    assert app.session is not None
    await app.session.watches.watch_subjects(three_services.WATCHED)
    async with three_services.shop(app.session.profile, orders=9):
        names = app.desk.exchanges.list.exchanges
        await until(pilot, lambda: app.session.names.version > 0 and len(names) > 20)
        await pilot.pause(NAMED_LATER)
    for watch in app.session.watches.running:
        await watch.stop()
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
    await pilot.pause()


async def watched_flow(app: NatstapApp, pilot: Pilot[None]) -> None:
    await look_at_failed(app, pilot)
    await pilot.press("F")


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

    return scene


def _ended(app: NatstapApp, since: int) -> bool:
    heads = (app.journal.exchange(number) for number, _ in app.journal.heads(since))
    return any(exchange.ended is not None for exchange in heads)


async def jump(app: NatstapApp, pilot: Pilot[None]) -> None:
    """Once the servers were asked about what failed: below what lies over it the desk asks none."""
    await until(pilot, lambda: app.desk.inspect.border_subtitle)
    await pilot.press("ctrl+o")


async def delivered(app: NatstapApp, pilot: Pilot[None]) -> None:
    """A message that a consumer of a stream delivered to natstap, and what to tell it."""
    assert app.session is not None
    config = {"name": "auditor", "durable_name": "auditor", "ack_policy": "explicit"}
    await app.session.broker.jetstream.create_consumer("AUDIT", config)
    before = app.journal.next
    app.desk.composer.load(Draft("$JS.API.CONSUMER.MSG.NEXT.AUDIT.auditor", b"1"))
    await pilot.press("ctrl+j")
    await until(pilot, lambda: app.desk.inspect.number >= before)
    await until(pilot, lambda: app.desk.inspect.delivery is not None)
    await pilot.press("escape", "3", "A")


def not_furnished() -> NatstapApp:
    """One whose desk does not come: what it shows meanwhile is seen for a moment otherwise."""
    app = NatstapApp({}, {}, demo=True)
    app.furnish = lambda: None  # type: ignore[method-assign, assignment, return-value]
    return app


class Picture(NamedTuple):
    name: str
    screen: str
    """The class of what is shown."""
    scene: Scene
    size: tuple[int, int] = MIDDLE
    after: tuple[str, ...] = ()
    """The keys that end what Esc does not."""
    varies: str = ""
    """A pattern of words that depend on who was quicker; all others are compared."""

    @property
    def says(self) -> str:
        """It describes the picture for who cannot see it."""
        if not self.name.startswith(_FLOW):
            return WORDS[self.name]
        guide = next(each for each in own_guides() if f"{_FLOW}{each.name}" == self.name)
        last = guide.steps[-1].say
        return (
            f"The guided flow “{guide.title}” at its end. {guide.about} "
            f"The strip at the top says: {last}"
        )


DESK = "Desk"
MARKED = r"▴\S+"
"""The percentiles below a chart, where those that lie together give way."""
HEARD = r"✓ answered|\? reply unheard|no answer"
"""The first reply that a client gets may come before natstap listens to its inbox."""
NOBODY_THERE = "nats://127.0.0.1:9"
PICTURES: tuple[Picture, ...] = (
    Picture("first", DESK, opened("escape")),
    Picture("connect", "ConnectScreen", opened("C")),
    Picture("watching", "Watching", opened("w")),
    Picture("guides", "Palette", opened("G")),
    Picture("palette", "Palette", opened("ctrl+p")),
    Picture("help", "Help", opened("f1")),
    Picture("filter", "LensHelp", opened("slash", "f1")),
    Picture("responder", "NewResponder", opened("a")),
    Picture("desk", DESK, desk),
    Picture("failure", DESK, on("stock.check")),
    Picture("evidence", DESK, on("stock.check", "v")),
    Picture(
        "late",
        DESK,
        on("report.slow", "enter", "right_square_bracket"),
        after=("left_square_bracket",),
    ),
    Picture("inspect", DESK, on("orders.create", "enter", "f2"), after=("f2",)),
    Picture("statistics", "StatisticsScreen", opened("t")),
    Picture("services", "ServicesScreen", opened("s")),
    Picture("streams", "StreamsScreen", opened("S")),
    Picture("new-stream", "NewStreamForm", opened("S", "n")),
    Picture("find", "FindId", on("orders.audit", "S", "C", "enter")),
    Picture("removing", "Removing", opened("S", "p")),
    Picture("history", "HistoryScreen", opened("ctrl+r")),
    Picture("collection", "CollectionScreen", opened("c")),
    Picture("home", "HomeScreen", opened("o")),
    Picture("checks", "ChecksDialog", opened("alt+x")),
    Picture("run", "RunScreen", opened("c", "J")),
    Picture("environments", "Environments", opened("V")),
    Picture("save", "SaveAs", opened("ctrl+s")),
    Picture("copy", "CopyAs", opened("f6")),
    Picture("paste", "PasteCommand", opened("f7")),
    Picture("body-file", "BodyFile", opened("f9")),
    Picture("body", "BodyScreen", opened("1", "alt+v")),
    Picture("save-body", "SaveBody", on("orders.create", "enter", "D")),
    Picture("audience", "AudienceScreen", opened("ctrl+l")),
    Picture("burst", "BurstScreen", burst, varies=MARKED),
    Picture("compare", "CompareScreen", compared),
    Picture("export", "ExportDialog", opened("X")),
    Picture("record", "RecordDialog", opened("alt+r")),
    Picture("playback", "PlaybackScreen", opened("U")),
    Picture("held", "HeldScreen", held, after=("x",)),
    Picture("jump", "Jump", jump),
    Picture("responder-detail", "ResponderDetail", opened("4", "i"), after=("escape", "1")),
    Picture("context", "ContextForm", opened("C", "up", "ctrl+s")),
    Picture("presenter", "Presenter", on("math.mul", "Z", "right", "right")),
    Picture("narrow", DESK, on("orders.create", "enter"), SMALL),
    Picture("wide", DESK, on("report.slow"), LARGE),
    Picture("watched", DESK, watched, varies=HEARD),
    Picture("sure", "Sure", opened("ctrl+r", "C")),
    Picture("flow", "FlowScreen", watched_flow),
    Picture("watched-wide", DESK, look_at_failed, LARGE, varies=HEARD),
    Picture("acknowledge", "AcknowledgeScreen", delivered),
)
TROUBLE = Picture("trouble", "Trouble", opened())
"""It is shown by an app that finds no server."""
OPENING = Picture("opening", "Opening", opened())
ALONE: Mapping[Picture, Callable[[], NatstapApp]] = {
    TROUBLE: lambda: NatstapApp({"server": NOBODY_THERE}, {}),
    OPENING: not_furnished,
}
"""Pictures of apps that have no desk."""
_ENDS = {"stored-response": "FindId", "stream-steals": "StreamsScreen", "three-hops": "FlowScreen"}
"""Where a flow ends that does not end on the desk."""
FLOWS = tuple(
    Picture(f"{_FLOW}{guide.name}", _ENDS.get(guide.name, DESK), flowing(guide))
    for guide in own_guides()
)
Show = Callable[[NatstapApp, Pilot[None], Picture], Awaitable[None]]


async def walk(show: Show) -> None:
    """Go through all scenes, and show each when it is there."""
    async with shop_app() as (app, pilot):
        for picture in PICTURES:
            await on_desk(app, pilot)
            if app.size != picture.size:
                await pilot.resize_terminal(*picture.size)
            await picture.scene(app, pilot)
            await until(pilot, lambda picture=picture: type(app.screen).__name__ == picture.screen)
            await show(app, pilot, picture)
            await pilot.press(*picture.after)
    for picture, made in ALONE.items():
        app = made()
        async with app.run_test(size=MIDDLE) as pilot:
            await until(
                pilot, lambda app=app, name=picture.screen: type(app.screen).__name__ == name
            )
            await show(app, pilot, picture)


async def walk_flows(show: Show) -> None:
    """Play the guided flows, each on a desk of its own."""
    for picture in FLOWS:
        async with shop_app() as (app, pilot):
            await picture.scene(app, pilot)
            await until(pilot, lambda picture=picture: type(app.screen).__name__ == picture.screen)
            await show(app, pilot, picture)


@asynccontextmanager
async def shop_app() -> AsyncIterator[tuple[NatstapApp, Pilot[None]]]:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: app.session is not None and app.desk.composer.touched)
        yield app, pilot
