"""What the desk finds out beyond the journal, driven by keys on the real demo server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import nats
import pytest
from helpers.composer import option
from helpers.desk import (
    DEADLINE,
    HOSTILE,
    SIZES,
    Hand,
    all_sizes,
    ask,
    assert_inert,
    sitting,
    sizes,
    small,
    type_ahead,
    until,
)
from helpers.raw import HELLO, FakeServer
from helpers.screens import on_the_desk, watch
from helpers.systems import PASSWORD, cluster, listener, login, responder, users
from helpers.waiting import flushed
from nats.aio.client import Client
from nats.aio.msg import Msg

from engine import NatsBroker
from engine.audience.audience import audience
from engine.errors import NoResponders
from engine.journal import Exchange, ExchangeKind, State
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer
from engine.watching.subject_watch import WARNING
from tui.desk.status_bar import StatusBar
from tui.exchanges.exchange_list import ExchangeList
from tui.inspect.inspect import Inspect
from tui.kit.tab_line import TabLine
from tui.watching.watching import Watching


@asynccontextmanager
async def other(hand: Hand) -> AsyncIterator[Client]:
    """Somebody else's client, which has asked once and so has an inbox."""
    assert hand.app.session is not None
    profile = hand.app.session.profile
    connected = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name="till-7"
    )
    try:
        await connected.request("math.add", b"[1, 2]", timeout=30)
        yield connected
    finally:
        await connected.close()


async def subject(hand: Hand, words: str) -> None:
    await hand.press("ctrl+o", "1")
    await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "subject")
    await hand.press("home", "shift+end", "delete")
    await hand.write(words)


# -- the forecast ----------------------------------------------------------------------------


