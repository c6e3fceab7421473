"""When a message came: bounds that hold, however late the loop looks, and figures that say so."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from unittest.mock import patch

import pytest
from helpers.frames import seen
from hypothesis import given
from hypothesis import strategies as st

from engine import Journal, Link, NatsBroker, Profile
from engine.arrival import Arrival, pack, unpack
from engine.diagnosis.judge import verdict
from engine.filter.lens import Lens
from engine.flow.flow import flow
from engine.journal import State
from engine.journal.view import View
from engine.latency_words import ALIKE_MOMENTS, agree, interval, spoken
from engine.link import arrival_bounds
from engine.link.arrival_bounds import PollClock, Turns
from engine.link.client import HealedClient
from engine.responders.recorded_reply import recorded_reply
from engine.statistics.histogram import Histogram
from engine.statistics.statistics import Statistics
from engine.watching.subject_watch import SubjectWatch
from tui.flow.sequence import diagram, listing
from tui.kit.rows import LATENCY, cells, clocks, duration

TAP = 1
SERVED = 0.05
"""Seconds that the slow service takes."""

# -- the words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0051, 0.0051, "5.1 ms"),
        (0.00505, 0.0051, "5.1 ms"),
        (0.0, 0.041, "≤ 41 ms"),
        (0.0, 0.0403, "≤ 41 ms"),
        (0.0003, 0.012, "0.3–12 ms"),
        (0.0098, 0.99, "≤ 990 ms"),
        (0.3, 1.24, "0.3–1.3 s"),
        (0.0, 0.00001, "≤ 0.1 ms"),
        (0.0, 0.0, "0.00 ms"),
        (60.0, 150.0, "1 min–2 min 30 s"),
    ],
)
def test_a_time_is_written_as_exactly_as_it_is_known(low: float, high: float, said: str) -> None:
    assert interval(low, high) == said
    assert spoken(low, high) == said.replace("≤ ", "at most ")


@pytest.mark.parametrize(
    ("at", "spread", "ends"),
    [
        (1700000000.5, 0.0004, r"20\.500"),
        (1700000000.5, 0.25, r"20\.250–20\.500"),
        (1700000000.1, 0.25, r"19\.850–20\.100"),
        (1699999981.0, 3.0, r"58\.000–\d\d:\d\d:01\.000"),
    ],
)
def test_a_time_of_day_says_from_when_to_when(at: float, spread: float, ends: str) -> None:
    assert re.fullmatch(rf"\d\d:\d\d:{ends}", clocks(at, spread))


@given(st.floats(0, 1e5), st.floats(0, 1e5), st.booleans())
def test_every_time_that_is_not_exact_fits_into_a_row(low: float, more: float, own: bool) -> None:
    said = interval(low, low + more, own=own, figure=duration, room=LATENCY)
    if low + more < 99:
        assert len(said) <= LATENCY
    assert agree(low, low + more, own) or said[0] == "≤" or "–" in said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0052, 0.0059, "5–6 ms"), (0.0003, 0.012, "≤ 12 ms"), (0.12, 0.25, "≤ 250 ms")],
)
def test_where_there_is_little_room_bounds_are_coarser(low: float, high: float, said: str) -> None:
    assert interval(low, high, room=LATENCY) == said


def test_own_times_are_exact_to_a_millisecond_or_a_tenth() -> None:
    assert interval(0.0004, 0.0012, own=True) == "1.2 ms"
    assert interval(0.091, 0.1, own=True) == "100 ms"
    assert interval(0.0, 0.05, own=True) == "≤ 50 ms"


def test_the_times_of_others_are_told_as_exactly_as_they_are_shown() -> None:
    assert interval(0.0049, 0.0053) == "5.3 ms"
    assert interval(0.091, 0.1) == "91–100 ms"
    assert interval(5.77, 5.85) == "5.85 s"
    assert interval(5.77, 5.85, alike=ALIKE_MOMENTS) == "5.7–5.9 s"


@given(st.floats(0, 1e9))
def test_a_packed_span_is_no_shorter_and_hardly_longer(seconds: float) -> None:
    packed = pack(seconds)
    assert 0 <= packed < 1 << 16
    assert seconds - 1e-9 <= unpack(packed) <= seconds * 1.001 + 2e-6 or seconds > 1e6


def test_a_span_beyond_all_is_the_longest() -> None:
    assert pack(1e30) == 0xFFFF
    assert unpack(0xFFFF) > 86400 * 30
    assert (pack(0.0), pack(-1.0), unpack(0)) == (0, 0, 0.0)


# -- the link: what it says of the bytes that it reads --------------------------------------


class Machine:
    """A scripted socket, poll, processor and clock, which know when each byte really came."""

    def __init__(self, arrivals: list[tuple[float, bytes]], delays: Iterator[float]) -> None:
        self.now = 0.0
        self._arrivals = arrivals
        self._delays = delays
        self._read = 0
        self._waited, self._turns = 0.0, 0

    def taken(self) -> tuple[float, int]:
        return self._waited, self._turns

    def _here(self) -> bytes:
        come = b"".join(data for at, data in self._arrivals if at <= self.now)
        return come[self._read :]

    def select(self, timeout: float | None) -> list[str]:
        self.now += 1e-6
        if self._here() or (timeout is not None and timeout <= 0):
            self._be_late(slept=False)
            return ["socket"] if self._here() else []
        until = self.now + (60.0 if timeout is None else timeout)
        self.now = min([at for at, _ in self._arrivals if at > self.now] + [until])
        found = ["socket"] if self._here() else []
        self._be_late(slept=True)
        return found

    def _be_late(self, slept: bool) -> None:
        """A woken process waits for a processor, and for its interpreter."""
        delay = next(self._delays, 0.0)
        self._turns += slept
        self._waited += delay
        self.now += delay
        if slept and (held := next(self._delays, 0.0)):
            self._turns += 1
            self.now += min(held, sys.getswitchinterval())

    def receive(self, most: int) -> bytes:
        data = self._here()[:most]
        self._read += len(data)
        return data


@contextmanager
def clocked(machine: Machine) -> Iterator[None]:
    def now() -> float:
        return machine.now

    with (
        patch.object(arrival_bounds, "monotonic", now),
        patch.object(arrival_bounds, "time", now),
    ):
        yield


def fail(error: object) -> None:
    raise AssertionError(error)


pauses = st.sampled_from([0.0, 0.0, 2e-5, 2e-4, 0.005, 0.04, 0.9])


@given(
    sizes=st.lists(st.integers(0, 90), min_size=1, max_size=12),
    cuts=st.lists(st.tuples(st.integers(1, 160), pauses), min_size=1, max_size=20),
    busy=st.lists(st.tuples(pauses, st.sampled_from([0.0, 0.003, None])), max_size=30),
    most=st.sampled_from([1, 7, 64, 1 << 18]),
    delays=st.lists(st.sampled_from([0.0, 0.0, 3e-5, 0.002, 0.03]), max_size=30),
)
def test_a_message_came_between_its_bounds(
    sizes: list[int],
    cuts: list[tuple[int, float]],
    busy: list[tuple[float, float | None]],
    most: int,
    delays: list[float],
) -> None:
    """However it is cut to pieces, and whatever else the loop and the machine do."""
    frames = [b"MSG s 1 %d\r\n%b\r\n" % (size, b"x" * size) for size in sizes]
    stream, at, place, arrivals = b"".join(frames), 0.0, 0, []
    for size, pause in [*cuts, (len(b"".join(frames)), 0.01)]:
        at += pause
        arrivals.append((at, stream[place : place + size]))
        place += size
    ends = list(accumulate(len(data) for _, data in arrivals))
    truth = [arrivals[bisect_left(ends, end)][0] for end in accumulate(map(len, frames))]
    machine = Machine(arrivals, iter(delays))
    heard: list[tuple[float, float]] = []
    with clocked(machine), patch.object(arrival_bounds, "READ_ALL", most):
        clock = PollClock(machine.select)
        clock._turns = machine  # type: ignore[assignment]
        client = HealedClient(fail, fail)
        client.reads.polls = clock
        arrival = client.reads.arrival
        client.wire.sinks[b"1"] = lambda *_: heard.append((arrival.at - arrival.spread, arrival.at))
        work = iter(busy)
        while len(heard) < len(frames):
            pause, timeout = next(work, (0.0, None))
            if clock.select(timeout):
                client.reads.received(machine.receive(most))
            machine.now += pause
    for came, (earliest, latest) in zip(truth, heard, strict=True):
        assert earliest - 1e-9 <= came <= latest + 1e-9
    assert (arrival.at, arrival.packed) == (0.0, 0)


def test_an_idle_loop_knows_when_it_was_woken() -> None:
    machine = Machine([(1.0, b"MSG s 1 0\r\n\r\n")], iter(()))
    with clocked(machine):
        clock = PollClock(machine.select)
        clock._turns = machine  # type: ignore[assignment]
        assert clock.select(None)
        assert clock.since == 1.0


async def test_the_loops_own_poll_is_timed() -> None:
    """asyncio's loops keep their selector under a private name: a new Python may not."""
    clock = PollClock.of_loop()
    assert clock is not None
    assert PollClock.of_loop() is clock
    before = clock.since
    await asyncio.sleep(0.01)
    assert clock.since > before


