"""Others' requests without an answer: from when on they count as failed, and when they do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest
from helpers.frames import seen
from helpers.waiting import flushed, until
from nats.aio.client import Client

from engine import Journal, Profile
from engine.diagnosis.judge import verdict
from engine.diagnosis.result import Tone
from engine.filter.lens import Lens
from engine.journal import SENT, Exchange, ExchangeKind, State
from engine.journal.states import Event, advance
from engine.journal.view import View
from engine.session import Session
from engine.statistics.statistics import Statistics
from engine.watching import overdue
from engine.watching.inbox_tap import MAX_IDLE_LOOKS, InboxTap
from engine.watching.overdue import MAX_PENDING, MAX_WAIT, MIN_WAIT, UNKNOWN_WAIT, Overdue
from tui.exchanges.exchange_rows import waited_step

FOREVER = 1e9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the journal takes for the time; change its only item."""
    now = [1000.0]
    monkeypatch.setattr("engine.journal.journal._now", lambda: now[0])
    return now


def asked(journal: Journal, subject: bytes = b"pay.auth", reply: bytes = b"") -> int:
    return seen(journal, subject, reply=reply or b"_INBOX.a.%d" % journal.next)


def answered(journal: Journal, clock: list[float], after: float, subject: bytes) -> None:
    reply = b"_INBOX.b.%d" % journal.next
    asked(journal, subject, reply)
    clock[0] += after
    seen(journal, reply, b"ok")


def found(journal: Journal, text: str) -> list[int]:
    view = View(journal, Lens.parse(text).on(journal))
    view.catch_up(FOREVER)
    return list(view)


# -- the table -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (Event.REPLY, State.ANSWERED),
        (Event.ERROR, State.SERVICE_ERROR),
        (Event.PUB_ACK, State.STORED),
        (Event.NO_RESPONDERS, State.NO_RESPONDERS),
        (Event.REFUSED, State.REFUSED),
        (Event.OVERDUE, State.NO_ANSWER),
    ],
)
def test_no_answer_is_a_failure_until_an_answer_comes(event: Event, state: State) -> None:
    assert State.NO_ANSWER.failed
    assert advance(State.NO_ANSWER, event) is state


@pytest.mark.parametrize("state", [one for one in State if one is not State.WAITING])
def test_only_what_waits_can_be_overdue(state: State) -> None:
    assert advance(state, Event.OVERDUE) is state


# -- how long it takes -----------------------------------------------------------------------


def test_where_nothing_is_known_it_takes_five_seconds(clock: list[float]) -> None:
    journal = Journal()
    number = asked(journal)
    judge = Overdue(journal)
    judge.judge(1000 + UNKNOWN_WAIT - 0.1)
    assert journal.state(number) is State.WAITING
    judge.judge(1000 + UNKNOWN_WAIT)
    assert journal.state(number) is State.NO_ANSWER
    assert (found(journal, "~e"), found(journal, "~s no-answer")) == ([number], [number])
    assert (found(journal, "~s waiting"), found(journal, "~q")) == ([], [number])


@pytest.mark.parametrize(("usual", "wait"), [(0.01, MIN_WAIT), (3.0, 12.0), (500.0, MAX_WAIT)])
def test_it_takes_longer_where_answers_do(clock: list[float], usual: float, wait: float) -> None:
    journal = Journal()
    for _ in range(3):
        answered(journal, clock, usual, b"pay.auth")
        answered(journal, clock, 1.0, b"pay.auth.more")
    began = clock[0]
    number, judge = asked(journal), Overdue(journal)
    judge.judge(began + wait - 0.1)
    assert journal.state(number) is State.WAITING
    judge.judge(began + wait + 0.1)
    assert journal.state(number) is State.NO_ANSWER


