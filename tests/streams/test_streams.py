"""Streams, their consumers and their messages, on a real server and with real consumers."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import pytest
from helpers.streams import fill, forget, holds, make, theirs
from helpers.systems import login, users
from helpers.waiting import eventually

from engine import Journal, NatsBroker, Profile
from engine.drafts.draft import Kind
from engine.drafts.draft_of_stored import stored_draft
from engine.durations import parse_age, write_age
from engine.errors import (
    InvalidInput,
    JetStreamError,
    JetStreamOff,
    LinkLost,
    Refused,
    StreamNotFound,
)
from engine.journal import State
from engine.server.server import EmbeddedServer
from engine.streams import stored
from engine.streams.browse import (
    StoredPage,
    page_after,
    page_again,
    page_around,
    page_before,
    read_one,
    sequence_since,
)
from engine.streams.find import StreamSearch, find
from engine.streams.listing import list_consumers, list_streams, look
from engine.streams.new_stream import InvalidStream, NewStream, create_stream
from engine.streams.pages import Pages
from engine.streams.position import StreamPosition, parse_place
from engine.streams.removal import Removal, What, Wish
from engine.streams.removing import MoreThanSaid, carry_out, plan
from engine.streams.sizes import parse_size, write_size
from engine.streams.stream_state import ConsumerState, StreamState
from engine.streams.undo import changes_of

pytestmark = pytest.mark.one_server

DIRECT = [True, False]
direct = pytest.mark.parametrize("direct", DIRECT, ids=["batches", "singles"])


async def count(broker: NatsBroker, stream: str, messages: int) -> bool:
    return (await look(broker, stream)).messages == messages


def numbers(page: StoredPage) -> list[int]:
    return [one.sequence for one in page.messages]


# -- what there is ---------------------------------------------------------------------------


async def test_a_stream_is_told_as_it_is(broker: NatsBroker) -> None:
    await make(
        broker,
        "ORDERS",
        "orders.>",
        "returns",
        description="what was bought",
        max_msgs=50,
        max_age=int(3600e9),
        discard="new",
        deny_delete=True,
        allow_direct=True,
    )
    await fill(broker, "ORDERS", ["orders.new"], 3)
    (state,) = (await list_streams(broker)).streams
    assert (state.name, state.subjects) == ("ORDERS", ("orders.>", "returns"))
    assert (state.messages, state.first, state.last, state.next) == (3, 1, 3, 4)
    assert (state.storage, state.retention, state.discard) == ("memory", "limits", "new")
    assert (state.max_messages, state.max_bytes, state.max_age) == (50, 0, 3600.0)
    assert state.description == "what was bought"
    assert (state.deny_delete, state.deny_purge, state.sealed, state.direct) == (1, 0, 0, 1)
    assert state.stores("orders.a.b")
    assert not state.stores("other")
    assert await look(broker, "ORDERS") == state


async def test_all_pages_are_read(broker: NatsBroker) -> None:
    for number in range(300):
        await make(broker, f"S{number:03}", f"s.{number}")
    found = await list_streams(broker)
    assert [one.name for one in found.streams] == [f"S{number:03}" for number in range(300)]
    assert found.more == 0
    for number in range(260):
        await broker.jetstream.create_consumer("S000", {"name": f"c{number}", "ack_policy": "none"})
    assert len(await list_consumers(broker, "S000")) == 260


async def test_nothing_of_it_is_recorded(broker: NatsBroker, journal: Journal) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 30)
    before = journal.next
    state = (await list_streams(broker)).streams[0]
    await list_consumers(broker, "S")
    await page_before(broker, state, state.next)
    async for _ in find(broker, state, "c7"):
        pass
    await plan(broker, Wish(What.STREAM, "S"))
    assert journal.next == before
    assert not await list_consumers(broker, "S")


async def test_who_feeds_on_a_stream_is_told(broker: NatsBroker) -> None:
    await make(broker, "A", "a")
    await make(broker, "M", mirror={"name": "A"})
    await make(broker, "B", "b", sources=[{"name": "A"}])
    found = await list_streams(broker)
    assert [one.name for one in found.fed_by("A")] == ["B", "M"]
    mirror = found.named("M")
    assert mirror is not None
    assert mirror.mirror == "A"
    assert not mirror.stores("a")


async def test_a_bucket_is_recognised(broker: NatsBroker, profile: Profile) -> None:
    async with theirs(profile) as js:
        bucket = await js.create_key_value(bucket="users")
        await bucket.put("ann", b"1")
    (state,) = (await list_streams(broker)).streams
    assert state.bucket == "key-value bucket users"


async def test_a_name_that_needs_care(broker: NatsBroker) -> None:
    name = 'päck[bold]"$1"'
    await make(broker, name, "p")
    await fill(broker, name, ["p"], 2)
    state = await look(broker, name)
    assert numbers(await page_before(broker, state, state.next)) == [1, 2]
    removal = await plan(broker, Wish(What.STREAM, name))
    await carry_out(broker, removal)
    with pytest.raises(StreamNotFound):
        await look(broker, name)


@pytest.mark.parametrize("name", ["", "a.b", "a b", "*", ">", "a/b", "x\r\nPUB y 0"])
async def test_a_name_that_is_none_asks_nothing(broker: NatsBroker, name: str) -> None:
    for ask in (look, list_consumers):
        with pytest.raises(InvalidInput, match="cannot be the name of a stream"):
            await ask(broker, name)


# -- consumers -------------------------------------------------------------------------------


async def test_lag_pending_and_redelivered_are_those_of_real_consumers(
    broker: NatsBroker, profile: Profile
) -> None:
    await make(broker, "S", "s.>")
    await fill(broker, "S", ["s.a", "s.b"], 10)
    async with theirs(profile) as js:
        pull = await js.pull_subscribe("s.a", "worker", stream="S")
        first, second, third, *_ = await pull.fetch(5, timeout=30)
        await first.ack_sync()
        await second.nak()
        await third.nak()
        again = await pull.fetch(2, timeout=30)
        assert all(one.metadata.num_delivered == 2 for one in again)
        await broker.publish("x", "s.a", stream="S")
        (one,) = await list_consumers(broker, "S")
    assert (one.name, one.durable, one.kind) == ("worker", True, "durable pull")
    assert one.filters == ("s.a",)
    assert (one.pending, one.unacknowledged, one.redelivered) == (1, 4, 2)
    assert (one.delivered, one.ack_floor) == (9, 2)
    assert one.open == 5
    assert one.last_active is not None


async def test_a_push_consumer_that_nobody_hears(broker: NatsBroker, profile: Profile) -> None:
    await make(broker, "S", "s")
    await broker.jetstream.create_consumer(
        "S",
        {
            "name": "mail",
            "durable_name": "mail",
            "deliver_subject": "mail.in",
            "deliver_group": "posts",
            "ack_policy": "explicit",
            "max_ack_pending": 2,
        },
    )
    (one,) = await list_consumers(broker, "S")
    assert (one.push, one.bound, one.queue) == (True, False, "posts")
    heard = broker.link.subscribe(b"mail.in", lambda *_: None, b"posts")
    await fill(broker, "S", ["s"], 5)

    async def full() -> bool:
        return (await list_consumers(broker, "S"))[0].full

    await eventually(full)
    (one,) = await list_consumers(broker, "S")
    assert (one.bound, one.unacknowledged, one.pending) == (True, 2, 3)
    heard.end()


# -- browsing --------------------------------------------------------------------------------


@direct
async def test_pages_forward_and_back_with_gaps(broker: NatsBroker, direct: bool) -> None:
    await make(broker, "S", "s", allow_direct=direct)
    await fill(broker, "S", ["s"], 250)
    await forget(broker, "S", 1, 2, 100, 240, *range(120, 230), 250)
    state = await look(broker, "S")
    there = [3, *range(4, 100), *range(101, 120), *range(230, 240), *range(241, 250)]
    assert (state.first, state.last, state.deleted) == (3, 250, 113)

    newest = await page_before(broker, state, state.next)
    assert numbers(newest) == [one for one in there if one >= newest.begin]
    assert newest.gaps[-1] == (250, 250)
    assert (120, 229) in newest.gaps
    assert (240, 240) in newest.gaps
    older = await page_before(broker, state, newest.begin)
    assert numbers(older.joined(newest)) == there[-len(newest.messages) - len(older.messages) :]

    first = await page_after(broker, state, 1)
    assert numbers(first) == there[:100]
    more = await page_after(broker, state, first.end)
    assert numbers(first.joined(more)) == there
    assert first.joined(more).gaps == ((100, 100), (120, 229), (240, 240), (250, 250))

    around = await page_around(broker, state, 150)
    assert (120, 229) in around.gaps
    assert numbers(around) == [one for one in there if around.begin <= one < around.end]
    assert (await read_one(broker, state, 120)) is None
    message = await read_one(broker, state, 99)
    assert message is not None
    assert (message.sequence, message.message.body) == (99, b"99")


@direct
async def test_a_message_is_read_as_it_was_stored(broker: NatsBroker, direct: bool) -> None:
    await make(broker, "S", "s.>", allow_direct=direct)
    body = bytes(range(256)) * 4
    sent = [("x", "1"), ("x", "2"), ("Nats-Sequence", "mine"), ("odd", "ü [/red]")]
    await broker.publish(body, "s.ü", headers=sent, correlation_id="c-1", stream="S")
    broker.link.publish(b"s.bare", b"")
    await eventually(lambda: holds(broker, "S", 2))
    state = await look(broker, "S")
    page = await page_before(broker, state, state.next)
    whole, bare = (one.message for one in page.messages)
    assert (whole.subject, whole.body) == ("s.ü", body)
    assert [pair for pair in whole.headers.pairs if pair in sent] == sent
    assert whole.headers["correlation_id"] == "c-1"
    assert all(not name.startswith("Nats-Time") for name in whole.headers)
    assert abs(whole.at - time.time()) < 60
    assert (bare.subject, bare.body, bare.head) == ("s.bare", b"", b"")


@direct
async def test_only_some_subjects(broker: NatsBroker, direct: bool) -> None:
    await make(broker, "S", "s.>", allow_direct=direct)
    await fill(broker, "S", ["s.a.x", "s.b.x", "s.c"], 600)
    state = await look(broker, "S")
    expected = [one for one in range(1, 601) if one % 3 == 1]
    page = await page_before(broker, state, state.next, "s.a.*")
    assert numbers(page) == expected[-len(page.messages) :]
    assert len(page.messages) >= 100
    assert page.gaps == ()
    older = await page_before(broker, state, page.begin, "s.a.*")
    assert numbers(older.joined(page)) == expected
    assert numbers(await page_after(broker, state, 1, "s.*.x"))[:4] == [1, 2, 4, 5]
    assert numbers(await page_before(broker, state, state.next, "s.nobody")) == []


@direct
async def test_a_rare_subject_far_back_is_found(broker: NatsBroker, direct: bool) -> None:
    await make(broker, "S", "s.>", allow_direct=direct)
    await fill(broker, "S", ["s.rare"], 2)
    for _ in range(20_000):
        broker.link.publish(b"s.often", b"x")
    await eventually(lambda: holds(broker, "S", 20_002))
    state = await look(broker, "S")
    assert numbers(await page_before(broker, state, state.next, "s.rare")) == [1, 2]
    await broker.jetstream.api("STREAM.PURGE.S", {"filter": "s.often", "seq": 20_001})
    state = await look(broker, "S")
    page = await page_before(broker, state, state.next)
    assert numbers(page) == [1, 2, 20_001, 20_002]
    assert page.gaps == ((3, 20_000),)


@pytest.mark.parametrize("knows", [True, False])
async def test_a_time_is_found(
    broker: NatsBroker, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server before 2.11 knows no start time: there it is searched for."""
    if not knows:
        monkeypatch.setattr(stored, "_BATCHES", (99, 0))
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 40)
    await forget(broker, "S", 15, 16)
    state = await look(broker, "S")
    page = await page_after(broker, state, 1)
    times = {one.sequence: one.message.at for one in page.messages}
    for sequence in (1, 14, 17, 40):
        since = await sequence_since(broker, state, times[sequence])
        assert times[since] == pytest.approx(times[sequence], abs=2e-6)
    assert await sequence_since(broker, state, 0.001) == 1
    assert await sequence_since(broker, state, time.time() + 60) == state.next


