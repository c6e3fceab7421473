"""No responders while somebody listens: since when, and whether the way to it is open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.asking import asking, failed, lines, newest, why
from helpers.systems import leaf, listener, reachable, responder
from helpers.waiting import eventually

from engine import Profile
from engine.audience.audience import audience
from engine.diagnosis.cause import Cause
from engine.diagnosis.gather import investigate
from engine.diagnosis.judge import judge
from engine.errors import NoResponders
from engine.watching.subject_watch import SubjectWatch


@pytest.mark.parametrize("asked_from", ["edge", "hub"])
async def test_a_leaf_node_that_passes_a_subject_on_to_nobody_is_named(asked_from: str) -> None:
    """Again at each ask: who listens there has listened all along."""
    remote = 'deny_exports: ["secret.>"]' if asked_from == "edge" else 'deny_imports: ["secret.>"]'
    async with leaf(remote=remote) as (hub, edge):
        here, there = (edge, hub) if asked_from == "edge" else (hub, edge)
        service = responder(there.profile(), "secret.erp", name="erp")
        known = responder(there.profile(), "open", name="opener")
        async with service, known, asking(here.profile()) as broker:
            await reachable(broker, "open")
            for _ in range(3):
                found = await failed(broker, "secret.erp", NoResponders)
                assert found.cause is Cause.WAY_CLOSED
                assert "erp (cid" in found.sentence
                assert "erp (cid" in lines(found, "Listens")
            before = await audience(broker, "secret.erp")
            assert (await why(broker, "secret.erp", before=before)).cause is Cause.WAY_CLOSED


async def test_a_leaf_node_that_is_denied_by_the_remote_is_what_the_sentence_is_about() -> None:
    """With deny_imports at the edge, what the edge asks is refused at the connection itself."""
    async with leaf(remote='deny_imports: ["secret.>"]') as (hub, edge):
        async with (
            responder(hub.profile(), "secret.a", name="hub-svc"),
            asking(edge.profile()) as broker,
        ):

            async def refused() -> bool:
                found = await audience(broker, "secret.a")
                return bool(found.withheld and found.withheld[0].withheld)

            await eventually(refused)
            found = await failed(broker, "secret.a", NoResponders)
            assert found.cause in (Cause.WITHHELD, Cause.WAY_CLOSED)
            assert "hub-svc" in found.sentence
            assert "does not pass secret.a on" in found.sentence
            assert "deny_imports" in found.advice


async def test_an_open_way_is_not_called_closed() -> None:
    async with leaf(remote='deny_exports: ["secret.>"]') as (hub, edge):
        opener = responder(hub.profile(), "open", name="opener")
        async with opener, asking(edge.profile()) as broker:
            await reachable(broker, "open")
            await broker.request("?", "open", timeout=10)
            assert (await why(broker, "open")).cause is Cause.ANSWERED


async def test_a_client_that_connected_after_the_answer_came_later(profile: Profile) -> None:
    async with asking(profile) as broker:
        assert (await failed(broker, "svc", NoResponders)).cause is Cause.NOBODY
        async with responder(profile, "svc", name="late"):
            assert (await why(broker, "svc")).cause is Cause.CAME_LATER


async def test_a_client_that_was_connected_before_is_not_called_new(profile: Profile) -> None:
    """It may have subscribed later, or have been out of reach: natstap did not look."""
    async with asking(profile) as broker, asking(profile) as other:
        await other.publish("here already", "hello")
        before = await audience(broker, "svc")
        await failed(broker, "svc", NoResponders)

        @other.subscriber("svc")
        async def answer(body: str) -> str:
            return body

        await other.start()
        assert (await why(broker, "svc")).cause is Cause.LISTENS_NOW
        assert (await why(broker, "svc", before=before)).cause is Cause.LISTENS_NOW


async def test_where_no_server_says_how_old_a_client_is_the_look_before_decides(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        before = await audience(broker, "svc")
        await failed(broker, "svc", NoResponders)
        async with responder(profile, "svc", name="late"):
            assert broker.journal is not None
            case = await investigate(broker, broker.journal, 1, before=before)
        assert case.audience is not None
        old = tuple(replace(one, age=None) for one in case.audience.listeners)
        untold = replace(case, audience=replace(case.audience, listeners=old))
        assert judge(untold).cause is Cause.CAME_LATER
        assert judge(replace(untold, before=None)).cause is Cause.LISTENS_NOW
        seen = replace(before, listeners=old)
        assert judge(replace(untold, before=seen)).cause is Cause.LISTENS_NOW


async def test_who_connected_after_the_request_is_not_blamed_for_it(profile: Profile) -> None:
    """It has been sent messages by now, and this one cannot have been among them."""
    async with asking(profile) as broker, asking(profile) as other:
        async with listener(profile, "svc", name="mute"):
            assert (await failed(broker, "svc")).cause is Cause.SILENT
        async with responder(profile, "svc", name="restarted"):
            await other.request("?", "svc", timeout=10)
            found = await why(broker, "svc")
            assert found.cause is Cause.GONE
            assert "restarted (cid" in found.sentence


async def test_no_reply_is_promised_from_behind_a_closed_way() -> None:
    async with leaf(remote='deny_exports: ["secret.>"]') as (hub, edge):
        opener = responder(hub.profile(), "open", name="opener")
        async with opener, responder(hub.profile(), "secret.erp"), asking(edge.profile()) as broker:
            await reachable(broker, "open")
            found = await audience(broker, "secret.erp")
            assert (found.answering, found.replies) == ((), 0)
            assert found.withheld


# -- a publish with a reply subject made by hand ---------------------------------------------


async def test_nobody_is_there_to_answer_a_publish_whose_reply_natstap_watches(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        assert broker.journal is not None
        async with SubjectWatch(profile, broker.journal, ["my.replies"]):
            await broker.publish(b"?", "svc.none", reply_to="my.replies")
            found = await why(broker, "svc.none")
            assert found.cause is Cause.NOBODY
            assert "natstap watch" in lines(found, "Hears")
            async with listener(profile, "svc.none", name="mute"):
                assert (await why(broker, "svc.none")).cause is Cause.OPEN


async def test_nobody_hears_the_answer_to_a_publish(profile: Profile) -> None:
    async with asking(profile) as broker, responder(profile, "svc", name="svc"):
        await broker.publish(b"?", "svc", reply_to="nobody.here")
        assert (await why(broker, "svc")).cause is Cause.NOBODY_WAITS


# -- the nearest -----------------------------------------------------------------------------


async def test_what_natstap_watches_is_not_the_nearest_subject(profile: Profile) -> None:
    async with asking(profile) as broker, responder(profile, "pricing.eu.quote"):
        assert broker.journal is not None
        async with SubjectWatch(profile, broker.journal, ["pricing.desk.*", "prcing.>"]):
            found = await failed(broker, "pricing.desk", NoResponders)
            who = await audience(broker, "pricing.desk")
            assert found.cause is Cause.NOBODY
            assert not any("desk" in one for one in who.nearest)


async def test_of_an_old_exchange_it_is_told_who_listened_then_and_who_listens_now(
    profile: Profile,
) -> None:
    async with asking(profile) as broker:
        assert broker.journal is not None
        async with responder(profile, "svc", name="formerly"):
            await reachable(broker, "svc")
            before = await audience(broker, "svc")
            await broker.request("?", "svc", timeout=10)
        number = newest(broker, "svc")
        async with responder(profile, "svc", name="newcomer"):
            await reachable(broker, "svc")
            case = await investigate(broker, broker.journal, number, before=before)
            started = case.exchange.started
            old = replace(case, looked_at=started + 720)
            told = judge(old).evidence
            then = [words for title, words in told if title == "Listened then"]
            assert "formerly" in then[0]
            assert "before the request" in then[0]
            assert ("Now", "asked 12 min after the request") in told
            assert "newcomer" in next(words for title, words in told if title == "Listens now")
            assert not any(title == "Listens" for title, _ in told)
            unknown = replace(old, before=None)
            then = [w for t, w in judge(unknown).evidence if t == "Listened then"]
            assert then == ["not known: natstap had not asked who listens"]
            recent = judge(case).evidence
            assert "newcomer" in next(words for title, words in recent if title == "Listens")
