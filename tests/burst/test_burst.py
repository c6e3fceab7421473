"""Bursts against a real server: counts, pace, flight, endings, and the figures."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise

import pytest
from helpers.peers import Tap
from helpers.waiting import until
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker, Profile
from engine.burst.burst import Burst, BurstEnding
from engine.drafts.draft import Draft, InvalidDraft, Kind
from engine.errors import InvalidInput, LinkError
from engine.rpc.handling.response import Response
from engine.rpc.message import SERVICE_ERROR
from engine.statistics.histogram import FINE, Histogram


async def serve(connect, subject: str, answer, **settings: object) -> NatsBroker:
    other = await connect()
    other.subscriber(subject, **settings)(answer)
    await other.start()
    return other


async def test_all_are_sent_and_counted_from_one(connect, broker: NatsBroker) -> None:
    seen: list[str] = []

    async def answer(body):
        seen.append(body)
        return body

    await serve(connect, "a.*", answer)
    draft = Draft("a.{{Count}}", b"{{who}} {{Count}}", templates=True)
    burst = Burst(broker, draft, 50, variables={"who": "ann"})
    assert burst.report().ending is None
    report = await burst.run()
    assert seen == [f"ann {n}" for n in range(1, 51)]
    assert (report.sent, report.done, report.failed) == (50, 50, {})
    assert report.ending is BurstEnding.FINISHED
    assert 0 < report.least <= report.p50 <= report.p90 <= report.p99 <= report.p999 <= report.most
    assert sum(one.count for one in report.buckets) == 50
    assert report.throughput == pytest.approx(50 / report.elapsed)


async def test_no_more_are_in_flight_than_asked_for(connect, broker: NatsBroker) -> None:
    now = most = 0

    async def answer(body):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await until(lambda: most == 8)
        now -= 1
        return body

    await serve(connect, "a", answer, max_workers=32)
    report = await Burst(broker, Draft("a", timeout=30), 40, in_flight=8).run()
    assert (report.done, most) == (40, 8)


async def test_the_rate_is_kept(connect, broker: NatsBroker) -> None:
    async def answer(body):
        return body

    await serve(connect, "a", answer)
    report = await Burst(broker, Draft("a"), 21, rate=100, in_flight=4).run()
    assert report.done == 21
    assert report.elapsed >= 0.2
    assert report.behind < report.elapsed


async def test_failures_are_counted_by_kind(connect, broker: NatsBroker) -> None:
    over = asyncio.Event()

    async def answer(body):
        if body % 3 == 1:
            return Response(None, headers={SERVICE_ERROR: "no"})
        if body % 3 == 2:
            await over.wait()
        return body

    await serve(connect, "a", answer, max_workers=30)
    draft = Draft("a", b"{{Count}}", timeout=5, templates=True)
    report = await Burst(broker, draft, 9, in_flight=9).run()
    over.set()
    assert (report.done, report.failed) == (3, {"service error": 3, "timed out": 3})
    burst = Burst(broker, Draft("nobody"), 5)
    assert (await burst.run()).failed == {"no responders": 5}
    assert "nobody listens" in str(burst.last_error)


async def test_it_can_be_watched_and_cancelled(connect, broker: NatsBroker) -> None:
    async def answer(body):
        await asyncio.sleep(30 if body == 4 else 0)

    other = await serve(connect, "a", answer)
    other._graceful_timeout = 0.0
    burst = Burst(broker, Draft("a", b"{{Count}}", timeout=60, templates=True), 100)
    running = asyncio.ensure_future(burst.run())
    await until(lambda: burst.sent == 4)
    assert (burst.done, burst.report().ending) == (3, None)
    assert burst.elapsed > 0
    burst.cancel()
    report = await running
    assert report.ending is BurstEnding.CANCELLED
    assert (report.sent, report.done, report.failed) == (4, 3, {"cancelled": 1})
    assert not broker.inbox.waiting
    assert burst.elapsed == burst.elapsed


async def test_cancelled_before_it_began_it_sends_nothing(broker: NatsBroker) -> None:
    burst = Burst(broker, Draft("a"), 5)
    burst.cancel()
    assert (await burst.run()).sent == 0


async def test_whoever_runs_it_can_be_cancelled_too(broker: NatsBroker) -> None:
    broker.subscriber("a")(lambda body: asyncio.sleep(0.05))
    await broker.start()
    burst = Burst(broker, Draft("a"), 10_000, in_flight=5)
    running = asyncio.ensure_future(burst.run())
    await until(lambda: burst.done)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert burst.ending is BurstEnding.CANCELLED


async def test_the_deadline_ends_it(broker: NatsBroker) -> None:
    broker.subscriber("a")(lambda body: asyncio.sleep(0.01))
    await broker.start()
    report = await Burst(broker, Draft("a", timeout=30), 100_000, deadline=0.2).run()
    assert report.ending is BurstEnding.DEADLINE
    assert 0 < report.sent < 100_000
    assert report.sent == report.done + sum(report.failed.values())
    assert report.elapsed >= 0.2


async def test_what_is_published_has_arrived_when_it_ends(
    profile: Profile, broker: NatsBroker
) -> None:
    async with Tap(profile, "a") as tap:
        report = await Burst(broker, Draft("a", b"x", Kind.PUBLISH), 5000, in_flight=10).run()
        await tap.settle()
    assert (report.done, len(tap.on("a"))) == (5000, 5000)


async def test_streams_and_many_replies(connect, broker: NatsBroker) -> None:
    async def answer(body):
        return body

    await serve(connect, "s", answer, stream="S")
    other = await serve(connect, "m", answer)
    other.subscriber("m")(answer)
    await other.start()
    for kind in (Kind.STREAM_PUBLISH, Kind.STREAM_REQUEST):
        report = await Burst(broker, Draft("s", b"1", kind, timeout=30), 20, in_flight=3).run()
        assert (report.done, report.failed) == (20, {})
    many = Draft("m", b"1", Kind.MANY, replies=2, timeout=30)
    assert (await Burst(broker, many, 10).run()).done == 10
    nowhere = await Burst(broker, Draft("nowhere", kind=Kind.STREAM_PUBLISH), 3).run()
    assert (nowhere.done, nowhere.failed) == (0, {"not stored": 3})


async def test_a_connection_that_goes_ends_as_failures(connect, broker: NatsBroker) -> None:
    await serve(connect, "a", lambda body: asyncio.sleep(0.01))
    burst = Burst(broker, Draft("a", timeout=0.5), 300, in_flight=4)
    running = asyncio.ensure_future(burst.run())
    await until(lambda: burst.done > 3)
    await broker.stop()
    report = await running
    assert report.sent == 300
    assert report.failed["link lost"] > 200
    assert isinstance(burst.last_error, LinkError)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 1, "rate": 0}, "rate"),
        ({"count": 1, "in_flight": 0}, "in_flight"),
        ({"count": 1, "deadline": 0}, "deadline"),
    ],
)
async def test_what_makes_no_sense_is_refused(broker: NatsBroker, settings, field: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        Burst(broker, Draft("a"), **settings)
    assert caught.value.field == field
    with pytest.raises(InvalidInput):
        Burst(broker, Draft("a.*"), 1)


async def test_a_template_that_lacks_a_variable_fails_each_time(broker: NatsBroker) -> None:
    burst = Burst(broker, Draft("a", b"{{nope}}", templates=True), 3)
    assert (await burst.run()).failed == {"invalid": 3}
    assert "no variable 'nope'" in str(burst.last_error)


# -- the figures -----------------------------------------------------------------------------


@given(st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=200), st.floats(0.1, 100))
def test_percentiles_are_right_to_one_percent(values: list[float], percent: float) -> None:
    import math

    seen = Histogram(FINE, values)
    exact = sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
    assert exact * 0.999999 <= seen.percentile(percent) <= exact * 1.0101


@given(st.lists(st.floats(0, 1e5), max_size=200), st.integers(1, 40))
def test_buckets_hold_everything(values: list[float], wanted: int) -> None:
    buckets = Histogram(FINE, values).buckets(wanted)
    assert len(buckets) <= wanted
    assert sum(one.count for one in buckets) == len(values)
    assert all(one.begin < one.end for one in buckets)
    assert all(a.end == b.begin for a, b in pairwise(buckets))


def test_a_histogram_stays_small() -> None:
    chance = random.Random(1)
    seen = Histogram(FINE, (chance.lognormvariate(-6, 2) for _ in range(100_000)))
    assert len(seen.counts) < 2500
    empty = Histogram(FINE)
    assert (empty.percentile(50), empty.mean, empty.buckets()) == (0, 0, ())
    assert seen.percentile(100) == seen.most