def test_one_slow_answer_of_many_is_not_what_is_usual(clock: list[float]) -> None:
    journal = Journal()
    for n in range(40):
        answered(journal, clock, 200.0 if n == 20 else 0.01, b"pay.auth")
    number, judge = asked(journal), Overdue(journal)
    judge.judge(clock[0] + MIN_WAIT)
    assert journal.state(number) is State.NO_ANSWER


def test_a_late_answer_counts_and_says_when_it_came(clock: list[float]) -> None:
    journal = Journal()
    number = asked(journal, reply=b"_INBOX.a.x")
    Overdue(journal).judge(clock[0] + 60)
    clock[0] += 240
    seen(journal, b"_INBOX.a.x", b"sorry")
    exchange = journal.exchange(number)
    assert (exchange.state, exchange.latency) == (State.ANSWERED, 240.0)
    assert found(journal, "~e") == []


# -- what is not judged ----------------------------------------------------------------------


def test_what_proves_nothing_is_left_alone(clock: list[float]) -> None:
    journal = Journal()
    own, excused = asked(journal), asked(journal)
    journal.own.expect(own, timeout=100.0)
    left = [
        own,
        excused,
        seen(journal, b"to.me", reply=b"answers.me", source=SENT),
        seen(journal, b"$JS.API.CONSUMER.MSG.NEXT.S.c", reply=b"_INBOX.p.1"),
        seen(journal, b"work.a", reply=b"$JS.ACK.S.c.1.1.1.1.0"),
        seen(journal, b"an.event"),
    ]
    stored = asked(journal, b"orders.new", b"_INBOX.a.ack")
    seen(journal, b"_INBOX.a.ack", b'{"stream":"ORDERS","seq":1}')
    judge = Overdue(journal, excused=lambda number: number == excused)
    judge.judge(clock[0] + 600)
    assert State.NO_ANSWER not in {journal.state(number) for number in left}
    assert journal.state(stored) is State.STORED
    assert judge.idle


def test_what_others_had_stored_is_no_failure_of_theirs(clock: list[float]) -> None:
    """A client that publishes to a stream wants the acknowledgement and nothing else."""
    journal, numbers = Journal(), []
    for reply in (b"_INBOX.me.1", b"_INBOX.a.ack"):
        numbers.append(asked(journal, b"orders.new", reply))
        if not numbers[1:]:
            journal.own.expect(numbers[0], timeout=100.0)
        seen(journal, reply, b'{"stream":"ORDERS","seq":1}')
    assert [journal.state(number) for number in numbers] == [State.STORED, State.STORED]
    assert found(journal, "~s stored-only") == numbers
    assert (found(journal, "~e"), found(journal, "~s failed")) == ([numbers[0]], [numbers[0]])
    assert found(journal, "!~e") == [numbers[1]]
    statistics = Statistics(journal)
    statistics.catch_up(60.0)
    figures = statistics.total()
    assert (figures.failed, figures.failures) == (1, ((State.STORED, 1),))
    said = [verdict(journal.exchange(number), journal) for number in numbers]
    assert [one.tone for one in said] == [Tone.WARN, Tone.OPEN]
    assert [bool(one.advice) for one in said] == [True, False]


def test_it_waits_for_what_the_watch_finds_out_but_not_for_ever(clock: list[float]) -> None:
    journal, settled = Journal(), [0]
    number = asked(journal)
    judge = Overdue(journal, settled=lambda number: number <= settled[0])
    judge.judge(clock[0] + UNKNOWN_WAIT + 1)
    assert journal.state(number) is State.WAITING
    judge.judge(clock[0] + UNKNOWN_WAIT + overdue.SETTLE_LIMIT)
    assert journal.state(number) is State.NO_ANSWER


def test_what_fell_out_of_the_journal_is_forgotten(clock: list[float]) -> None:
    journal = Journal(max_messages=70_000)
    asked(journal)
    judge = Overdue(journal)
    judge.judge(clock[0] + MIN_WAIT)
    assert not judge.idle
    for _ in range(210_000):
        seen(journal, b"an.event")
    assert 1 not in journal
    judge.judge(clock[0] + 600, FOREVER)
    assert judge.idle