@direct
@pytest.mark.parametrize("retention", ["workqueue", "interest"])
async def test_browsing_takes_nothing_from_workers(
    broker: NatsBroker, profile: Profile, retention: str, direct: bool
) -> None:
    await make(broker, "JOBS", "jobs", retention=retention, allow_direct=direct)
    async with theirs(profile) as js:
        work = await js.pull_subscribe("jobs", "crew", stream="JOBS")
        await fill(broker, "JOBS", ["jobs"], 6)
        taken = await work.fetch(3, timeout=30)
        await taken[1].ack_sync()
        await eventually(lambda: count(broker, "JOBS", 5))
        before = await list_consumers(broker, "JOBS")
        state = await look(broker, "JOBS")
        page = await page_before(broker, state, state.next)
        assert numbers(page) == [1, 3, 4, 5, 6]
        assert page.gaps == ((2, 2),)
        found = [one async for one in find(broker, state, "c4")]
        assert [one.sequence for one in found[-1].found] == [4]
        assert await list_consumers(broker, "JOBS") == before
        rest = await work.fetch(3, timeout=30)
        assert [one.metadata.sequence.stream for one in rest] == [4, 5, 6]


async def test_large_messages_come_few_at_a_time(broker: NatsBroker) -> None:
    await make(broker, "S", "s", allow_direct=True)
    for _ in range(12):
        await broker.publish(b"x" * 900_000, "s", stream="S")
    state = await look(broker, "S")
    page = await page_before(broker, state, state.next)
    assert 0 < len(page.messages) <= 12
    assert numbers(page)[-1] == 12
    assert all(len(one.message.body) == 900_000 for one in page.messages)


