"""What a publish makes natstap listen to ends by itself, says so, and is told apart meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.waiting import until

from engine import Journal, NatsBroker, NatsMessage, Profile, Session
from engine.drafts.draft import TIMEOUT, Draft, Kind
from engine.errors import NoResponders, RequestTimeout
from engine.journal import ExchangeKind, State
from engine.watching.reply_watch import REPLY_WAIT, ReplyWatch

PATIENCE = 60.0


@pytest.fixture
async def session(profile: Profile, journal: Journal, tmp_path: Path) -> AsyncIterator[Session]:
    made = Session(profile, journal, None, tmp_path)
    await made.broker.start()
    yield made
    await made.close()


def publish(seconds: float = TIMEOUT) -> Draft:
    return Draft("a", kind=Kind.PUBLISH, reply_to="my.reply", timeout=seconds)


def deadline(watch: ReplyWatch) -> float:
    """When it ends, by the loop's clock."""
    assert watch.left is not None
    return asyncio.get_running_loop().time() + watch.left


def notes(journal: Journal) -> list[str]:
    heads = (journal.exchange(number) for number, _ in journal.heads())
    return [one.why for one in heads if one.kind is ExchangeKind.NOTE and "my.reply" in one.why]


async def test_it_ends_without_an_answer_and_says_so(
    session: Session, journal: Journal, broker: NatsBroker
) -> None:
    await session.outbox.post(publish(0.4))
    await until(lambda: notes(journal)[-1].endswith("is over"), PATIENCE)
    assert not session.watches.running
    began, will_end, ended, _ = notes(journal)
    assert "listens to my.reply" in began
    assert "ends after 0.4 s" in will_end
    assert "no answer for 0.4 s (none came)" in ended
    with pytest.raises(NoResponders):
        await broker.request("?", "my.reply", timeout=PATIENCE)


async def test_an_answer_prolongs_it(
    session: Session, journal: Journal, broker: NatsBroker
) -> None:
    sending = await session.outbox.post(publish(4.0))
    [watch] = session.watches.running
    assert isinstance(watch, ReplyWatch)
    for count in range(1, 4):
        before = deadline(watch)
        await asyncio.sleep(0.1)
        await broker.publish(b"part", "my.reply")
        await until(lambda count=count: watch.replies == count, PATIENCE)
        assert deadline(watch) > before + 0.05
    assert len(journal.exchange(sending.number).replies) == 3
    await until(lambda: not session.watches.running, PATIENCE)
    assert any("no answer for 4 s (3 came)" in one for one in notes(journal))


async def test_the_usual_timeout_leaves_time_for_an_answer(session: Session) -> None:
    await session.outbox.post(publish())
    [watch] = session.watches.running
    assert watch.left is not None
    assert TIMEOUT < watch.left <= REPLY_WAIT


async def test_who_asks_there_meanwhile_is_marked(
    session: Session, journal: Journal, profile: Profile
) -> None:
    """Without natstap the asker would have been told at once that nobody listens."""
    sending = await session.outbox.post(publish(6.0))
    [watch] = session.watches.running
    await watch.look()
    since = journal.next
    async with NatsBroker(profile) as other:
        with pytest.raises(RequestTimeout):
            await other.request("?", "my.reply", timeout=0.2)
    await until(lambda: not session.watches.running, PATIENCE)
    [asked] = [n for n, _ in journal.heads(since) if journal.exchange(n).subject == "my.reply"]
    assert session.hearing.heard_alone(asked)
    assert journal.exchange(asked).state is State.WAITING
    assert journal.exchange(sending.number).replies == ()


async def test_publishing_again_prolongs_the_one(session: Session) -> None:
    await session.outbox.post(publish(30.0))
    [watch] = session.watches.running
    await session.outbox.post(publish(60.0))
    assert session.watches.running == (watch,)
    assert watch.left is not None
    assert watch.left > 50


async def test_a_watch_that_was_asked_for_does_not_end(session: Session) -> None:
    await session.outbox.post(publish(30.0))
    kept = await session.watches.watch_subjects(["my.reply"])
    assert isinstance(kept, ReplyWatch)
    assert kept.left is None
    await session.outbox.post(publish(0.2))
    assert kept.left is None  # nothing is left that could end it
    assert session.watches.running == (kept,)
    await kept.stop()
    asked_for = await session.watches.watch_subjects(["my.reply"])
    await session.outbox.post(publish(0.2))
    assert session.watches.running == (asked_for,)
    assert asked_for.left is None


async def test_one_that_always_gets_answers_ends_too(
    profile: Profile, journal: Journal, broker: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.watching.reply_watch.MAX_REPLY_WATCH", 3.0)
    watch = ReplyWatch(profile, journal, "my.reply", 2.5)
    await watch.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while watch.running:
                await broker.publish(b"tick", "my.reply")
                await asyncio.sleep(0.02)
    finally:
        await watch.stop()
    assert watch.replies


def clocks() -> int:
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return sum(name == "Watch._keep_looking" for name in names)


async def test_stopping_and_leaving_end_its_clock(session: Session) -> None:
    await session.outbox.post(publish(30.0))
    [watch] = session.watches.running
    assert session.leaving.watches == 0  # nobody asked for it
    assert clocks() == 1
    await watch.stop()
    await until(lambda: clocks() == 0, PATIENCE)


async def test_an_answer_that_asks_in_turn_is_an_answer(
    session: Session, journal: Journal, profile: Profile
) -> None:
    async with NatsBroker(profile) as other:

        @other.subscriber("a", no_reply=True)
        async def handle(message: NatsMessage) -> None:
            other.call("!", message.reply_to, correlation_id=message.correlation_id)

        await other.start()
        sending = await session.outbox.post(publish(30.0))
        await until(lambda: journal.exchange(sending.number).replies, PATIENCE)


async def test_natstaps_own_request_there_is_a_row_of_its_own(
    session: Session, journal: Journal
) -> None:
    published = await session.outbox.post(publish(30.0))
    asked = await session.outbox.post(Draft("my.reply", b"?", timeout=0.2))
    await until(lambda: journal.exchange(asked.number).state is State.TIMED_OUT, PATIENCE)
    assert asked.number != published.number
    assert journal.exchange(asked.number).number == asked.number
    assert journal.exchange(published.number).replies == ()
