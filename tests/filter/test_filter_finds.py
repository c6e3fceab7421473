"""What is pasted into the filter is found; where nothing is, what would match is offered."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import nats
import pytest
from helpers.desk import Hand, sitting, until
from helpers.exchange_list import put
from helpers.frames import seen
from helpers.lens import put as told
from helpers.packed import gzipped
from helpers.waiting import until as eventually

from engine import Journal, Profile
from engine.filter.hidden import HiddenCount
from engine.filter.lens import Lens
from engine.filter.nearby_filters import FilterOffers
from engine.filter.state_terms import Hearsay
from engine.journal import ExchangeKind, State
from engine.journal.view import View
from engine.rpc.broker import Broker
from engine.server.server import EmbeddedServer
from engine.watching.subject_watch import SubjectWatch
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges

FOREVER = 1e9
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
HEAD = b"NATS/1.0\r\nX-Request-Id: req-77\r\ntraceparent: %b\r\n\r\n" % TRACE.encode()


def journal_of_a_shop() -> Journal:
    """1 asked with headers, and answered; 4 hidden with the same id; 5 and 6 without."""
    journal = Journal()
    seen(journal, b"shop.order", b'{"item": "Tea"}', b"_INBOX.Ab12.x9", HEAD)
    seen(journal, b"_INBOX.Ab12.x9", b"ok", head=b"NATS/1.0\r\ncorrelation_id: c-404\r\n\r\n")
    seen(journal, b"shop.order", b"later", b"_INBOX.Ab12.x10")
    seen(journal, b"$JS.API.INFO", b"req-77 hidden-1", b"_INBOX.js.1")
    seen(journal, b"stock.event", b"12")
    seen(journal, b"work.a", b"hidden-2", b"$JS.ACK.S.c.1.1.1.1.0")
    return journal


def found(journal: Journal, text: str, known: Hearsay | None = None) -> list[int]:
    lens = Lens.parse(text)
    view = View(journal, lens.on(journal, known) if known else lens.on(journal))
    view.catch_up(FOREVER)
    return list(view)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("req-77", [1]),
        ("x-request-id", []),
        ("X-Request-Id", [1]),
        ("~i x-request-id", [1]),
        ("4bf92f3577b34da6a3ce929d0e0e4736", [1]),
        (TRACE, [1]),
        ("c-404", [1]),
        ("_INBOX.Ab12.x10", [3]),
        ("Ab12", [1, 3]),
        ("shop.order", [1, 3]),
        ("later", [3]),
        ("!req-77", [3, 5]),
        ("req-77 later", []),
        ("NATS/1.0", []),
        ("MSG", []),
        ("12", [1, 3, 5]),
        ("1.0", []),
    ],
)
def test_a_word_is_found_in_every_part_and_in_nothing_else(text: str, numbers: list[int]) -> None:
    assert found(journal_of_a_shop(), text) == numbers


def test_sizes_and_subscriptions_are_no_part_of_a_message() -> None:
    journal = Journal()
    for reply in (b"", b"answers"):
        for head in (b"", b"NATS/1.0\r\na: b\r\n\r\n"):
            for source in (0, 1):
                seen(journal, b"sub", b"x" * 777, reply, head, source)
    assert found(journal, "777 | 1 | 795 | 18") == []
    journal.note("777 s are over")
    assert found(journal, "777") == [9]
    assert found(journal, "NOTE") == []


def test_a_status_is_found_by_its_number() -> None:
    journal = Journal()
    seen(journal, b"nobody", reply=b"_INBOX.a.1")
    seen(journal, b"_INBOX.a.1", head=b"NATS/1.0 503\r\n\r\n")
    assert found(journal, "503") == [1]


def test_who_answered_is_found_where_it_is_known() -> None:
    journal = journal_of_a_shop()
    known = Hearsay(lambda number: "pricing-2" if number == 1 else "")
    view = View(journal, Lens.parse("pricing").on(journal, known))
    view.catch_up(FOREVER)
    view.reconsider([1, 3])
    assert list(view) == [1]
    assert found(journal, "!pricing", known) == [3, 5]


def test_a_name_finds_the_same_whatever_a_body_is_packed_in() -> None:
    """What is read for a search was found by names, and what lies open was not."""
    journal = Journal()
    for body in (b'{"id": 7}', gzipped(b'{"id": 7}'), b"\x81\xa2id\x07"):
        number = told(journal, b"stock.get", b"_INBOX.%d" % journal.next, b"{}")
        told(journal, b"_INBOX.%d" % number, b"", body)
    known = Hearsay(lambda number: "pricing-2")
    assert found(journal, "pricing", known) == []
    assert found(journal, "~by pricing", known) == [1, 3, 5]


# -- where nothing matches -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "offered", "count"),
    [
        ("hidden-1", "hidden-1 & ~k all", 1),
        ("tea", "~i tea", 1),
        ("shop.*", "~u shop.*", 2),
        ("waiting", "~s waiting", 1),
        ("~u shop", "~u shop.>", 2),
        ("~h x-trace:req-77", "~i req-77", 1),
        ("~c req-77", "~i req-77", 1),
        ("Hidden-1", "~i Hidden-1 & ~k all", 1),
        ("ORDER tea", "~i ORDER & ~i tea", 1),
        ("later nonsense", "later | nonsense", 1),
    ],
)
def test_what_would_match_is_offered(text: str, offered: str, count: int) -> None:
    journal = journal_of_a_shop()
    assert found(journal, text) == []
    offers = FilterOffers(Lens.parse(text), journal, Hearsay())
    offers.catch_up(FOREVER)
    assert offers.best is not None
    assert (offers.best.text, offers.best.count) == (offered, count)
    assert len(found(journal, offered)) == count


@pytest.mark.parametrize(
    "text", ["nonsense", "~l > 100m", "!shop !stock", "", "~k note", '"\\xff"']
)
def test_where_nothing_would_match_nothing_is_offered(text: str) -> None:
    offers = FilterOffers(Lens.parse(text), Journal(), Hearsay())
    offers.catch_up(FOREVER)
    assert offers.best is None


def test_offers_are_tried_in_slices() -> None:
    journal = Journal()
    for n in range(20_000):
        seen(journal, b"evt.%d" % n, b"x")
    seen(journal, b"evt.last", b"Needle")
    offers, steps = FilterOffers(Lens.parse("NEEDLE"), journal, Hearsay()), 0
    while offers.best is None and steps < 10_000:
        offers.catch_up(0.0001)
        steps += 1
    assert offers.best is not None
    assert offers.best.text == "~i NEEDLE"


def test_what_is_hidden_is_counted_as_it_comes_and_goes() -> None:
    journal = Journal(max_messages=1000)
    hidden = HiddenCount(journal)
    seen(journal, b"$JS.EVENT.ADVISORY.API", b"{}")
    seen(journal, b"$KV.CFG.theme", b"blue")
    seen(journal, b"work.a", b"", b"$JS.ACK.S.c.1.1.1.1.0")
    seen(journal, b"shop.order", b"", b"_INBOX.a.1")
    hidden.look()
    assert (hidden.count(), hidden.count({ExchangeKind.SYSTEM})) == (3, 2)
    assert hidden.example(ExchangeKind.SYSTEM) == "$KV.CFG.theme"
    for _ in range(200_000):
        seen(journal, b"shop.event")
    hidden.look()
    assert (hidden.count(), hidden.example(ExchangeKind.SYSTEM)) == (0, "")


# -- `$` subjects that are watched on purpose ------------------------------------------------


async def test_dollar_subjects_watched_on_purpose_are_shown(profile: Profile) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedServer(jetstream=True))
        profile = server.profile()
        journal = Journal()
        watch = SubjectWatch(profile, journal, ["$KV.>", "$JS.EVENT.ADVISORY.>", "shop.>"])
        await stack.enter_async_context(watch)
        other = await nats.connect(
            profile.servers[0],
            user=profile.user,
            password=profile.password,
            allow_reconnect=False,
            connect_timeout=30,
        )
        stack.push_async_callback(other.close)
        js = other.jetstream()
        bucket = await js.create_key_value(bucket="CFG")
        for value in (b"blue", b"red"):
            await bucket.put("theme", value)
        shown = View(journal)

        def subjects() -> list[str]:
            shown.catch_up(FOREVER)
            return [journal.message(number).subject for number in shown]

        await eventually(lambda: subjects().count("$KV.CFG.theme") == 2)
        await eventually(lambda: any(one.startswith("$JS.EVENT.ADVISORY") for one in subjects()))
        kinds = {journal.exchange(number).kind for number in shown}
        assert ExchangeKind.WATCHED_SYSTEM in kinds
        puts = [one for one in shown if journal.message(one).subject == "$KV.CFG.theme"]
        assert not any(journal.state(number).failed for number in puts)
        assert set(found(journal, "~k system")) >= set(puts)
        assert found(journal, "theme") == puts


async def test_everything_watched_still_hides_what_nobody_asked_for(
    broker: Broker, journal: Journal
) -> None:
    seen(journal, b"$SRV.PING", b"", b"_INBOX.a.1")
    assert (list(View(journal)), journal.state(1)) == ([], State.WAITING)
    journal.reveal(1)
    view = View(journal)
    view.catch_up(FOREVER)
    assert list(view) == [1]


# -- on the desk -----------------------------------------------------------------------------


def screen_says(hand: Hand) -> tuple[str, str]:
    shown = hand.app.desk.query_one(ExchangeList)
    empty, hint = shown.hint
    return empty, hint


async def test_an_offer_is_taken_with_enter() -> None:
    async with sitting((120, 40)) as hand:
        journal = hand.app.journal
        put(journal, "shop.order", "_INBOX.a.1", json.dumps({"item": "Tea"}).encode())
        put(journal, "$JS.API.INFO", "_INBOX.b.1", b"id-9")
        await hand.press("ctrl+o", "2", "slash", *"tea", "enter")
        await until(hand.pilot, lambda: "~i tea" in screen_says(hand)[1])
        await hand.press("enter")
        shown = hand.app.desk.query_one(ExchangeList)
        await until(hand.pilot, lambda: len(shown.view) == 1)
        await hand.see("~i tea")
        await hand.press("escape", "slash", *"id-9", "enter")
        await until(hand.pilot, lambda: screen_says(hand)[1].startswith("1 in hidden"))
        await hand.press("enter")
        await until(hand.pilot, lambda: [shown.view[0]] == [journal.next - 1])


async def test_what_is_hidden_is_counted_on_the_list() -> None:
    async with sitting((120, 40)) as hand:
        figures = hand.app.desk.query_one(Exchanges)
        before = figures._hidden.count()
        for n in range(24):
            put(hand.app.journal, f"$JS.EVENT.ADVISORY.API.{n}")
        hand.app.desk.refresh_from_journal()
        assert f"{before + 24} hidden" in str(figures.border_subtitle)
        if not len(hand.app.desk.query_one(ExchangeList).view):
            assert "$JS.EVENT.ADVISORY" in screen_says(hand)[1]
        await hand.press("ctrl+o", "2", "slash", *"~k all", "enter")
        await until(hand.pilot, lambda: "hidden" not in str(figures.border_subtitle))