async def test_a_page_is_read_again_as_it_is_now(broker: NatsBroker) -> None:
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 20)
    page = await page_after(broker, await look(broker, "S"), 5)
    await broker.jetstream.api("STREAM.PURGE.S", {"seq": 8})
    await forget(broker, "S", 12)
    again = await page_again(broker, await look(broker, "S"), page)
    assert numbers(again) == [8, 9, 10, 11, *range(13, 21)]
    assert again.gaps == ((12, 12),)


async def test_an_empty_stream_has_an_empty_page(broker: NatsBroker) -> None:
    state = await make(broker, "S", "s")
    for page in (
        await page_before(broker, state, state.next),
        await page_after(broker, state, 1),
        await page_around(broker, state, 7),
    ):
        assert page.messages == page.gaps == ()


async def test_pages_go_on_and_keep_up(broker: NatsBroker) -> None:
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 700)
    pages = Pages(broker, await look(broker, "S"))
    await pages.newest()
    assert pages.page is not None
    assert (pages.stale, pages.behind(at_end=True)) == (False, False)
    for _ in range(6):
        await pages.older()
    assert (pages.page.begin, len(pages.page.messages)) == (1, 400)
    assert not pages.follows_end
    for _ in range(6):
        await pages.newer()
    assert (pages.page.end, len(pages.page.messages)) == (701, 400)

    await broker.publish("more", "s", stream="S")
    pages.state = await look(broker, "S")
    assert pages.behind(at_end=True)
    assert not pages.behind(at_end=False)
    await pages.newer()
    assert numbers(pages.page)[-1] == 701

    await forget(broker, "S", 650)
    pages.state = await look(broker, "S")
    assert pages.stale
    await pages.again()
    assert (650, 650) in pages.page.gaps
    assert not pages.stale

    await broker.jetstream.api("STREAM.PURGE.S", {"seq": 690})
    pages.state = await look(broker, "S")
    assert pages.stale
    await pages.again()
    assert numbers(pages.page) == list(range(690, 702))

    await broker.jetstream.api("STREAM.DELETE.S")
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 5)
    pages.state = await look(broker, "S")
    assert pages.stale
    await pages.again()
    assert numbers(pages.page) == [1, 2, 3, 4, 5]
    assert not pages.stale

    await broker.jetstream.api("STREAM.DELETE.S")
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 5)
    pages.state = await look(broker, "S")
    assert pages.stale  # as many, and yet others


