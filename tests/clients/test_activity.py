"""What the listeners of a subject did between two looks, as any plain user is told it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from typing import Any

import pytest
from broken import core
from broken.core import Broken
from broken.workers import LANGUAGES, worker
from helpers.systems import leaf
from helpers.waiting import eventually
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker, Profile
from engine.audience.audience import Audience, audience
from engine.clients.activity import Activity, Presence, compare
from engine.clients.listeners import Counters, Listener
from engine.errors import NatstapError
from engine.link.link import Link
from engine.rpc.shared_answers import SHARED_FOR, Recent

Breaking = Callable[[str], AbstractAsyncContextManager[Broken]]
each_language = pytest.mark.parametrize("language", LANGUAGES)


async def looks(
    broken: Broken, until: Callable[[Activity], object] | None = None
) -> list[Activity]:
    """What each did around one request; looked at again until `until` is true of the first."""
    async with NatsBroker(broken.profile) as broker:
        before = await audience(broker, broken.subject)
        with suppress(NatstapError):
            await broker.request(broken.body, broken.subject, timeout=0.3)
        found: list[Activity] = []

        async def seen() -> bool:
            after = await audience(broker, broken.subject)
            found[:] = compare(before.listeners, after.listeners)
            return until is None or bool(until(found[0]))

        await eventually(seen)
        return found


@each_language
@pytest.mark.parametrize("breaking", [core.answer_refused, core.answered_elsewhere])
async def test_an_answer_that_did_not_come_was_published_all_the_same(
    breaking: Breaking, language: str
) -> None:
    async with breaking(language) as broken:
        (pay,) = await looks(broken, lambda pay: pay.published)
        assert (pay.listener.client, pay.presence) == ("pay-2", Presence.STAYED)
        assert (pay.received, pay.published, pay.asks_others) == (1, 1, False)


@each_language
@pytest.mark.parametrize(
    "breaking", [core.handler_throws, core.loop_blocked, core.header_missing, core.answer_too_large]
)
async def test_who_says_nothing_has_published_nothing(breaking: Breaking, language: str) -> None:
    async with breaking(language) as broken:
        (pay,) = await looks(broken)
        assert (pay.received, pay.published) == (1, 0)


@each_language
async def test_who_asks_another_service_has_an_inbox_for_it(language: str) -> None:
    async with core.downstream_dead(language) as broken:
        (pay,) = await looks(broken, lambda pay: pay.published)
        assert (pay.received, pay.published, pay.asks_others) == (1, 1, True)


async def test_what_a_client_does_not_read_is_counted_in_bytes() -> None:
    async with core.slow_consumer(waiting=2_000_000) as broken:
        (stuck,) = await looks(broken)
        assert stuck.listener.client == "stuck-reader"
        assert stuck.listener.counters.pending > 2_000_000


async def test_of_a_queue_group_the_one_that_got_it_is_known() -> None:
    async with core.one_hangs_of_three() as broken:
        got = [one for one in await looks(broken) if one.received]
        assert len(got) == 1
        silent = got[0].listener.client == "worker-1"
        assert got[0].published == (0 if silent else 1)


async def test_who_was_cut_off_and_came_back_is_one_client() -> None:
    async with core.answer_cuts_connection() as broken:
        (pay,) = await looks(broken, lambda pay: pay.presence is Presence.RETURNED)
        assert pay.earlier is not None
        assert pay.earlier.cid != pay.listener.cid


async def test_who_went_and_who_came_are_told(profile: Profile) -> None:
    async with NatsBroker(profile) as broker:
        async with worker(profile, "x", "answer", name="old"):
            before = await audience(broker, "x")

        async def gone() -> bool:
            return not (await audience(broker, "x")).listeners

        await eventually(gone)
        async with worker(profile, "x", "answer", name="new"):
            after = await audience(broker, "x")
    found = [
        (one.listener.client, one.presence) for one in compare(before.listeners, after.listeners)
    ]
    assert found == [("new", Presence.CAME), ("old", Presence.LEFT)]


async def test_a_listener_behind_a_leaf_node_is_compared_too() -> None:
    async with leaf() as (hub, edge), worker(edge.profile(), "x", "silent", name="edge-1"):
        broken = Broken(hub.profile(), "x")
        async with NatsBroker(broken.profile) as broker:

            async def known() -> bool:
                return any(
                    one.client == "edge-1" for one in (await audience(broker, "x")).listeners
                )

            await eventually(known)
        found = await looks(broken, lambda first: first.received)
        assert [(one.listener.client, one.received, one.published) for one in found] == [
            ("edge-1", 1, 0)
        ]


# -- compared without a server -----------------------------------------------------------------


def listener(client: str, cid: int, messages: int = 0, **more: Any) -> Listener:
    return Listener(client, cid, "n1", "x", messages=messages, **more)


def test_a_server_that_was_restarted_gives_the_same_number_to_another_connection() -> None:
    before = listener("a", 1, 7, counters=Counters("monday", published=9))
    after = listener("a", 1, 1, counters=Counters("tuesday", published=2))
    (found,) = compare([before], [after])
    assert (found.presence, found.received, found.published) == (Presence.RETURNED, 1, 2)


def test_each_earlier_connection_is_taken_by_one() -> None:
    after = [listener("a", cid) for cid in (3, 4)]
    found = compare([listener("a", 1)], after)
    assert [one.presence for one in found] == [Presence.RETURNED, Presence.CAME]


def test_who_was_connected_all_along_is_no_client_that_came_back() -> None:
    after = listener("a", 2, age=9.0)
    (came, left) = compare([listener("a", 1)], [after], elapsed=3.0)
    assert (came.presence, left.presence) == (Presence.CAME, Presence.LEFT)
    (back,) = compare([listener("a", 1)], [after], elapsed=10.0)
    assert back.presence is Presence.RETURNED


def test_clients_without_a_name_are_not_taken_for_one_another() -> None:
    (came, left) = compare([listener("", 1)], [listener("", 2)])
    assert (came.presence, left.presence) == (Presence.CAME, Presence.LEFT)


def test_what_nobody_counts_is_left_out() -> None:
    assert compare([], [replace(listener("a", 1), counted=False)]) == ()


def test_of_two_subscriptions_of_one_client_that_both_match_one_message_is_one() -> None:
    before = [listener("a", 1, 5, sid="1"), listener("a", 1, 50, sid="2")]
    after = [listener("a", 1, 6, sid="1"), listener("a", 1, 51, sid="2")]
    (found,) = compare(before, after)
    assert found.received == 1


many = st.lists(
    st.builds(
        Listener,
        client=st.sampled_from(["", "a", "b"]),
        cid=st.integers(0, 3),
        server=st.sampled_from(["n1", "n2"]),
        pattern=st.just("x"),
        messages=st.integers(),
        leaf=st.booleans(),
        sid=st.sampled_from(["1", "2"]),
        counters=st.builds(
            Counters,
            started=st.sampled_from(["", "then"]),
            published=st.integers(),
            inbox=st.none() | st.integers(),
        ),
    ),
    max_size=6,
)


@given(many, many)
def test_whatever_servers_count_nobody_is_forgotten_and_no_count_is_negative(
    before: list[Listener], after: list[Listener]
) -> None:
    found = compare(before, after)
    now = {one.connection for one in after}
    assert {one.listener.connection for one in found} >= now
    assert all((one.received or 0) >= 0 and (one.published or 0) >= 0 for one in found)


# -- what is asked for it ----------------------------------------------------------------------


async def test_two_who_look_at_one_failure_ask_the_servers_once(
    broker: NatsBroker, profile: Profile
) -> None:
    async with worker(profile, "x", "silent"):
        began = time.time()
        asked: list[bytes] = []
        _count_questions(broker.link, asked)
        first, second = await asyncio.gather(
            audience(broker, "x", since=began), audience(broker, "x", since=began)
        )
        assert first is second
        assert len([one for one in asked if b"CONNZ" in one]) <= 2  # and MQTT clients, once
        again: Audience = await audience(broker, "x")
        assert again is not first, "who listens may have changed"


def _count_questions(link: Link, asked: list[bytes]) -> None:
    publish = link.publish

    def counting(subject: bytes, *more: Any, **named: Any) -> bytes:
        asked.append(subject)
        return publish(subject, *more, **named)

    link.publish = counting  # type: ignore[method-assign]


async def test_an_answer_from_before_is_not_given_to_who_wants_a_newer_one(
    broker: NatsBroker,
) -> None:
    recent: Recent[int] = Recent()
    count = iter(range(9))

    async def ask() -> int:
        return next(count)

    assert await recent.get(broker.link, "x", ask) == 0
    later = time.time() + 0.001
    await asyncio.sleep(0.002)
    assert await recent.get(broker.link, "x", ask, since=later) == 1
    assert await recent.get(broker.link, "x", ask, since=later) == 1
    assert await recent.get(broker.link, "x", ask, since=time.time() - 2 * SHARED_FOR) == 1
    assert await recent.get(broker.link, "y", ask, since=later) == 2


async def test_who_stops_waiting_takes_the_answer_from_nobody_else(broker: NatsBroker) -> None:
    recent: Recent[str] = Recent()
    go = asyncio.Event()

    async def ask() -> str:
        await go.wait()
        return "answer"

    began = time.time()
    first = asyncio.create_task(recent.get(broker.link, "x", ask, since=began))
    await asyncio.sleep(0)
    second = asyncio.create_task(recent.get(broker.link, "x", ask, since=began))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await second == "answer"