def test_a_flood_of_them_is_judged_in_slices(clock: list[float]) -> None:
    journal = Journal()
    for n in range(MAX_PENDING + 100):
        asked(journal, b"svc.%d" % (n % 7))
    judge, now = Overdue(journal), clock[0] + MIN_WAIT
    judge.judge(now, 0.001)
    assert not judge.idle
    while not judge.idle:
        now += 1.0
        judge.judge(now)
    assert len(found(journal, "~e")) == MAX_PENDING + 100


# -- what is made of it ----------------------------------------------------------------------


def test_statistics_count_it_as_failed_until_it_is_answered(clock: list[float]) -> None:
    journal = Journal()
    statistics = Statistics(journal)
    asked(journal, reply=b"_INBOX.a.x")
    statistics.catch_up(FOREVER)
    assert statistics.total().failed == 0
    Overdue(journal).judge(clock[0] + 60)
    statistics.catch_up(FOREVER)
    assert statistics.total().failures == ((State.NO_ANSWER, 1),)
    assert statistics.names("failed") == ["pay.auth"]
    seen(journal, b"_INBOX.a.x")
    statistics.catch_up(FOREVER)
    assert statistics.total().failed == 0


def test_the_wait_of_a_row_changes_each_second_at_first_and_each_minute_then() -> None:
    assert waited_step(5.2) == waited_step(5.9) != waited_step(6.0)
    assert waited_step(61.0) == waited_step(119.0) != waited_step(120.0)


# -- with real clients -----------------------------------------------------------------------


@asynccontextmanager
async def watching(profile: Profile, *patterns: str) -> AsyncIterator[Session]:
    flags = {"server": profile.servers[0], "user": profile.user, "password": profile.password}
    session = await Session.open(Journal(), flags, {}, watch=patterns)
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def others(profile: Profile) -> AsyncIterator[Client]:
    login = {"user": profile.user, "password": profile.password}
    once = {"allow_reconnect": False, "connect_timeout": 30}
    async with await nats.connect(profile.servers[0], **once, **login) as client:
        yield client