# -- finding ---------------------------------------------------------------------------------


@direct
async def test_a_correlation_id_is_found_newest_first(
    broker: NatsBroker, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.streams.find._STEP", 0)
    await make(broker, "S", "s.>", allow_direct=direct)
    await broker.publish("early", "s.request", correlation_id="wanted", stream="S")
    for number in range(2_500):
        broker.post(number, "s.noise", correlation_id=f"wanted{number}")
    await broker.publish("late", "s.answer", correlation_id="wanted", stream="S")
    await eventually(lambda: holds(broker, "S", 2_502))
    steps = [one async for one in find(broker, await look(broker, "S"), " wanted ")]
    assert [one.sequence for one in steps[0].found] == [2_502]
    assert not steps[0].done
    assert [one.sequence for one in steps[-1].found] == [1, 2_502]
    assert steps[-1].done
    assert steps[-1].searched == steps[-1].total == 2_502
    assert sorted(one.searched for one in steps) == [one.searched for one in steps]


async def test_what_is_not_there_is_not_found(broker: NatsBroker) -> None:
    state = await make(broker, "S", "s")
    assert [one async for one in find(broker, state, "x")] == [StreamSearch("x", done=True, next=1)]
    with pytest.raises(InvalidInput):
        await anext(find(broker, state, " "))


# -- places ----------------------------------------------------------------------------------

NOON = datetime(2026, 5, 4, 12, 0).timestamp()


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("", StreamPosition()),
        (" 1200 ", StreamPosition(sequence=1200)),
        ("#1,200", StreamPosition(sequence=1200)),
        ("0", StreamPosition(sequence=1)),
        ("-5m", StreamPosition(at=NOON - 300)),
        ("-1h30m", StreamPosition(at=NOON - 5400)),
        ("11:30", StreamPosition(at=NOON - 1800)),
        ("12:30:05", StreamPosition(at=datetime(2026, 5, 3, 12, 30, 5).timestamp())),
        ("2026-01-31", StreamPosition(at=datetime(2026, 1, 31).timestamp())),
        ("2026-01-31 12:30", StreamPosition(at=datetime(2026, 1, 31, 12, 30).timestamp())),
        ("2026-01-31T12:30:00Z", StreamPosition(at=1769862600.0)),
        ("orders.*", StreamPosition(subject="orders.*")),
        (">", StreamPosition(subject=">")),
    ],
)
def test_a_place_is_read(written: str, place: StreamPosition) -> None:
    assert parse_place(written, NOON) == place


@pytest.mark.parametrize("written", ["25:00", "12:61", "-5 parsecs", "2026-13-01", "a..b", "a b"])
def test_what_is_no_place_is_told(written: str) -> None:
    with pytest.raises(InvalidInput):
        parse_place(written, NOON)


