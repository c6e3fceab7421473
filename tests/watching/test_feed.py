"""A feed of exchanges: replies paired, what got none, what only the feed heard; and why."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable

import pytest
from helpers.waiting import QUIET, until

from engine import Journal, NatsBroker
from engine.diagnosis.cause import Cause
from engine.errors import InvalidInput, InvalidSubject, NatstapError, NoResponders, RequestTimeout
from engine.journal import State
from engine.watching.feed import ExchangeFeed, SeenExchange

Connect = Callable[..., Awaitable[NatsBroker]]


async def first(feed: ExchangeFeed, count: int) -> list[SeenExchange]:
    found: list[SeenExchange] = []
    async with asyncio.timeout(60):
        async for exchange in feed:
            found.append(exchange)
            if len(found) == count:
                break
    return found


async def followed(feed: ExchangeFeed, asker: NatsBroker, subject: str) -> SeenExchange:
    """The asker's first exchange, after which the feed hears all replies to it."""
    try:
        await asker.request("first", subject, timeout=0.5)
    except RequestTimeout:
        pass
    await until(lambda: feed._watch.tap._quiet)
    return (await first(feed, 1))[0]


async def test_what_others_ask_comes_as_whole_exchanges(connect: Connect) -> None:
    service, asker, watcher = [await connect() for _ in range(3)]

    @service.subscriber("orders.{what}")
    async def handle(body: str, what: str) -> str:
        return f"{what}: {body}"

    await service.start()
    async with watcher.watch("orders.>", reply_wait=3) as feed:
        begun = await followed(feed, asker, "orders.create")
        assert begun.replies or begun.reply_missed
        await asker.request("tea", "orders.create", correlation_id="c-1", timeout=30)
        await asker.publish("paid", "orders.paid")
        await asker.request("milk", "orders.create", correlation_id="c-2", timeout=30)
        seen = await first(feed, 3)
    by_body = {exchange.request.body: exchange for exchange in seen}
    tea, paid = by_body[b"tea"], by_body[b"paid"]
    assert (tea.subject, tea.correlation_id, tea.state) == ("orders.create", "c-1", State.ANSWERED)
    assert [reply.body for reply in tea.replies] == [b"create: tea"]
    assert tea.latency is not None
    assert not tea.only_watched
    assert not tea.reply_missed
    assert (paid.replies, paid.latency) == ((), None)
    assert by_body[b"milk"].correlation_id == "c-2"


async def test_a_request_without_a_reply_comes_when_it_is_late(connect: Connect) -> None:
    asker, watcher = [await connect() for _ in range(2)]
    async with watcher.watch("orders.>", reply_wait=3) as feed:
        assert "fail" in feed.disturbs
        assert "orders.>" in feed.disturbs
        await followed(feed, asker, "orders.nobody")
        with pytest.raises(RequestTimeout):
            await asker.request("x", "orders.nobody", timeout=0.1)
        (seen,) = await first(feed, 1)
        assert (seen.state, seen.replies, seen.reply_missed) == (State.NO_ANSWER, (), False)
        assert seen.only_watched in (True, None)
        diagnosis = await watcher.why(seen)
        assert diagnosis.sentence
        assert diagnosis.evidence


async def test_many_replies_are_taken_until_it_is_quiet(connect: Connect) -> None:
    asker, watcher = [await connect() for _ in range(2)]
    for n in range(3):
        service = await connect()
        service.subscriber("all")(functools.partial(lambda n, body: n, n))
        await service.start()
    async with watcher.watch("all", gap=QUIET, reply_wait=10) as feed:
        await followed(feed, asker, "all")
        await asker.request_many("x", "all", count=3, timeout=30).all()
        (seen,) = await first(feed, 1)
    assert sorted(reply.body for reply in seen.replies) == [b"0", b"1", b"2"]


async def test_a_feed_that_would_hear_inboxes_is_refused(broker: NatsBroker) -> None:
    for subjects in ((">",), ("_INBOX.>",), ("a b",), ()):
        with pytest.raises(InvalidInput):
            broker.watch(*subjects)
    with pytest.raises(InvalidSubject):
        broker.watch(">")


# -- audience and why ----------------------------------------------------------------------


async def test_who_would_get_a_message(connect: Connect) -> None:
    asker, service = [await connect() for _ in range(2)]
    service.subscriber("orders.create", "workers")(lambda body: body)
    await service.start()
    found = await asker.audience("orders.create")
    assert [(one.pattern, one.queue) for one in found.answering] == [("orders.create", "workers")]
    assert found.replies == 1
    assert (await asker.audience("orders.creat")).nearest == ("orders.create",)


async def test_why_a_request_failed(connect: Connect) -> None:
    asker = await connect(journal=Journal())
    with pytest.raises(NoResponders) as caught:
        await asker.request("x", "nobody.here", timeout=30)
    for what in (caught.value, caught.value.exchange):
        diagnosis = await asker.why(what)
        assert diagnosis.cause is Cause.NOBODY
        assert "nobody.here" in diagnosis.sentence


async def test_why_takes_a_journal_and_something_that_it_holds(
    broker: NatsBroker, connect: Connect
) -> None:
    bare = await connect()
    with pytest.raises(NoResponders) as caught:
        await bare.request("x", "nobody.here", timeout=30)
    with pytest.raises(InvalidInput, match="Journal"):
        await bare.why(caught.value)
    with pytest.raises(InvalidInput, match="nothing of this"):
        await broker.why(NatstapError("somebody else's"))