def test_where_the_system_counts_no_turns_none_are_told() -> None:
    with patch("os.open", side_effect=FileNotFoundError):
        assert Turns().taken() == (0.0, 0)


def test_what_is_no_count_is_not_read_again() -> None:
    """A program may close what it did not open."""
    for said in (b"", b"a b c\n", OSError("closed")):
        turns = Turns()
        with patch("os.pread", side_effect=[said]):
            assert turns.taken() == (0.0, 0)
        assert turns.taken() == (0.0, 0)


# -- others, watched by a loop that is held up ----------------------------------------------

OTHERS = """
import asyncio, json, sys, time, nats
url, user, password, count, served = sys.argv[1:]
async def main():
    login = {"user": user, "password": password}
    service, asker = await nats.connect(url, **login), await nats.connect(url, **login)
    async def serve(message):
        await asyncio.sleep(float(served))
        await message.respond(message.data)
    await service.subscribe("svc.slow", cb=serve)
    await service.flush()  # nats-py's PING overtakes the SUB
    await service.flush()
    took = []
    for number in range(int(count)):
        began = time.monotonic()
        await asker.request("svc.slow", b"%d" % number, timeout=30)
        took.append(time.monotonic() - began)
    print(json.dumps(took))
    await service.close()
    await asker.close()
asyncio.run(main())
"""