def test_amounts_are_read_and_written() -> None:
    assert [parse_age(one) for one in ("90s", "1h30m", "7d", "250ms")] == [90, 5400, 604_800, 0.25]
    assert [parse_size(one) for one in ("500", "64 KB", "1.5GiB", "2,000")] == [
        500,
        65_536,
        1_610_612_736,
        2000,
    ]
    assert [write_age(one) for one in (0, 0.25, 90, 5400, 86_400, 604_800, 694_800)] == [
        "0s",
        "250ms",
        "1m30s",
        "1h30m",
        "1d",
        "1w",
        "8d1h",
    ]
    assert [write_size(one) for one in (0, 999, 1000, 65_536, 1_610_612_736)] == [
        "0 B",
        "999 B",
        "1.0 KB",
        "64 KB",
        "1.5 GB",
    ]
    for wrong in ("5", "m", "1q", "1h x", "9999999d"):
        with pytest.raises(InvalidInput):
            parse_age(wrong)
    for wrong in ("", "x", "1 stone", "-5", "99999999999999999999 TB"):
        with pytest.raises(InvalidInput):
            parse_size(wrong)


# -- composing -------------------------------------------------------------------------------


async def test_a_draft_of_what_is_stored_leaves_out_what_belonged_to_it(
    broker: NatsBroker,
) -> None:
    await make(broker, "S", "s", allow_direct=True)
    own = [("x", "1"), ("x", "2"), ("content-type", "application/json")]
    storing = [
        ("Nats-Msg-Id", "m"),
        ("Nats-Expected-Last-Sequence", "0"),
        ("Nats-Trace-Dest", "t"),
        ("reply_to", "_INBOX.somebody"),
    ]
    await broker.publish({"id": 1}, "s", headers=[*own, *storing], stream="S")
    await broker.publish("{{braces}}", "s", stream="S")
    state = await look(broker, "S")
    asked, told = (await page_after(broker, state, 1)).messages
    draft = stored_draft(asked, state)
    assert (draft.subject, draft.body, draft.kind) == ("s", b'{"id":1}', Kind.STREAM_REQUEST)
    assert sorted(draft.headers) == sorted(own)
    assert (draft.stream, draft.correlation_id, draft.templates) == ("S", "", False)
    draft.check()
    draft = stored_draft(told, state)
    assert (draft.kind, draft.stream, draft.body) == (Kind.REQUEST, "", b"{{braces}}")
    draft.check()


# -- making ----------------------------------------------------------------------------------


async def test_a_stream_is_made_as_asked(broker: NatsBroker) -> None:
    wanted = NewStream("DEMO", ("demo.>", "x"), max_bytes=1 << 20, discard="new")
    state = await create_stream(broker, wanted)
    assert (state.name, state.subjects, state.storage) == ("DEMO", ("demo.>", "x"), "memory")
    assert (state.max_messages, state.max_age, state.max_bytes) == (10_000, 3600.0, 1 << 20)
    assert (state.discard, state.direct) == ("new", True)
    free = await create_stream(broker, NewStream("FREE", ("f",), "file", 0, 0.0))
    assert (free.max_messages, free.max_age, free.storage) == (0, 0.0, "file")


@pytest.mark.parametrize(
    ("wanted", "field", "why"),
    [
        (NewStream("", ("a",)), "name", "a name is needed"),
        (NewStream("a.b", ("a",)), "name", "one word"),
        (NewStream("x" * 256, ("a",)), "name", "255"),
        (NewStream("N", ()), "subjects", "a subject is needed"),
        (NewStream("N", ("a..b",)), "subjects", "no subject"),
        (NewStream("N", ("a.*", "a.b")), "subjects", "overlap"),
        (NewStream("N", ("$JS.API.STREAM.>",)), "subjects", "the server's own"),
        (NewStream("N", (">",)), "subjects", "the server's own"),
        (NewStream("N", ("a",), max_age=0.01), "max_age", "100 ms"),
        (NewStream("HELD", ("a",)), "name", "already"),
        (NewStream("N", ("a", "held.*.x")), "subjects", "stream HELD"),
    ],
)
async def test_what_the_server_would_refuse_is_told_at_its_field(
    broker: NatsBroker, wanted: NewStream, field: str, why: str
) -> None:
    await make(broker, "HELD", "held.>")
    with pytest.raises(InvalidStream, match=why) as caught:
        await create_stream(broker, wanted)
    assert caught.value.field == field
    assert [one.name for one in (await list_streams(broker)).streams] == ["HELD"]


