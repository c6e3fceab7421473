"""Consumers that are deleted and come back, ids found in every stream, and streams of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from helpers.streams import fill, fill_acknowledged, holds, make, theirs
from helpers.systems import free_ports, leaf, login
from helpers.waiting import eventually

from engine import NatsBroker, Profile
from engine.drafts.draft import Kind
from engine.drafts.draft_of_stored import stored_draft
from engine.errors import ConsumerNotFound, InvalidInput, JetStreamOff, NatstapError, RequestTimeout
from engine.server.server import EmbeddedServer
from engine.streams.browse import page_after, page_before
from engine.streams.find import MAX_FOUND, Everywhere, StreamSearch, find, find_everywhere
from engine.streams.listing import list_consumers, list_streams, look
from engine.streams.removal import What, Wish
from engine.streams.removing import MoreThanSaid, plan
from engine.streams.undo import changes_of

pytestmark = pytest.mark.one_server


def wish(stream: str, consumer: str) -> Wish:
    return Wish(What.CONSUMER, stream, consumer=consumer)


async def consumer(broker: NatsBroker, stream: str, name: str, **config: object) -> None:
    fields = {"name": name, "ack_policy": "explicit", **config}
    await broker.jetstream.create_consumer(stream, fields)


# -- deleting one ----------------------------------------------------------------------------


async def test_a_consumer_goes_as_it_was_said_and_comes_back_to_its_place(
    broker: NatsBroker, profile: Profile
) -> None:
    await make(broker, "S", "s")
    await fill(broker, "S", ["s"], 10)
    await consumer(broker, "S", "work", durable_name="work")
    async with theirs(profile) as js:
        worker = await js.pull_subscribe_bind("work", "S")
        for one in (await worker.fetch(5))[:3]:
            await one.ack_sync()
    said = await plan(broker, wish("S", "work"))
    words = " ".join(said.sentences)
    assert "Consumer work of stream S goes, and with it its place: all up to 3 is ack" in words
    assert "5 not delivered, 2 not acknowledged" in words
    assert "The messages stay." in words
    changes = changes_of(broker)
    await changes.remove(broker, said)
    assert await list_consumers(broker, "S") == ()
    assert await holds(broker, "S", 10)
    assert changes.done[-1].undo == "bring back consumer work of S"
    assert await changes.undo(broker) == "Consumer work of stream S is back, from 4 on."
    async with theirs(profile) as js:
        worker = await js.pull_subscribe_bind("work", "S")
        assert [one.metadata.sequence.stream for one in await worker.fetch(7)] == list(range(4, 11))


async def test_a_consumer_that_was_never_used_comes_back_with_its_settings(
    broker: NatsBroker,
) -> None:
    await make(broker, "S", "s")
    await consumer(broker, "S", "idle", durable_name="idle", filter_subject="s", max_ack_pending=7)
    (before,) = await list_consumers(broker, "S")
    await changes_of(broker).remove(broker, await plan(broker, wish("S", "idle")))
    await changes_of(broker).undo(broker)
    (after,) = await list_consumers(broker, "S")
    assert after.config == before.config


async def test_an_ephemeral_one_is_said_not_to_come_back(broker: NatsBroker) -> None:
    await make(broker, "S", "s", retention="interest")
    await consumer(broker, "S", "passing")
    said = await plan(broker, wish("S", "passing"))
    assert said.sentences[-1] == "It is ephemeral: it cannot be brought back."
    assert any("what only this one wants goes with it" in one for one in said.sentences)
    await changes_of(broker).remove(broker, said)
    assert not changes_of(broker).done


async def test_another_consumer_of_the_same_name_is_not_what_was_said(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    await consumer(broker, "S", "c", durable_name="c")
    said = await plan(broker, wish("S", "c"))
    await broker.jetstream.delete_consumer("S", "c")
    with pytest.raises(ConsumerNotFound):
        await changes_of(broker).remove(broker, said)
    await consumer(broker, "S", "c", durable_name="c")
    with pytest.raises(MoreThanSaid, match="this is another one"):
        await changes_of(broker).remove(broker, said)
    assert len(await list_consumers(broker, "S")) == 1


async def test_one_that_somebody_made_again_is_left_to_them(broker: NatsBroker) -> None:
    await make(broker, "S", "s")
    await consumer(broker, "S", "c", durable_name="c")
    await changes_of(broker).remove(broker, await plan(broker, wish("S", "c")))
    await consumer(broker, "S", "c", durable_name="c", filter_subject="s", max_ack_pending=3)
    with pytest.raises(InvalidInput, match="there is a consumer c again"):
        await changes_of(broker).undo(broker)
    (one,) = await list_consumers(broker, "S")
    assert one.max_unacknowledged == 3


async def test_one_that_is_used_is_said_to_be(broker: NatsBroker, profile: Profile) -> None:
    await make(broker, "S", "s")
    async with theirs(profile) as js:
        await js.subscribe("s", stream="S", durable="push", cb=lambda message: message.ack())

        async def bound() -> bool:
            return (await list_consumers(broker, "S"))[0].bound

        await eventually(bound)
        said = await plan(broker, wish("S", "push"))
    assert "Somebody is using it right now." in said.sentences


# -- an id in every stream -------------------------------------------------------------------


async def last(broker: NatsBroker, correlation_id: str) -> Everywhere:
    streams = (await list_streams(broker)).streams
    return [one async for one in find_everywhere(broker, streams, correlation_id)][-1]


async def test_an_id_is_found_wherever_it_is_stored(broker: NatsBroker) -> None:
    await make(broker, "ANSWERS", "answers.*", allow_direct=True)
    await make(broker, "EMPTY", "empty")
    await make(broker, "JOBS", "jobs.*")
    await fill(broker, "JOBS", ["jobs.x"], 50)
    await broker.publish("job", "jobs.a", stream="JOBS", correlation_id="wanted")
    await broker.publish("answer", "answers.me", stream="ANSWERS", correlation_id="wanted")
    found = await last(broker, " wanted ")
    where = [(one.stream, one.stored.sequence) for one in found.hits]
    assert where == [("JOBS", 51), ("ANSWERS", 1)]
    assert (found.searched, found.total, found.done, found.closed) == (52, 52, True, ())
    assert (await last(broker, "none")).hits == ()
    with pytest.raises(InvalidInput):
        await last(broker, " ")


async def test_the_newest_of_each_is_searched_before_what_is_old_in_any(
    broker: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.streams.read_back.BATCH_SIZE", 10)
    monkeypatch.setattr("engine.streams.find._STEP", 0)
    await make(broker, "LONG", "long", allow_direct=True)
    await make(broker, "SHORT", "short", allow_direct=True)
    await broker.publish("x", "short", stream="SHORT", correlation_id="c77")
    await fill(broker, "LONG", ["long"], 100)
    streams = (await list_streams(broker)).streams
    async for one in find_everywhere(broker, streams, "c77"):
        if one.hits:
            break
    assert [hit.stream for hit in one.hits] == ["SHORT"]
    assert one.searched < 50


async def test_a_stream_that_went_meanwhile_is_told_and_the_others_are_searched(
    broker: NatsBroker,
) -> None:
    for name in ("GONE", "HERE"):
        await make(broker, name, name.lower())
        await broker.publish("x", name.lower(), stream=name, correlation_id="id")
    streams = (await list_streams(broker)).streams
    await broker.jetstream.api("STREAM.DELETE.GONE")
    found = [one async for one in find_everywhere(broker, streams, "id")][-1]
    assert [one.stream for one in found.hits] == ["HERE"]
    assert (found.closed, found.done) == (("GONE",), True)


async def test_enough_is_enough(broker: NatsBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.streams.read_back.BATCH_SIZE", 10)
    await make(broker, "S", "s", allow_direct=True)
    for _ in range(MAX_FOUND + 5):
        broker.post("x", "s", correlation_id="same")
    await eventually(lambda: holds(broker, "S", MAX_FOUND + 5))
    found = await last(broker, "same")
    assert (len(found.hits), found.full, found.done) == (MAX_FOUND, True, True)
    assert (found.searched, found.streams) == (MAX_FOUND, 0)


@pytest.mark.parametrize(
    "settings", [{"retention": "workqueue"}, {"max_consumers": 1}, {"retention": "interest"}]
)
async def test_a_response_is_found_where_there_is_no_room_for_a_consumer(
    broker: NatsBroker, settings: dict[str, object]
) -> None:
    await make(broker, "S", "s.*", **settings)
    await consumer(broker, "S", "w", durable_name="w")
    before = await list_consumers(broker, "S")
    for n in range(20):
        await broker.publish(n, "s.x", stream="S", correlation_id=f"c-{n}")
    found = await broker.find_response("c-7", "S", timeout=30)
    assert (found.value(), found.subject, found.correlation_id) == (7, "s.x", "c-7")
    looking = asyncio.create_task(broker.find_response("late", "S", "s.*", timeout=10))
    await asyncio.sleep(0)
    await broker.publish({"é": 1}, "s.y", stream="S", correlation_id="late")
    assert (await looking).value() == {"é": 1}
    with pytest.raises(RequestTimeout):
        await broker.find_response("none", "S", timeout=0.3)
    assert [one.name for one in await list_consumers(broker, "S")] == ["w"]
    assert (await list_consumers(broker, "S"))[0].delivered == before[0].delivered
    assert (await look(broker, "S")).messages == 21


# -- a rare subject --------------------------------------------------------------------------


async def test_subjects_that_come_unevenly_are_paged_whole(broker: NatsBroker) -> None:
    """However they are spread: no page leaves one out, or has one twice."""
    await make(broker, "S", "s.*", allow_direct=True)
    spread = ["s.rare"] * 150 + ["s.noise"] * 2000 + ["s.rare"] * 3
    for number, subject in enumerate(spread, 1):
        broker.post(number, subject)
    await eventually(lambda: holds(broker, "S", len(spread)))
    state = await look(broker, "S")
    seen: list[int] = []
    end = state.next
    while end > state.first:
        page = await page_before(broker, state, end, "s.rare")
        assert page.begin < end
        seen = [one.sequence for one in page.messages] + seen
        end = page.begin
    assert seen == [*range(1, 151), *range(2151, 2154)]
    assert (await page_before(broker, state, state.next, "s.none")).begin == state.first


# -- composing from what is stored -----------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "inbox", "kind", "to"),
    [
        ("answers.me", "_INBOX", Kind.STREAM_PUBLISH, "answers.me"),
        ("_INBOX.gone.1", "_INBOX", Kind.STREAM_REQUEST, ""),
        ("mine.gone.1", "mine", Kind.STREAM_REQUEST, ""),
        ("no subject", "_INBOX", Kind.REQUEST, ""),
        ("a.*", "_INBOX", Kind.REQUEST, ""),
        ("", "_INBOX", Kind.REQUEST, ""),
    ],
)
async def test_who_was_to_be_answered_decides_how_it_is_sent_again(
    broker: NatsBroker, header: str, inbox: str, kind: Kind, to: str
) -> None:
    await make(broker, "S", "s", allow_direct=True)
    await broker.publish("x", "s", headers={"reply_to": header} if header else {}, stream="S")
    state = await look(broker, "S")
    (stored,) = (await page_after(broker, state, 1)).messages
    draft = stored_draft(stored, state, inbox)
    assert (draft.kind, draft.reply_to) == (kind, to)
    assert draft.stream == ("S" if kind.streamed else "")
    draft.check()


# -- several servers -------------------------------------------------------------------------


@asynccontextmanager
async def stored_cluster(folder: Path) -> AsyncIterator[list[EmbeddedServer]]:
    """Three servers with JetStream, once they have a leader."""
    ports = free_ports(3)
    routes = ", ".join(f'"nats-route://127.0.0.1:{port}"' for port in ports)
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(
                EmbeddedServer(
                    jetstream=False,
                    config=f'server_name: n{n}\njetstream {{ store_dir: "{folder}/n{n}" }}\n'
                    f'cluster {{ name: c, listen: "127.0.0.1:{port}", routes: [{routes}] }}\n',
                )
            )
            for n, port in enumerate(ports, 1)
        ]
        yield servers


async def test_copies_in_a_cluster_are_told_and_read(tmp_path: Path) -> None:
    async with (
        stored_cluster(tmp_path) as servers,
        NatsBroker(login(servers[0])) as broker,
    ):

        async def made() -> bool:
            try:
                await make(broker, "R3", "r3", num_replicas=3, allow_direct=True)
            except NatstapError:
                return False  # there is no leader yet
            return True

        await eventually(made)
        await fill_acknowledged(broker, "R3", ["r3"], 20)

        async def current() -> bool:
            followers = (await look(broker, "R3")).followers
            return len(followers) == 2 and all(one.current for one in followers)

        await eventually(current)
        (state,) = (await list_streams(broker)).streams
        assert state.leader in ("n1", "n2", "n3")
        assert {state.leader, *(one.name for one in state.followers)} == {"n1", "n2", "n3"}
        page = await page_before(broker, state, state.next)
        assert [one.sequence for one in page.messages] == list(range(1, 21))
        last_of: list[StreamSearch] = [one async for one in find(broker, state, "c7")]
        assert [one.sequence for one in last_of[-1].found] == [7]


async def test_a_domain_behind_a_leaf_node_is_browsed_from_there() -> None:
    async with leaf() as (hub, edge):
        async with NatsBroker(login(hub)) as broker:
            await make(broker, "HUB", "h.*", allow_direct=True)
            await fill(broker, "HUB", ["h.a"], 12)
        async with NatsBroker(login(edge, jetstream_domain="hub")) as broker:

            async def heard() -> bool:
                try:
                    return bool((await list_streams(broker)).streams)
                except JetStreamOff:
                    return False  # the leaf node is not connected yet

            await eventually(heard)
            (state,) = (await list_streams(broker)).streams
            page = await page_before(broker, state, state.next)
            assert [one.sequence for one in page.messages] == list(range(1, 13))
            assert [hit.stream for hit in (await last(broker, "c3")).hits] == ["HUB"]
            await consumer(broker, "HUB", "c", durable_name="c")
            await changes_of(broker).remove(broker, await plan(broker, wish("HUB", "c")))
            assert await list_consumers(broker, "HUB") == ()