async def others(profile: Profile, count: int) -> list[float]:
    """Seconds that each request of somebody else took, as the asker says."""
    given = profile.servers[0], profile.user, profile.password, str(count), str(SERVED)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHERS, *given, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(120):
        said, _ = await child.communicate()
    return [float(taken) for taken in json.loads(said)]


def _hold(seconds: float) -> None:
    time.sleep(seconds)


async def hold_up(until: asyncio.Future[list[float]]) -> None:
    """Do what drawing does, and more of it: the loop looks at its sockets now and then."""
    chance = random.Random(7)
    while not until.done():
        _hold(chance.uniform(0.06, 0.18))
        for _ in range(chance.randrange(1, 4)):
            await asyncio.sleep(0)
        await asyncio.sleep(chance.choice([0, 0, 0.01, 0.03]))


async def test_no_watched_latency_is_shown_as_less_than_it_was(
    profile: Profile, journal: Journal
) -> None:
    """Both messages are read at one moment, after the loop was held up: 0.01 ms, once."""
    count = 30
    async with SubjectWatch(profile, journal, ["svc.slow"]):
        asked = asyncio.ensure_future(others(profile, count))
        await hold_up(asked)
        took = await asked
        await asyncio.sleep(0)
    answered = [n for n, _ in journal.heads() if journal.exchange(n).state is State.ANSWERED]
    assert len(answered) >= count // 2  # the first answers may pass unheard
    unsure = 0
    for number in answered:
        bounds = journal.answer_times.bounds(number)
        assert bounds is not None
        low, high = bounds
        assert low <= high
        assert high >= SERVED / 2  # a server may be late with one of two copies
        assert low <= took[int(journal.message(number).body)] + SERVED / 2
        said = cells(journal, journal.glances.of(number), time.time()).latency
        unsure += said.startswith("≤") or "–" in said
    assert unsure