async def test_making_is_undone_while_it_is_empty(broker: NatsBroker) -> None:
    changes = changes_of(broker)
    await changes.create(broker, NewStream("ONE", ("one",)))
    assert await changes.undo(broker) == "Stream ONE is taken away again."
    assert (await list_streams(broker)).streams == ()
    await changes.create(broker, NewStream("TWO", ("two",)))
    await fill(broker, "TWO", ["two"], 1)
    with pytest.raises(InvalidInput, match="in use"):
        await changes.undo(broker)
    assert await holds(broker, "TWO", 1)
    assert changes_of(broker) is changes


# -- taking away -----------------------------------------------------------------------------


async def test_a_deletion_says_exactly_what_goes(broker: NatsBroker, profile: Profile) -> None:
    await make(broker, "ORDERS", "orders.>", allow_direct=True)
    await make(broker, "COPY", mirror={"name": "ORDERS"})
    await fill(broker, "ORDERS", ["orders.new"], 12)
    await broker.jetstream.create_consumer(
        "ORDERS", {"name": "audit", "durable_name": "audit", "ack_policy": "none"}
    )
    async with theirs(profile) as js:
        work = await js.pull_subscribe("orders.new", "worker", stream="ORDERS")
        await work.fetch(2, timeout=30)
        removal = await plan(broker, Wish(What.STREAM, "ORDERS"))
    said = " ".join(removal.sentences)
    size = write_size(removal.state.bytes)
    assert f"12 messages ({size}), sequence 1 to 12, go." in said
    assert "Nobody will store messages to orders.>." in said
    assert "2 consumers go: audit (12 not delivered)," in said
    assert "worker (10 not delivered, 2 not acknowledged)" in said
    assert "COPY takes its messages from here" in said
    assert "cannot be brought back" in said
    changes = changes_of(broker)
    assert await changes.remove(broker, removal) == 12
    assert [one.name for one in (await list_streams(broker)).streams] == ["COPY"]
    told = await changes.undo(broker)
    assert "is back, with its settings and no messages; 2 of 2 durable consumers" in told
    state = await look(broker, "ORDERS")
    assert (state.messages, state.subjects, state.direct) == (0, ("orders.>",), True)
    assert [one.name for one in await list_consumers(broker, "ORDERS")] == ["audit", "worker"]
    with pytest.raises(InvalidInput, match="nothing to undo"):
        await changes.undo(broker)


async def test_more_than_was_said_never_goes_unasked(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 3)
    said = await plan(broker, Wish(What.STREAM, "S"))
    await fill_more(broker, 2)
    with pytest.raises(MoreThanSaid, match="2 messages more") as caught:
        await carry_out(broker, said)
    now = caught.value.removal
    assert now.messages == 5
    assert any("being written to" in one for one in now.sentences)
    await fill_more(broker, 1)  # it was said that what comes goes too
    consumer = {"name": "c", "durable_name": "c", "ack_policy": "none"}
    await broker.jetstream.create_consumer("S", consumer)
    with pytest.raises(MoreThanSaid, match="more consumers than a moment ago: c"):
        await carry_out(broker, now)
    assert await holds(broker, "S", 6)


@pytest.mark.parametrize(
    "wish",
    [
        Wish(What.STREAM, "S"),
        Wish(What.MESSAGES, "S"),
        Wish(What.MESSAGES, "S", below=3),
        Wish(What.MESSAGE, "S", sequence=2),
    ],
    ids=lambda wish: f"{wish.what.name}{wish.below}",
)
async def test_another_stream_of_the_same_name_is_not_what_was_said(
    broker: NatsBroker, wish: Wish
) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 5)
    said = await plan(broker, wish)
    await broker.jetstream.api("STREAM.DELETE.S")
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 3)
    with pytest.raises(MoreThanSaid, match="made again: this is another one") as caught:
        await carry_out(broker, said)
    assert (await look(broker, "S")).messages == 3
    await carry_out(broker, caught.value.removal)


async def test_an_undo_leaves_a_stream_that_somebody_else_made(broker: NatsBroker) -> None:
    changes = changes_of(broker)
    await changes.create(broker, NewStream("U", ("u",)))
    await broker.jetstream.api("STREAM.DELETE.U")
    await make(broker, "U", "u", description="another's")
    assert "made by others" in await changes.undo(broker)
    assert (await look(broker, "U")).description == "another's"


async def fill_more(broker: NatsBroker, count: int) -> None:
    for _ in range(count):
        await broker.publish("more", "s", stream="S")


