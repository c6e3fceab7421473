"""Statistics count what was seen, once, however it was read and whatever became of it."""

from __future__ import annotations

import math

import pytest
from helpers.lens import FOREVER, put
from hypothesis import given
from hypothesis import strategies as st

from engine.filter.state_terms import ALONE
from engine.journal import Event, ExchangeKind, Journal, State
from engine.journal import journal as module
from engine.statistics.histogram import Histogram, bucket_of
from engine.statistics.statistics import Statistics

NOW = 1_000_000.0


class Clock:
    """The journal's clock, in the test's hands."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "_now", made)
    return made


def read(journal: Journal, **settings: int) -> Statistics:
    statistics = Statistics(journal, **settings)
    statistics.catch_up(FOREVER)
    return statistics


# -- the histogram ---------------------------------------------------------------------------


def histogram(values: list[float]) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value, bucket_of(value))
    return made


latencies = st.one_of(st.floats(1e-6, 30_000.0), st.floats(1e-4, 0.1), st.just(0.0))


@given(st.lists(latencies, min_size=1, max_size=300))
def test_percentiles_are_right_to_five_percent(values: list[float]) -> None:
    found = histogram(values).snapshot()
    ranked = sorted(values)
    for share, told in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        true = ranked[math.ceil(share * len(ranked)) - 1]
        assert told == pytest.approx(true, rel=0.05, abs=1.1e-6)
    assert (found.count, found.min, found.max) == (len(values), ranked[0], ranked[-1])
    assert sum(count for _, count in found.bars) == len(values)
    assert found.bars[0][1]
    assert found.bars[-1][1]


@given(st.lists(latencies, max_size=50), st.lists(latencies, max_size=50))
def test_merged_is_as_if_counted_together(one: list[float], other: list[float]) -> None:
    merged = histogram(one)
    merged.merge(histogram(other))
    assert merged.snapshot() == histogram(one + other).snapshot()


def test_nothing_counted_is_zero() -> None:
    assert Histogram().snapshot().count == 0
    assert Histogram().percentiles(0.5, 0.99) == [0.0, 0.0]
    assert bucket_of(1e12) == bucket_of(1e9) < len(Histogram().counts)


# -- one subject -----------------------------------------------------------------------------


def test_a_subject_in_figures(journal: Journal, clock: Clock) -> None:
    for wait in (0.010, 0.020, 0.300):
        put(journal, b"svc", b"_INBOX.a.1", b"12345")
        clock.now += wait
        put(journal, b"_INBOX.a.1", b"", b"123")
    put(journal, b"svc", b"_INBOX.a.2")
    put(journal, b"_INBOX.a.2", b"", b"", b"NATS/1.0 503\r\n\r\n")
    put(journal, b"svc", b"_INBOX.a.3")
    statistics = read(journal)
    svc = statistics.subject("svc")
    assert svc is not None
    assert (svc.count, svc.replies, svc.failed) == (5, 4, 1)
    assert svc.bytes == sum(len(journal.segment(1).frame(at)) for at in range(len(journal)))
    assert svc.failures == ((State.NO_RESPONDERS, 1),)
    assert dict(svc.states) == {
        State.ANSWERED: 3,
        State.NO_RESPONDERS: 1,
        State.WAITING: 1,
    }
    assert svc.latency.count == 3
    assert svc.latency.p50 == pytest.approx(0.02, rel=0.05)
    assert svc.latency.max == pytest.approx(0.3, rel=1e-6)
    total = statistics.total()
    assert (total.count, total.replies, total.bytes) == (svc.count, svc.replies, svc.bytes)
    assert total.states == svc.states
    assert total.latency == svc.latency


def test_rates_and_the_series(journal: Journal, clock: Clock) -> None:
    for second in range(70):
        for _ in range(second % 3):
            put(journal, b"event")
        clock.now = NOW + second + 1
    statistics = read(journal)
    event = statistics.subject("event", now=clock.now)
    assert event is not None
    assert event.series == tuple(second % 3 for second in range(10, 70))
    assert event.rates == (0.0, sum(n % 3 for n in range(60, 70)) / 10, 1.0)
    later = statistics.subject("event", now=clock.now + 30)
    assert later is not None
    assert later.series == (*event.series[30:], *[0] * 30)
    much_later = statistics.total(now=clock.now + 1000)
    assert not any(much_later.series)


def test_a_state_that_changes_is_counted_once(journal: Journal, clock: Clock) -> None:
    statistics = Statistics(journal)
    asked = put(journal, b"svc", b"_INBOX.a.1")
    journal.own.expect(asked, timeout=1.0)

    def states() -> dict[State, int]:
        statistics.catch_up(FOREVER)
        return dict(statistics.total().states)

    assert states() == {State.WAITING: 1}
    clock.now += 1.0
    journal.own.settle(asked, Event.DEADLINE)
    assert states() == {State.TIMED_OUT: 1}
    clock.now += 1.5
    put(journal, b"_INBOX.a.1")
    assert states() == {State.LATE: 1}
    put(journal, b"_INBOX.a.1", body=b"again")
    assert states() == {State.LATE: 1}
    total = statistics.total()
    assert (total.latency.count, total.latency.max, total.replies) == (1, 2.5, 2)


def test_copies_notes_and_acknowledgements(journal: Journal) -> None:
    put(journal, b"svc", b"_INBOX.a.1", source=1)
    put(journal, b"svc", b"_INBOX.a.1", source=2)
    put(journal, b"orders", b"$JS.ACK.S.c.1.1.1.1.0")
    put(journal, b"$JS.ACK.S.c.1.1.1.1.0", b"", b"+ACK")
    journal.note("connection lost")
    statistics = read(journal)
    assert [(one.subject, one.count, one.replies) for one in statistics.subjects()] == [
        ("orders", 1, 0),
        ("svc", 1, 0),
    ]
    assert statistics.total().states == ((State.WAITING, 1),)


def test_subjects_made_up_for_one_answer_are_one(journal: Journal) -> None:
    for one in range(500):
        put(journal, b"_INBOX.x%d.y" % one)
        put(journal, b"$JS.API.STREAM.INFO.S%d" % one, b"_INBOX.me.%d" % one)
    put(journal, b"$SRV.PING", b"_INBOX.me.ping")
    names = [one.subject for one in read(journal).subjects(order="subject")]
    assert names == ["$JS.API.>", "$SRV.PING", "_INBOX.>"]
    found = read(journal).subject("_INBOX.x7.y")
    assert found is not None
    assert found.count == 500


def test_a_flood_of_subjects_is_folded(journal: Journal, clock: Clock) -> None:
    statistics = Statistics(journal, subjects=10)
    for one in range(500):
        put(journal, b"busy", b"_INBOX.b.%d" % one)
        put(journal, b"rare.%d" % one, b"_INBOX.r.%d" % one)
        clock.now += 0.01
        put(journal, b"_INBOX.r.%d" % one)
        statistics.catch_up(FOREVER)
    shown = statistics.subjects()
    assert len(shown) <= 20
    assert (shown[0].subject, shown[0].count) == ("busy", 500)
    others = statistics.others()
    assert others.subject == "all others"
    assert others.count + sum(one.count for one in shown) == statistics.total().count == 1000
    assert others.replies + sum(one.replies for one in shown) == 500
    assert others.latency.count + sum(one.latency.count for one in shown) == 500
    assert others.latency.p50 == pytest.approx(0.01, rel=0.05)
    assert sum(others.series) + sum(sum(one.series) for one in shown) == sum(
        statistics.total().series
    )


def test_the_order_is_as_asked(journal: Journal, clock: Clock) -> None:
    for subject, count, wait, size in ((b"a", 3, 0.1, 10), (b"b", 2, 0.9, 10), (b"c", 1, 0.5, 999)):
        for one in range(count):
            put(journal, subject, b"_INBOX.%b.%d" % (subject, one), b"x" * size)
            clock.now += wait
            put(journal, b"_INBOX.%b.%d" % (subject, one))
    put(journal, b"d", b"_INBOX.d")
    put(journal, b"_INBOX.d", b"", b"", b"NATS/1.0 503\r\n\r\n")
    statistics = read(journal)
    first = {order: statistics.subjects(1, order)[0].subject for order in ("count", "latency")}
    assert first == {"count": "a", "latency": "b"}
    assert statistics.subjects(1, "bytes")[0].subject == "c"
    assert statistics.subjects(1, "failed")[0].subject == "d"
    assert statistics.subjects(1, "rate", now=clock.now + 1)[0].subject == "a"
    assert [one.subject for one in statistics.subjects(2, "subject")] == ["a", "b"]


# -- however it is read ----------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(["ask", "reply", "publish", "settle"]), st.integers(0, 5)),
    max_size=60,
)


def play(journal: Journal, what: str, which: int) -> None:
    inbox = b"_INBOX.x.%d" % which
    if what == "ask":
        journal.own.expect(put(journal, b"svc.%d" % (which % 2), inbox), wanted=which % 3)
    elif what == "reply":
        put(journal, inbox, body=b"%d" % which)
    elif what == "publish":
        put(journal, b"event")
    else:
        own = [number for number, _ in journal.heads() if journal.exchange(number).own]
        for number in own[-1 - which :][:1]:
            journal.own.settle(number, (Event.DEADLINE, Event.CANCEL)[which % 2])


@given(steps, st.sets(st.integers(0, 60)))
def test_reading_often_is_reading_once(taken: list, looks: set[int]) -> None:
    journal = Journal()
    often = Statistics(journal)
    for at, (what, which) in enumerate(taken):
        play(journal, what, which)
        if at in looks:
            often.catch_up(0.0)
    while often.catch_up(0.0):
        pass
    once = read(journal)
    assert often.behind == 0
    assert often.total(NOW).states == once.total(NOW).states
    assert [one.count for one in often.subjects()] == [one.count for one in once.subjects()]
    answered = sum(
        1
        for number, code in journal.heads()
        if code >> 4 == ExchangeKind.REQUEST and journal.exchange(number).answered is not None
    )
    states = dict(once.total().states)
    assert all(
        journal.answer_times.latency(n) == journal.exchange(n).latency for n, _ in journal.heads()
    )
    got = (State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR)
    assert once.total().latency.count == sum(states.get(state, 0) for state in got) <= answered


def test_what_was_dropped_stays_counted() -> None:
    journal = Journal(max_bytes=2 << 20)
    statistics = Statistics(journal)
    for one in range(100):
        put(journal, b"event", b"_INBOX.a.%d" % one, body=b"x" * 65536)
        statistics.catch_up(FOREVER)
    assert journal.first > 1
    assert (statistics.total().count, statistics.missed) == (100, 0)
    unread = Statistics(journal)
    for _ in range(100):
        put(journal, b"event", body=b"x" * 65536)
    unread.catch_up(FOREVER)
    assert unread.missed > 0
    assert unread.total().count == len(journal)


def test_too_many_changes_to_know_are_counted_all_the_same() -> None:
    journal = Journal()
    statistics = Statistics(journal)
    for one in range(70_000):
        put(journal, b"svc", b"_INBOX.a.%d" % one)
    statistics.catch_up(FOREVER)
    for one in range(70_000):
        put(journal, b"_INBOX.a.%d" % one, b"", b"y" * 200)
    assert journal.changes.since(0) is None
    while statistics.catch_up(0.001):
        pass
    once = read(journal)
    assert statistics.total(NOW).states == once.total(NOW).states
    assert statistics.total().latency.count == once.total().latency.count > 60_000


def test_what_only_natstap_heard_is_counted_as_failed_once_that_is_known() -> None:
    journal, alone, settled = Journal(), set(), {"watch a": 0}
    statistics = Statistics(
        journal, look=lambda number: ALONE * (number in alone), settled=lambda: settled
    )
    for number in (1, 2, 3):
        put(journal, b"a", b"_INBOX.%d" % number)
    statistics.catch_up(FOREVER)
    assert dict(statistics.total().states) == {State.WAITING: 3}
    alone |= {1, 3}
    settled["watch a"] = 3
    statistics.catch_up(FOREVER)
    seen = statistics.subject("a")
    assert seen is not None
    assert (seen.failed, seen.failures) == (2, ((ALONE, 2),))
    assert statistics.names("failed") == ["a"]
    put(journal, b"_INBOX.3")
    statistics.catch_up(FOREVER)
    assert dict(statistics.total().states) == {
        State.WAITING: 1,
        State.ANSWERED: 1,
        ALONE: 1,
    }