@sizes
async def test_the_forecast_says_who_would_answer(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.see("✓ 2 listen (queue orders): 1 reply")
        await subject(hand, "stock.chek")
        await hand.see("∅ nobody listens")
        await subject(hand, "orders.audit")
        await hand.see("▤ stored in AUDIT, nobody listens")
        await subject(hand, "math.ad")
        await hand.see("1 listens (queue calculators)")
        await subject(hand, "orders.>")
        await until(hand.pilot, lambda: not re.search(r"1 listens|listen \(", hand.screen))
        assert hand.app.journal.next == 1


async def test_the_forecast_follows_what_happens_though_nobody_is_in_the_composer() -> None:
    """Away from the composer it is not asked again for so long that only the events count."""
    async with sitting() as hand:
        assert hand.app.session is not None
        session = hand.app.session
        async with responder(session.profile, "price.get"):
            await until_heard(hand, "price.get", 1)
            await ask(hand, "price.get")
            await hand.see("✓ 1 listens: 1 reply", "Answered in")
            await hand.press("escape")
        async with asyncio.timeout(60):
            while (await audience(session.broker, "price.get")).listeners:
                await hand.pilot.pause(0.01)
        await hand.press("ctrl+j")
        await hand.see("Nobody listens on price.get", "∅ nobody listens")
        hosted = await session.responders.add(ReplyDraft("price.get"))
        await hand.see("✓ 1 listens (queue natstap): 1 reply")
        await hosted.stop()
        await hand.see("∅ nobody listens")


async def test_a_template_is_forecast_as_it_will_be_sent() -> None:
    async with sitting() as hand:
        assert hand.app.session is not None
        async with listener(hand.app.session.profile, "item.1", name="first"):
            await until_heard(hand, "item.1", 1)
            await subject(hand, "item.{{Count}}")
            await hand.see("✓ 1 listens: 1 reply")
            await hand.press("ctrl+l")
            await hand.see("Who would get item.1", "first")
            await hand.press("escape")
            await subject(hand, "item.{{Cou")
            await until(hand.pilot, lambda: not re.search(r"1 listens|listen \(", hand.screen))


@small
async def test_the_audience_is_listed_and_a_dry_run_shows_the_way(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+l")
        await hand.see("Who would get orders.create", "orders-1", "orders-2", "none stores it")
        await hand.press("t")
        await hand.see("Dry run", "Sent on", "chosen member of queue orders")
        await hand.press("escape")
        assert hand.app.journal.next == 1


async def test_a_server_that_would_deliver_it_is_sent_no_dry_run_and_no_trace() -> None:
    """Before 2.11 the headers of a dry run mean nothing, and it would be a message like any."""
    old = b"INFO " + json.dumps(HELLO | {"version": "2.10.29"}).encode() + b"\r\n"
    async with FakeServer.running(old) as fake:
        async with sitting(demo=False, server=fake.profile.servers[0]) as hand:
            await subject(hand, "orders.create")
            await hand.press("ctrl+l")
            await hand.see("Who would get orders.create")
            await hand.press("t")
            await hand.see("refused", "this server (2.10.29) cannot trace")
            await hand.press("escape")
            option(hand, "trace").value = True
            await hand.press("ctrl+j")
            await hand.see("! no trace: this server (2.10.29)")
        assert any(line.startswith(b"SUB ") for line in fake.heard)
        assert not any(
            b"Nats-Trace" in line or b"PUB orders.create " in line for line in fake.heard
        )


async def test_a_cluster_is_seen_whole_and_what_one_may_not_hear_is_said() -> None:
    rights = users("permissions { subscribe { deny: 'svc.secret' } }")
    async with cluster(3, rights) as (here, there, far):
        own = here.profile()
        flags = {"server": here.url, "user": own.user, "password": own.password}
        async with (
            listener(there.profile(), "svc.open", name="two", queue="q"),
            listener(login(far, "u1"), "svc.*", name="three", queue="q"),
            sitting((80, 24), demo=False, **flags) as hand,
            NatsBroker(replace(there.profile(), name="till")) as till,
            NatsBroker(replace(here.profile(), name="desk")) as desk,
        ):
            assert hand.app.session is not None
            await until_heard(hand, "svc.open", 2)
            for one in (till, desk):
                with pytest.raises(NoResponders):
                    await one.request(b"", "nobody.there", timeout=30)
            await hand.press("escape", "w")
            await hand.see("desk  cid ", " on n1 ", "till  cid ", " on n2 ")
            await hand.press("escape")
            await subject(hand, "svc.open")
            await hand.see("✓ 2 listen (queue q): 1 reply")
            await hand.press("ctrl+l")
            await hand.see("two", "on n2", "three", "on n3")
            await hand.see("May publish", "May listen to it", "May hear replies")
            await hand.press("escape")
            await subject(hand, "svc.secret")
            await hand.see("∅ nobody gets it: withheld from 1 listener")
            await hand.press("ctrl+j")
            await hand.see("listens, but the server does not deliver svc.secret")


@pytest.mark.parametrize("key", ["r", "t"])
async def test_a_screen_that_is_closed_while_it_asks_takes_nothing_along(key: str) -> None:
    async with sitting() as hand:
        for _ in range(3):
            await hand.press("ctrl+l")
            await hand.see("Who would get orders.create", "orders-1")
            type_ahead(hand, key, "escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        await hand.press("ctrl+j")
        await hand.see("Answered in ")


async def test_a_near_subject_is_taken_into_the_composer() -> None:
    async with sitting() as hand:
        await subject(hand, "orders.creat")
        await hand.see("nearest: orders.create")
        await hand.press("ctrl+l")
        await hand.see("Enter takes one")
        await hand.press("enter")
        await hand.see("✓ 2 listen (queue orders)")


# -- watching others -------------------------------------------------------------------------


@small
async def test_a_clients_inbox_and_its_subjects_are_watched(size: tuple[int, int]) -> None:
    async with sitting(size) as hand, other(hand) as till:
        await hand.press("escape", "w")
        await hand.see("till-7", "python3", "_INBOX.", "disturbs nobody")
        clients = hand.app.screen.query_one("#clients")
        assert isinstance(hand.app.screen, Watching)
        place = [one.name for one in hand.app.screen._requesters].index("till-7")
        clients.focus()
        await hand.press(*["down"] * place, "enter")
        await on_the_desk(hand)
        await hand.see("till-7 (cid ", "◎ ")
        await till.request("math.add", b"[3, 4]", timeout=30)
        await hand.see("← reply")
        await watch(hand, "math.*")
        await hand.press("escape")
        await until(hand.pilot, lambda: len(hand.app.desk.query_one(StatusBar).status.watched) == 2)
        await till.request("math.mul", b"[6, 7]", timeout=30)
        await hand.see("math.mul", "✓")
        exchanges = [hand.app.journal.exchange(n) for n, _ in hand.app.journal.heads()]
        seen = next(one for one in exchanges if one.subject == "math.mul")
        assert (seen.kind, seen.state, len(seen.replies)) == (
            ExchangeKind.REQUEST,
            State.ANSWERED,
            1,
        )
        assert not seen.own


@small
async def test_who_is_gone_is_no_longer_counted_as_watched(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        async with other(hand):
            await hand.press("escape", "w")
            await hand.see("till-7", 'nor a "no responders": watch subjects for these')
            assert isinstance(hand.app.screen, Watching)
            place = [one.name for one in hand.app.screen._requesters].index("till-7")
            hand.app.screen.query_one("#clients").focus()
            await hand.press(*["down"] * place, "enter")
            await on_the_desk(hand)
            await hand.press("w")
            await hand.see("● till-7 (cid ", "0 answers", "◎ ")
        await hand.see("◌ till-7 (cid ", "gone, 0 heard", "◌ 1 gone")
        assert "◎ " not in hand.screen


async def test_a_subject_typed_one_tab_too_far_does_nothing() -> None:
    async with sitting() as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        hand.app.screen.query_one("#watch-subjects").focus()
        await hand.press("tab", *"prices")
        assert getattr(hand.app.focused, "id", "") in ("there", "watch-everything")
        assert isinstance(hand.app.screen, Watching)
        hand.app.screen.query_one("#watch-subjects").focus()
        await hand.press(*"math.add", "enter")
        await on_the_desk(hand)
        await hand.press("w")
        await hand.see("● math.add")
        await hand.press("tab", *"extra")
        assert isinstance(hand.app.screen, Watching)
        assert hand.app.session is not None
        assert [one.label for one in hand.app.session.watches.running] == ["math.add"]


async def test_a_subject_begun_before_the_clients_are_known_is_not_torn_apart() -> None:
    async with sitting() as hand, other(hand):
        await hand.press("escape", "w")
        await hand.see("Watch others")
        hand.app.screen.query_one("#watch-subjects").focus()
        await hand.press("p", "r", "i")
        assert isinstance(hand.app.screen, Watching)
        screen = hand.app.screen
        screen._requesters = ()
        screen.look_again()
        await until(hand.pilot, lambda: screen._requesters)
        await hand.pilot.pause()
        await hand.press(*"ces.x", "enter")
        await hand.see("◎ prices.x")


async def test_a_watch_begins_though_its_dialog_is_closed_at_once() -> None:
    async with sitting() as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        hand.app.screen.query_one("#watch-subjects").focus()
        await hand.write("prices.>")
        type_ahead(hand, "enter", "escape")
        await hand.see("◎ prices.>")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.app.session is not None
        assert [one.subjects.patterns for one in hand.app.session.watches.running] == [
            ("prices.>",)
        ]


async def test_what_may_not_be_heard_is_said_and_counts_as_no_watch() -> None:
    config = users("permissions { subscribe { allow: ['_INBOX.>', 'open.>'] } }")
    async with EmbeddedServer(config=config) as server:
        user = {"server": server.url, "user": "u1", "password": PASSWORD}
        async with sitting(demo=False, **user) as hand:
            await hand.press("escape", "w")
            await hand.see("Watch others")
            hand.app.screen.query_one("#watch-subjects").focus()
            await hand.write("secret.>")
            await hand.press("enter")
            await hand.see(
                "! this user may not listen to secret.>", "◌ secret.>", "refused, 0 heard"
            )
            await hand.see("◌ 1 refused")
            assert "◎ " not in hand.screen


@small
async def test_a_request_that_only_natstap_heard_is_marked(size: tuple[int, int]) -> None:
    async with sitting(size) as hand, other(hand) as till:
        await watch(hand, "stock.*")
        await hand.press("escape")
        with suppress(TimeoutError):
            await till.request("stock.check", b"", timeout=0.5)
        await hand.see("◌ only")
        await hand.press("end", "up", "enter")
        await until(hand.pilot, lambda: hand.app.desk.query_one(Inspect).number)
        await choose(hand, "stock.check")
        await hand.see("Nobody but natstap heard this on stock.check", "no responders")
        await hand.press("escape", "w")
        await hand.see("● stock.*")
        hand.app.screen.query_one("#running").focus()
        await hand.press("x")
        await until(hand.pilot, lambda: not hand.app.session.watches.running)
        await hand.press("escape")
        await until(hand.pilot, lambda: "watching" not in hand.screen)
        await hand.see("◌ only")


async def test_what_only_natstap_heard_is_found_among_the_failures() -> None:
    """Also by a filter that was there before it was known; a reply unheard is no failure."""
    async with sitting() as hand, other(hand) as till:
        await watch(hand, "stock.*")
        await hand.press("escape", "slash")
        await hand.write("~e")
        await hand.press("enter")
        with suppress(TimeoutError):
            await till.request("stock.check", b"", timeout=0.2)
        await hand.see("◌ only", "1 of 1")
        await hand.press("slash", "end", "shift+home", "delete")
        await hand.write("~s unh")
        await hand.press("enter")
        await hand.see("0 of 1")
        await hand.press("slash", "end", "shift+home", "delete")
        await hand.write("~s only")
        await hand.press("enter")
        await hand.see("◌ only", "1 of 1")
        await hand.press("t")
        await hand.see("stock.check", "1 failed", "◌ only us 1")


async def choose(hand: Hand, name: str) -> None:
    """Go down the list to the first exchange on this subject, and open it."""
    await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
    await hand.press("ctrl+o", "2")
    await until(hand.pilot, lambda: isinstance(hand.app.focused, ExchangeList))
    await hand.press("home")
    async with asyncio.timeout(DEADLINE):
        while name not in cursor_subject(hand):
            await hand.press("down")
    await hand.press("enter")
    await until(hand.pilot, lambda: name in str(hand.app.desk.query_one(Inspect).border_title))


def cursor_subject(hand: Hand) -> str:
    number = hand.app.desk.query_one(ExchangeList).cursor
    return "" if number is None else hand.app.journal.exchange(number).subject


async def test_everything_is_watched_only_after_saying_what_it_does() -> None:
    async with sitting() as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        hand.app.screen.query_one("#clients").focus()
        await hand.press("e", "y")
        assert isinstance(hand.app.screen, Watching)
        await hand.press("E")
        await hand.see(WARNING[:40], "stops by itself after 60 seconds")
        await hand.press("escape")
        assert hand.app.session is not None
        assert hand.app.session.watches.running == ()
        await hand.press("E", "y")
        await hand.see("◎ everything, ", " s left")


async def test_what_cannot_be_watched_is_said() -> None:
    async with sitting() as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        hand.app.screen.query_one("#watch-subjects").focus()
        await hand.write("_INBOX.>")
        await hand.press("enter")
        await hand.see("! invalid subject '_INBOX.>'")


# -- the cause, the path, the flow -----------------------------------------------------------


async def test_who_died_over_a_request_is_named_though_others_are_left() -> None:
    async with sitting() as hand, other(hand) as till, other(hand) as frail:
        asked = asyncio.Event()

        async def take(message: Msg) -> None:
            asked.set()

        await frail.subscribe("fragile", cb=take)
        await flushed(frail)
        number = frail.client_id
        await subject(hand, "fragile")
        await hand.see("✓ 1 listens: 1 reply")
        await hand.press("ctrl+j")
        await asked.wait()
        await frail.close()
        await till.subscribe("fragile")
        await flushed(till)
        await hand.see(f"(cid {number}) listened on fragile before it")


@small
async def test_a_failure_is_explained_with_its_evidence(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask(hand, "orders.creat")
        await hand.see("Nobody listens on orders.creat; the nearest is orders.create.", "Evidence")
        await hand.press("ctrl+o", "3", "v")
        await hand.see("What was seen", "the server said so", "Reply 1")


@all_sizes
async def test_the_evidence_is_one_key_away_from_where_it_was_sent(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await subject(hand, "stock.check")
        await hand.press("ctrl+j")
        await hand.see("F8 shows the evidence")
        await hand.press("f8")
        await hand.see("What was seen", "nobody on stock.check", "nobody gets it")


@small
async def test_after_the_evidence_what_succeeds_shows_its_answer(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask(hand, "stock.check")
        await hand.see("F8 shows the evidence")
        await hand.press("f8")
        await hand.see("What was seen")
        tabs = hand.app.desk.query_one("#inspect-tabs", TabLine)
        await hand.press("ctrl+n")
        await ask(hand, "math.add", "[1, 2]")
        await until(hand.pilot, lambda: hand.exchange.state is State.ANSWERED)
        await until(hand.pilot, lambda: tabs.labels[tabs.active] == "Reply")
        await hand.see('"result": 3')


@small
async def test_what_is_asked_of_the_server_itself_is_shown_and_explained(
    size: tuple[int, int],
) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+n")
        await subject(hand, "$JS.API.STREAM.INFO.NONE")
        await hand.press("ctrl+j")
        await hand.see("error 10059")
        await subject(hand, "$JS.far.API.INFO")
        await hand.press("ctrl+j")
        await hand.see("in domain far", "Enable")
        assert len(hand.app.desk.query_one(ExchangeList).view) == 2
        await subject(hand, "$KV.settings.color")
        await hand.press("ctrl+j", "escape", "S")  # natstap's own questions stay out of sight
        await hand.see("Streams", "AUDIT")
        await hand.press("escape")
        assert len(hand.app.desk.query_one(ExchangeList).view) == 3


async def test_what_looks_like_a_success_is_told_without_being_asked() -> None:
    async with sitting() as hand:
        assert hand.app.session is not None
        profile = hand.app.session.profile
        async with other(hand) as one, responder(profile, "twice", "a"):
            await one.subscribe("twice", cb=answer)
            await flushed(one)
            await until_heard(hand, "twice", 2)
            await subject(hand, "twice")
            await hand.press("ctrl+j")
            await hand.see("! 2 answers came and only the first counts", "queue group")


async def until_heard(hand: Hand, name: str, count: int) -> None:
    """Return when the server tells of as many listeners."""
    assert hand.app.session is not None
    broker = hand.app.session.broker
    async with asyncio.timeout(60):
        while len((await audience(broker, name)).listeners) < count:
            await hand.pilot.pause(0.01)


async def answer(message: Msg) -> None:
    await asyncio.sleep(0.05)
    await message.respond(b"b")


@small
async def test_a_traced_request_shows_who_was_chosen_and_where_the_time_went(
    size: tuple[int, int],
) -> None:
    async with sitting(size) as hand:
        option(hand, "trace").value = True
        await hand.press("ctrl+j")
        await hand.see("Answered in", "Path")
        hand.app.desk.query_one(Inspect).tabs.bring("Path")
        served = hand.app.journal.message(hand.exchange.replies[0]).headers["x-served-by"]
        await hand.see(f"client {served}", "queue orders", "Where", "network", "service")
        await hand.press("ctrl+o", "2", "r")
        await until(hand.pilot, lambda: hand.app.journal.next > 3)
        assert "Nats-Trace-Dest" not in hand.app.journal.message(3).headers


async def test_who_answered_is_filtered_by_what_the_servers_told() -> None:
    async with sitting() as hand:
        shown = hand.app.desk.query_one(ExchangeList)
        await hand.press("ctrl+j")  # answered by an orders-1 or -2
        await subject(hand, "math.add")
        await hand.see("1 listens (queue calculators)")
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: len(shown.view) == 2)
        await hand.press("ctrl+o", "2", "slash", *"~by CALC", "enter")
        await until(hand.pilot, lambda: [*shown.view] == [hand.exchange.number])
        option(hand, "trace").value = True
        await subject(hand, "math.mul")
        hand.app.desk.known.forecast = lambda: None  # so that only the path tells
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: len(shown.view) == 2)
        await hand.press("ctrl+o", "2", "slash", *"~by cal")
        await hand.see("tab calculator")


async def test_of_others_too_the_row_and_the_filter_say_the_same_of_who_answered() -> None:
    async with sitting() as hand, other(hand) as client:
        assert hand.app.session is not None
        await hand.app.session.watches.watch_subjects(["math.*"])
        await client.request("math.add", b"[1, 2]", timeout=30)
        await hand.press("escape", "2")
        await hand.see("till-7", "▸ calculator", "✓ answered")
        await hand.press("slash", *"~by calc")
        await hand.see("tab calculator")
        await hand.press("enter")
        await hand.see("1 of 1", "▸ calculator")
        await hand.press("slash", *" !~s answered")
        await hand.see("0 of 1")


@pytest.mark.parametrize("size", [(60, 24), *SIZES])
async def test_a_flow_is_drawn_between_its_participants(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        await hand.press("ctrl+o", "2", "F")
        await hand.see("Flow: 1 exchange in", "nothing failed", "natstap", "▆", "correlation_id")
        await hand.press("d")
        await hand.see("natstap", "orders.create", "request", "reply", "correlation_id")
        assert ("▶" in hand.screen) is (size[0] >= 80)
        await hand.press("h")
        await hand.see("content-type")
        await hand.press("escape")
        await hand.see("Answered in" if size[0] > 100 else "orders.create")


@sizes
async def test_the_times_of_a_wide_flow_stay_in_sight(size: tuple[int, int]) -> None:
    async with sitting(size) as hand, other(hand) as till:
        await watch(hand, "wide.*")
        await hand.press("escape")
        for number in range(8):
            await till.publish(f"wide.s{number}", b"x", headers={"x-cart": "c1"})
        await choose(hand, "wide.s7")
        await hand.press("F", "d")
        await hand.see("8 messages with  c1", " wide.s0 ")
        await hand.press(*["right"] * 9)
        await hand.see(" wide.s7  ", "after the", "first", "+0.00 ms")
        await until(hand.pilot, lambda: " wide.s1 " not in hand.screen)
        lines = [line for line in hand.screen.splitlines()[3:] if " ms" in line]
        times = [min(line.find(sign) % len(line) for sign in "+≤") for line in lines]
        assert len(times) > 5
        assert len(set(times)) == 1


@small
async def test_a_flow_names_the_clients_and_opens_what_is_chosen(size: tuple[int, int]) -> None:
    async with sitting(size) as hand, other(hand) as till:
        await watch(hand, "math.*")
        await hand.press("escape")
        while not any(one.replies and not one.own for one in exchanges(hand)):
            await till.request("math.add", b"[1, 2]", headers={"x-cart": "c1"}, timeout=30)
        await till.publish("math.done", b"sum", headers={"x-cart": "c1"})
        await choose(hand, "math.done")
        await hand.press("F")
        await hand.see("x-cart", "c1", "till-7", "calculator", "math.add", "sum")
        await hand.press("d")
        await hand.see("◀")
        await hand.press("home")
        await hand.see("till-7 → calculator", "[1, 2]")
        await hand.press("enter")
        await until(hand.pilot, lambda: hand.exchange.subject == "math.add")
        await hand.see("Inspect: math.add")


def exchanges(hand: Hand) -> list[Exchange]:
    journal = hand.app.journal
    return [journal.exchange(number) for number, _ in journal.heads()]


async def test_hostile_names_are_inert_in_the_insights() -> None:
    async with sitting() as hand:
        assert hand.app.session is not None
        profile = hand.app.session.profile
        evil = await nats.connect(
            profile.servers[0], user=profile.user, password=profile.password, name=HOSTILE
        )
        try:
            await evil.request("math.add", b"[1, 2]", timeout=30)
            await evil.subscribe("evil")
            await flushed(evil)
            await subject(hand, "evil")
            await hand.see("1 listens")
            await hand.press("ctrl+l")
            await hand.see("[@click=app.quit]")
            assert_inert(hand)
            await hand.press("escape", "escape", "w")
            await hand.see("Watch others", "[@click=app.quit]")
            assert_inert(hand)
        finally:
            await evil.close()