@pytest.mark.parametrize(
    ("fields", "messages", "said", "left"),
    [
        ({}, 11, "All 11 messages of stream S", []),
        ({"subject": "s.a"}, 5, "5 of 11 messages of stream S go: those on s.a", [4, 6, 8, 10, 12]),
        ({"subject": "s.*"}, 11, "All 11 messages on s.*", []),
        ({"below": 7}, 5, "5 of 11 messages of stream S go: those before sequence 7", None),
        ({"below": 99}, 11, "All 11 messages before sequence 99", []),
    ],
)
async def test_a_purge_takes_what_it_says_and_no_more(
    broker: NatsBroker, fields: dict, messages: int, said: str, left: list[int] | None
) -> None:
    await make(broker, "S", "s.*", allow_direct=True)
    await fill(broker, "S", ["s.a", "s.b"], 12)
    await forget(broker, "S", 3)
    removal = await plan(broker, Wish(What.MESSAGES, "S", **fields))
    assert removal.messages == messages
    assert removal.sentences[0].startswith(said)
    assert removal.sentences[-1] == "It cannot be undone."
    await broker.publish("later", "s.a", stream="S")
    assert await carry_out(broker, removal) == messages
    state = await look(broker, "S")
    page = await page_after(broker, state, 1)
    there = [2, 4, 6, 8, 10, 12] if fields == {"subject": "s.a"} else left
    assert numbers(page) == [*(there if there is not None else range(7, 13)), 13]


async def test_a_purge_names_who_still_needs_it(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 2)
    await broker.jetstream.create_consumer("S", {"name": "late", "ack_policy": "explicit"})
    removal = await plan(broker, Wish(What.MESSAGES, "S"))
    assert "late (2 not delivered)" in " ".join(removal.sentences)
    with pytest.raises(InvalidInput, match="not both"):
        await plan(broker, Wish(What.MESSAGES, "S", subject="s", below=2))
    with pytest.raises(InvalidInput):
        await plan(broker, Wish(What.MESSAGES, "S", subject="a..b"))


async def test_one_message_is_deleted(broker: NatsBroker) -> None:
    await make(broker, "S", "s", allow_direct=True)
    await fill(broker, "S", ["s"], 3)
    removal = await plan(broker, Wish(What.MESSAGE, "S", sequence=2))
    assert removal.sentences[0].startswith("Message 2 of stream S goes: on s, ")
    assert "cannot be undone" in removal.sentences[-1]
    assert await carry_out(broker, removal) == 1
    state = await look(broker, "S")
    assert numbers(await page_after(broker, state, 1)) == [1, 3]
    gone = await plan(broker, Wish(What.MESSAGE, "S", sequence=2))
    assert gone.refusal == "Message 2 is not in stream S any more."
    with pytest.raises(MoreThanSaid, match="not in stream S any more"):
        await carry_out(broker, removal)


@pytest.mark.parametrize(
    ("config", "what", "said"),
    [
        ({"deny_purge": True}, What.MESSAGES, "deny purges"),
        ({"deny_delete": True}, What.MESSAGE, "deny deleting"),
        ({}, What.MESSAGES, "No message would go."),
    ],
)
async def test_what_cannot_go_is_told_before(
    broker: NatsBroker, config: dict, what: What, said: str
) -> None:
    await make(broker, "S", "s", **config)
    if config:
        await fill(broker, "S", ["s"], 2)
    removal = await plan(broker, Wish(what, "S", sequence=1))
    assert said in removal.refusal
    assert removal.sentences == (removal.refusal,)
    with pytest.raises(JetStreamError, match=said.rstrip(".")):
        await carry_out(broker, removal)


async def test_a_sealed_stream_only_goes_whole(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 1)
    config = (await broker.jetstream.stream("S"))["config"]
    await broker.jetstream.api("STREAM.UPDATE.S", {**config, "sealed": True})
    for what in (What.MESSAGES, What.MESSAGE):
        assert "is sealed" in (await plan(broker, Wish(what, "S", sequence=1))).refusal
    removal = await plan(broker, Wish(What.STREAM, "S"))
    changes = changes_of(broker)
    await changes.remove(broker, removal)
    assert "is back" in await changes.undo(broker)