async def test_a_loop_that_is_not_held_up_takes_exact_times(profile: Profile) -> None:
    """Without that every interval would hold: one from the beginning of time."""
    async with Link.opened(profile) as link:
        spreads: list[float] = []
        link.subscribe(b"quiet.>", lambda *_: spreads.append(link.arrival.spread))
        await link.barrier()
        async with Link.opened(profile) as other:
            for _ in range(30):
                await asyncio.sleep(0.01)
                other.publish(b"quiet.one")
                await other.barrier()
        await link.barrier()
    assert len(spreads) == 30
    assert min(spreads) < 0.01  # it was idle for longer than that before each


async def test_a_pong_that_was_read_late_has_bounds(profile: Profile) -> None:
    async with Link.opened(profile) as link:
        for _ in range(20):
            asked = asyncio.ensure_future(link.round_trip(30))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            _hold(0.2)
            low, high = await asked
            assert high >= 0.2
            if low < 0.1:
                break
        assert low < 0.1


# -- own requests ---------------------------------------------------------------------------


async def test_an_own_answer_that_was_read_late_has_bounds(
    broker: NatsBroker, journal: Journal
) -> None:
    """The request was sent at a known moment; the answer lay in the socket for a while."""
    await broker.start()
    for _ in range(20):
        number = journal.next
        asked = asyncio.ensure_future(broker.request(b"", "$JS.API.INFO", timeout=30))
        while number not in journal:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        _hold(0.2)
        await asked
        exchange = journal.exchange(number)
        assert exchange.latency_bounds is not None
        low, high = exchange.latency_bounds
        assert (exchange.spread, exchange.own) == (0.0, True)
        assert high == exchange.latency == exchange.answered - exchange.started >= 0.2
        if low < 0.1:
            break
    assert cells(journal, journal.glances.of(number), 0.0).latency[0] in "≤012"
    assert not agree(low, high, own=True)


# -- the journal and what reads it ----------------------------------------------------------