def requests(session: Session) -> list[Exchange]:
    journal = session.journal
    heads = (journal.exchange(number) for number, _ in journal.heads())
    return [one for one in heads if one.kind is ExchangeKind.REQUEST]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is known, a second is too long."""
    monkeypatch.setattr(overdue, "UNKNOWN_WAIT", 1.0)
    monkeypatch.setattr(overdue, "MIN_WAIT", 1.0)
    monkeypatch.setattr(overdue, "LOOK_INTERVAL", 0.1)


@pytest.mark.usefixtures("soon")
async def test_a_silent_service_turns_red_and_its_late_answer_green(profile: Profile) -> None:
    held: list[nats.aio.msg.Msg] = []

    async def keep(message: nats.aio.msg.Msg) -> None:
        held.append(message)

    async with others(profile) as service, others(profile) as asker:
        await service.subscribe("pay.auth", cb=keep)
        await flushed(service)
        async with watching(profile, "pay.>") as session:
            inbox = asker.new_inbox()
            await asker.subscribe(f"{inbox}.*")
            for n in range(2):
                await asker.publish("pay.auth", b"", reply=f"{inbox}.{n}")
                await asker.flush()
                await until(lambda n=n: len(requests(session)) == n + 1)
                (watch,) = session.watches.running
                await until(lambda watch=watch: watch.hears(f"{inbox}.x".encode()))
            first, second = (one.number for one in requests(session))
            await until(lambda: session.journal.state(second) is State.NO_ANSWER)
            assert session.hearing.missed_the_answer(first)
            assert session.journal.state(first) is State.WAITING
            await held[1].respond(b"at last")
            await until(lambda: session.journal.state(second) is State.ANSWERED)


@pytest.mark.usefixtures("soon")
async def test_only_natstap_listening_is_still_said_as_that(profile: Profile) -> None:
    async with others(profile) as asker, watching(profile, "nobody.>") as session:
        inbox = asker.new_inbox()
        await asker.subscribe(f"{inbox}.*")
        for n in range(2):
            await asker.publish("nobody.there", b"", reply=f"{inbox}.{n}")
            await asker.flush()
            await until(lambda n=n: len(requests(session)) == n + 1)
            (watch,) = session.watches.running
            await until(lambda watch=watch: watch.hears(f"{inbox}.x".encode()))
        number = requests(session)[1].number
        await until(lambda: session.hearing.heard_alone(number) and session._overdue.idle)
        assert session.journal.state(number) is State.WAITING


async def test_what_is_open_when_the_watch_ends_was_not_heard(profile: Profile) -> None:
    async with others(profile) as service, others(profile) as asker:
        await service.subscribe("pay.auth")
        await flushed(service)
        async with watching(profile, "pay.>") as session:
            inbox = asker.new_inbox()
            await asker.subscribe(f"{inbox}.*")
            (watch,) = session.watches.running
            for n in range(2):
                await asker.publish("pay.auth", b"", reply=f"{inbox}.{n}")
                await asker.flush()
                await until(lambda n=n: len(requests(session)) == n + 1)
                await until(lambda: watch.hears(f"{inbox}.x".encode()))
            second = requests(session)[1].number
            assert not session.hearing.missed_the_answer(second)
            assert session.hearing.listened_until(second, 9e9) == 9e9
            await watch.stop()
            assert session.hearing.missed_the_answer(second)
            assert session.hearing.listened_until(second, 9e9) < 9e9


def test_what_is_open_while_nothing_is_heard_is_missed_and_nothing_else() -> None:
    journal = Journal()
    mine = journal.sources.add("watch pay.>")
    tap = InboxTap(journal, mine, lambda reply: False)
    answered = seen(journal, b"pay.a", reply=b"_INBOX.a.1", source=mine)
    seen(journal, b"_INBOX.a.1", source=mine)
    opened = seen(journal, b"pay.b", reply=b"_INBOX.a.2", source=mine)
    elsewhere = seen(journal, b"other", reply=b"_INBOX.a.3", source=mine + 1)
    copy = seen(journal, b"pay.b", reply=b"_INBOX.a.2", source=mine + 1)
    tap.miss_open()
    assert [tap.missed(number) for number in (answered, opened, elsewhere, copy)] == [
        *(False, True, False, False)
    ]
    tap.miss_open()
    assert list(tap._missed) == [opened]


def test_an_inbox_is_kept_longer_while_its_last_request_waits() -> None:
    journal = Journal()
    mine = journal.sources.add("watch pay.>")
    tap = InboxTap(journal, mine, lambda reply: False)
    stem = b"_INBOX.abcdefghijklmnopqrstuv"
    tap._taps[stem], tap._quiet[stem] = Deaf(), 0  # type: ignore[assignment]
    number = seen(journal, b"pay.b", reply=stem + b".1", source=mine)
    tap.add(number, b"pay.b", stem + b".1")
    for _ in range(2 * MAX_IDLE_LOOKS):
        tap.look()
    assert tap.hears(stem + b".1")
    assert tap.let_go_at(stem + b".1") == 0
    journal.unanswered.overdue(number)
    tap.look()
    assert not tap.hears(stem + b".1")
    assert tap.let_go_at(stem + b".1") > 0


class Deaf:
    """A subscription that only has to end."""

    def end(self) -> None:
        pass


async def test_it_sleeps_while_nothing_is_open(profile: Profile) -> None:
    async with watching(profile, "pay.>") as session:
        await until(lambda: session._overdue.idle)
        await until(lambda: bool(session.journal.pulse.waiting))
        await asyncio.sleep(0)
        assert session.journal.pulse.waiting