async def test_settings_come_back_only_where_nothing_else_is(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    changes = changes_of(broker)
    await changes.remove(broker, await plan(broker, Wish(What.STREAM, "S")))
    await make(broker, "S", "other")
    with pytest.raises(InvalidInput, match="with other settings"):
        await changes.undo(broker)


# -- what a server does not tell -------------------------------------------------------------


async def test_no_jetstream_is_told(journal: Journal) -> None:
    async with EmbeddedServer(jetstream=False) as server:
        async with NatsBroker(server.profile(), journal=journal) as broker:
            for ask in (list_streams(broker), look(broker, "S"), list_consumers(broker, "S")):
                with pytest.raises(JetStreamOff):
                    await ask


async def test_a_user_who_may_not_is_told_by_the_listing_alone(journal: Journal) -> None:
    config = users('permissions { publish: { deny: ["$JS.API.STREAM.>", "$JS.API.CONSUMER.>"] } }')
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1"), journal=journal) as broker:
            for _ in range(3):
                with pytest.raises(Refused, match="no permission"):
                    await list_streams(broker)
            assert list(journal.heads()) == []
            with pytest.raises(Refused):
                await broker.request(b"", "$JS.API.STREAM.INFO.S")
            asked, told = (journal.exchange(n) for n, _ in journal.heads())
            assert asked.state is State.REFUSED
            assert "$JS.API.STREAM.INFO.S" in told.why


async def test_who_may_not_see_all_is_told_what_is_not_known() -> None:
    denied = '"$JS.API.STREAM.LIST", "$JS.API.CONSUMER.LIST.>", "$JS.API.DIRECT.>"'
    config = users(f"permissions {{ publish: {{ deny: [{denied}] }} }}")
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(server.profile()) as owner, NatsBroker(login(server, "u1")) as broker:
            await make(owner, "S", "s", allow_direct=True)
            await fill(owner, "S", ["s"], 150)
            state = await look(broker, "S")
            page = await page_before(broker, state, state.next)
            assert numbers(page)[-100:] == list(range(51, 151))
            removal = await plan(broker, Wish(What.STREAM, "S"))
            assert any("Could not check" in one for one in removal.sentences)


async def test_who_may_not_delete_is_told_and_nothing_goes() -> None:
    config = users('permissions { publish: { deny: ["$JS.API.STREAM.DELETE.>"] } }')
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            await make(broker, "S", "s")
            changes = changes_of(broker)
            with pytest.raises(Refused):
                await changes.remove(broker, await plan(broker, Wish(What.STREAM, "S")))
            assert await holds(broker, "S", 0)
            assert changes.done == []


async def test_direct_gets_that_were_switched_off_meanwhile(broker: NatsBroker) -> None:
    await make(broker, "S", "s", allow_direct=False)
    await fill(broker, "S", ["s"], 5)
    state = replace(await look(broker, "S"), direct=True)
    assert numbers(await page_before(broker, state, state.next)) == [1, 2, 3, 4, 5]


@pytest.mark.own_server
async def test_without_a_connection_nobody_waits(
    server: EmbeddedServer, connect: Callable[..., Awaitable[NatsBroker]]
) -> None:
    broker = await connect()
    state = await make(broker, "S", "s")
    await server.stop()
    await eventually(lambda: lost(broker))
    for ask in (list_streams(broker), page_before(broker, state, 1)):
        with pytest.raises(LinkLost):
            await ask


async def lost(broker: NatsBroker) -> bool:
    return not broker.link.writing


async def test_answers_that_make_no_sense_are_told(broker: NatsBroker) -> None:
    """Whoever answers where an account imports the API from may answer anything."""
    answers: dict[str, bytes] = {}

    def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        broker.link.publish(reply, answers[subject.decode().removeprefix("$FAKE.")])

    broker.link.subscribe(b"$FAKE.>", hear)
    await broker.link.barrier()
    async with NatsBroker(replace(broker.link.profile, jetstream_prefix="$FAKE")) as asking:
        for wrong in (b"", b"[]", b"\xff"):
            answers["STREAM.LIST"] = wrong
            with pytest.raises(JetStreamError, match=r"not (a )?JSON"):
                await list_streams(asking)
        answers["STREAM.LIST"] = b'{"streams": [1, {"config": {"name": 7}}], "total": "x"}'
        assert (await list_streams(asking)).streams == ()
        state = StreamState("S", messages=9, first=1, last=9)
        for data, said in (("A", "cannot be read"), ("\xe9", "cannot be read")):
            answers["STREAM.MSG.GET.S"] = json.dumps({"message": {"seq": 3, "data": data}}).encode()
            with pytest.raises(JetStreamError, match=said):
                await page_after(asking, state, 1)
        answers["STREAM.MSG.GET.S"] = b'{"message": {"seq": 3, "data": 7, "hdrs": [], "time": 5}}'
        with pytest.raises(JetStreamError, match="not what was asked for"):
            await page_after(asking, state, 1)


def test_absurd_figures_are_shown_all_the_same() -> None:
    state = {"messages": 10**400, "bytes": 10**400, "first_seq": -5, "last_ts": "0001-01-01"}
    config = {"name": "S", "max_age": 10**400, "max_msgs": -(10**30), "num_replicas": "x"}
    one = StreamState.of({"state": {**state, "last_seq": 10**30}, "config": config})
    assert (one.first, one.max_messages, one.replicas) == (1, 0, 1)
    assert one.max_age > 0
    assert write_size(one.bytes)
    assert ConsumerState.of("S", {"name": "c", "num_pending": -7, "config": []}).pending == 0


def test_a_removal_needs_no_server_to_say_what_goes() -> None:
    state = StreamState("S", messages=1, first=4, last=4, bytes=20)
    removal = Removal(Wish(What.STREAM, "S"), state, 1, 20)
    assert "1 message (20 B), sequence 4, goes." in removal.sentences
    many = tuple(f"s{number}" for number in range(9))
    fed = replace(removal, fed=many)
    assert any("s5 and 3 more take its messages" in one for one in fed.sentences)