class Tape:
    """Records as a link does: every read has its moment, and how long the loop had not looked."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._arrival = Arrival()
        journal.sources.time_by(journal.sources.add("watch"), self._arrival)

    def read(self, at: float, spread: float, *messages: tuple[bytes, bytes]) -> list[int]:
        """Subjects and reply subjects that were read at once; their numbers."""
        self._arrival.begin(at, spread)
        numbers = [seen(self.journal, to, b"x", reply, source=TAP) for to, reply in messages]
        self._arrival.end()
        return numbers


ASKED, ANSWERED = (b"svc", b"_INBOX.a"), (b"_INBOX.a", b"")


@pytest.fixture
def tape(journal: Journal) -> Tape:
    return Tape(journal)


def test_both_in_one_read(tape: Tape) -> None:
    ask, reply = tape.read(1000.0, 0.0406, ASKED, ANSWERED)
    journal = tape.journal
    exchange = journal.exchange(ask)
    assert exchange.latency_bounds == journal.answer_times.bounds(ask)
    assert exchange.latency_bounds == pytest.approx((0.0, 0.0406), abs=5e-5)
    assert exchange.latency == journal.answer_times.latency(ask) == pytest.approx(0.0406, abs=5e-5)
    assert journal.message(reply).earliest == pytest.approx(999.9594, abs=5e-5)
    assert cells(journal, journal.glances.of(ask), 1001.0).latency == "≤ 41 ms"
    assert "at most 41 ms" in verdict(exchange, journal).sentence


def test_what_is_recorded_outside_of_a_read_comes_now(journal: Journal, tape: Tape) -> None:
    before = time.time()
    number = seen(journal, b"svc", b"x", source=TAP)
    assert before <= journal.message(number).at <= time.time()
    assert journal.message(number).spread == 0.0


def test_several_replies_keep_their_bounds(tape: Tape) -> None:
    (ask,) = tape.read(1000.0, 0.0, ASKED)
    tape.read(1000.08, 0.0696, ANSWERED, ANSWERED)
    exchange = tape.journal.exchange(ask)
    assert exchange.latency_bounds == tape.journal.answer_times.bounds(ask)
    assert exchange.latency_bounds == pytest.approx((0.0104, 0.08), abs=1e-4)
    assert cells(tape.journal, tape.journal.glances.of(ask), 1001.0).latency == "10–80 ms"


@pytest.mark.parametrize(
    ("lens", "passes"),
    [
        ("~l > 200ms", False),
        ("~l > 50ms", True),
        ("~l >= 100ms", True),
        ("~l < 200ms", False),
        ("~l < 500ms", True),
        ("~l <= 300ms", False),
        ("~l = 250ms", False),
        ("~l != 250ms", False),
        ("~l != 2s", True),
        ("! ~l > 200ms", True),
    ],
)
def test_a_lens_passes_what_surely_took_so_long(tape: Tape, lens: str, passes: bool) -> None:
    """The latency is from 150 to 350 ms."""
    (ask,) = tape.read(1000.0, 0.1, ASKED)
    tape.read(1000.25, 0.1, ANSWERED)
    view = View(tape.journal, Lens.parse(lens).on(tape.journal))
    while view.behind:
        view.catch_up(1.0)
    assert list(view) == [ask] * passes


def test_a_flow_of_seven_messages_in_one_read(tape: Tape) -> None:
    journal = tape.journal
    (first,) = tape.read(1000.0, 0.0, ASKED)
    rest = tape.read(1000.08, 0.0768, *[ANSWERED] * 6)
    drawn = flow(journal, first)
    assert [step.number for step in drawn.steps] == [first, *rest]
    for lines in (diagram(drawn, 120), listing(drawn)):
        said = [line.plain.split("  ")[0] for line in lines]
        assert said == ["+0.00 ms", *["+3.2–80 ms"] * 6]


def test_statistics_say_what_a_percentile_is_at_most(tape: Tape) -> None:
    journal = tape.journal
    statistics = Statistics(journal)
    for at in range(10):
        tape.read(1000.0 + at, 0.041, ASKED, ANSWERED)
    tape.read(1100.0, 0.0, ASKED)
    tape.read(1100.005, 0.0, ANSWERED)
    statistics.catch_up(10.0)
    told = statistics.total(1101.0).latency
    assert told.count == 11
    assert told.bounds("p50") == pytest.approx((0.0, 0.041), rel=0.05, abs=1e-4)
    assert told.bounds("max") == pytest.approx((0.005, 0.041), rel=0.05)
    assert interval(*told.bounds("p50"))[0] == "≤"


def test_exact_times_need_no_second_histogram(journal: Journal) -> None:
    statistics = Statistics(journal)
    seen(journal, *(b"svc", b"?", b"_INBOX.b"))
    seen(journal, b"_INBOX.b", b"!")
    statistics.catch_up(10.0)
    told = statistics.total().latency
    assert told.count == 1
    assert told.least is None


samples = st.lists(st.tuples(st.floats(1e-6, 10), st.floats(0, 1), st.booleans()), min_size=1)


@given(samples, samples, st.floats(0.01, 1))
def test_a_percentile_lies_between_those_of_the_bounds(
    one: list[tuple[float, float, bool]], other: list[tuple[float, float, bool]], share: float
) -> None:
    """Also after two are counted together, and some are taken back."""
    made = []
    for given_samples in (one, other):
        histogram = Histogram()
        for true, gap, exact in given_samples:
            histogram.add(true if exact else true + gap, low=None if exact else true / 2)
        made.append(histogram)
    histogram = made[0]
    histogram.merge(made[1])
    for true, gap, exact in other[1:]:
        histogram.take_back(true if exact else true + gap, None if exact else true / 2)
    truth = sorted(true for true, _, _ in [*one, other[0]])
    true = truth[max(1, -int(-share * len(truth) // 1)) - 1]
    low = (histogram.lows or histogram).percentiles(share)[0]
    high = histogram.percentiles(share)[0]
    assert low * 0.9 <= true <= high * 1.1 + 1e-6


def test_a_responder_made_of_a_late_read_is_no_slower_than_it_surely_was(tape: Tape) -> None:
    (ask,) = tape.read(1000.0, 0.0, ASKED)
    tape.read(1000.5, 0.45, ANSWERED)
    assert recorded_reply(tape.journal, ask).most_delay == 0.0


async def test_nothing_is_timed_before_somebody_wants_to_know_when_it_came(
    profile: Profile,
) -> None:
    def timed() -> bool:
        select = getattr(asyncio.get_running_loop(), "_selector").select  # noqa: B009
        return isinstance(getattr(select, "__self__", None), PollClock)

    async with NatsBroker(profile) as broker:
        await broker.publish("x", "a.b")
        assert await broker.ping(timeout=30)
        assert not timed()
        async with NatsBroker(profile, journal=Journal()):
            assert timed()
