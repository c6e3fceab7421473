"""Many answers to one request: what ends them, what the journal says of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from helpers.waiting import QUIET, until

from engine import Journal, NatsBroker, NatsMessage
from engine.errors import NoResponders, Refused, RequestTimeout
from engine.journal import Exchange, State
from engine.rpc.request_many import Ending, Replies, empty_body
from engine.server.server import EmbeddedServer

pytestmark = pytest.mark.one_server

PATIENCE = 60.0
"""A total timeout that never passes in these tests."""
SHORT = 3.0
"""One that does, though not before what is said has come."""

Say = Callable[..., None]


class Speaker:
    """Hears requests on `many`, and answers the newest when it is told to."""

    def __init__(self, broker: NatsBroker) -> None:
        self._link = broker.link
        self.asked: list[bytes] = []
        self._link.subscribe(b"many", lambda subject, reply, *_: self.asked.append(reply))

    async def say(self, *words: bytes, head: bytes = b"") -> None:
        await until(lambda: self.asked)
        for word in words:
            self._link.publish(self.asked[-1], word, head=head)


@pytest.fixture
async def speaker(connect) -> Speaker:
    broker = await connect()
    made = Speaker(broker)
    await broker.link.barrier()
    return made


def exchange_of(journal: Journal, replies: Replies) -> Exchange:
    return journal.exchange(replies.number)


def nothing_waits(broker: NatsBroker) -> bool:
    return not broker.inbox.waiting


async def test_the_total_timeout_ends_them(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=SHORT)
    await speaker.say(b"1", b"2")
    assert [one.body for one in await replies.all()] == [b"1", b"2"]
    assert replies.ending is Ending.TIMEOUT
    assert exchange_of(journal, replies).state is State.ANSWERED
    assert nothing_waits(broker)


async def test_a_quiet_gap_ends_them(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE, gap=QUIET)
    await speaker.say(b"1", b"2", b"3")
    assert len(await replies.all()) == 3
    assert replies.ending is Ending.QUIET
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_the_gap_does_not_count_before_the_first_answer(
    broker: NatsBroker, speaker: Speaker
) -> None:
    gap = 0.05
    replies = broker.request_many("?", "many", timeout=PATIENCE, gap=gap)
    with pytest.raises(RequestTimeout):
        await broker.request("?", "many", timeout=4 * gap)
    assert replies.ending is None
    await until(lambda: len(speaker.asked) == 2)
    speaker.asked.pop()
    await speaker.say(b"1")
    assert [one.body for one in await replies.all()] == [b"1"]


async def test_a_count_ends_them(broker: NatsBroker, journal: Journal, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE, count=3)
    await speaker.say(b"1", b"2", b"3", b"4")
    assert [one.body for one in await replies.all()] == [b"1", b"2", b"3"]
    assert replies.ending is Ending.COUNT
    exchange = exchange_of(journal, replies)
    assert (exchange.state, exchange.wanted) == (State.ANSWERED, 3)
    await until(lambda: len(exchange_of(journal, replies).replies) == 4)
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_an_empty_body_ends_them_and_is_no_answer(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE, end=empty_body)
    await speaker.say(b"1", b"2", b"", b"3")
    assert [one.body for one in await replies.all()] == [b"1", b"2"]
    assert replies.ending is Ending.MARK
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_an_end_mark_of_ones_own_ends_them(broker: NatsBroker, speaker: Speaker) -> None:
    replies = broker.request_many(
        "?", "many", timeout=PATIENCE, end=lambda message: message.body == b"the end"
    )
    await speaker.say(b"", b"1", b"the end")
    assert [one.body for one in await replies.all()] == [b"", b"1"]


async def test_an_end_mark_that_raises_ends_in_its_own_error(
    broker: NatsBroker, speaker: Speaker
) -> None:
    def last(message: NatsMessage) -> bool:
        return message.value()["last"]

    replies = broker.request_many("?", "many", timeout=PATIENCE, end=last)
    await speaker.say(b"[]")
    with pytest.raises(TypeError):
        await replies.all()
    assert replies.ending is Ending.FAILURE
    assert nothing_waits(broker)


async def test_a_status_ends_them(broker: NatsBroker, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE)
    await speaker.say(b"1")
    await speaker.say(b"", head=b"NATS/1.0 408 Request Timeout\r\n\r\n")
    assert [one.body for one in await replies.all()] == [b"1"]
    assert (replies.ending, replies.status) == (Ending.STATUS, (408, "Request Timeout"))


async def test_a_streams_batch_ends_with_its_own_status(
    broker: NatsBroker, journal: Journal
) -> None:
    config = {"name": "S", "subjects": ["s.*"], "allow_direct": True}
    await broker.jetstream.api("STREAM.CREATE.S", config)
    for n in range(5):
        await broker.publish(n, f"s.{n}", stream="S")
    replies = broker.request_many({"multi_last": ["s.*"]}, "$JS.API.DIRECT.GET.S", timeout=PATIENCE)
    came = await replies.all()
    assert [await one.decode() for one in came] == [0, 1, 2, 3, 4]
    assert [one.raw_headers["Nats-Subject"] for one in came] == [f"s.{n}" for n in range(5)]
    assert (replies.ending, replies.status) == (Ending.STATUS, (204, "EOB"))
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_nobody_listens(broker: NatsBroker, journal: Journal) -> None:
    replies = broker.request_many("?", "nobody", timeout=PATIENCE)
    with pytest.raises(NoResponders):
        await replies.all()
    assert (replies.ending, replies.status[0]) == (Ending.FAILURE, 503)
    assert exchange_of(journal, replies).state is State.NO_RESPONDERS
    assert nothing_waits(broker)


async def test_nobody_answers(broker: NatsBroker, journal: Journal, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=0.2)
    with pytest.raises(RequestTimeout) as caught:
        await replies.all()
    assert caught.value.timeout == 0.2
    assert exchange_of(journal, replies).state is State.TIMED_OUT


async def test_fewer_than_wanted_are_partly_answered(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=SHORT, count=3)
    await speaker.say(b"1", b"2")
    assert len(await replies.all()) == 2
    assert replies.ending is Ending.TIMEOUT
    exchange = exchange_of(journal, replies)
    assert (exchange.state, len(exchange.replies), exchange.wanted) == (State.PARTLY, 2, 3)


async def test_a_stream_that_stores_the_request_is_no_answer(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    await broker.jetstream.ensure_stream("S", ["many"])
    replies = broker.request_many("?", "many", timeout=PATIENCE, count=1)
    await speaker.say(b"the answer")
    assert [one.body for one in await replies.all()] == [b"the answer"]
    await until(lambda: replies.stored or len(exchange_of(journal, replies).replies) == 2)
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_a_stream_that_refuses_the_request_has_not_stored_it(
    broker: NatsBroker, speaker: Speaker
) -> None:
    config = {"name": "FULL", "subjects": ["many"], "max_msgs": 1, "discard": "new"}
    await broker.jetstream.api("STREAM.CREATE.FULL", config)
    await broker.publish("the only one", "many", stream="FULL")
    speaker.asked.clear()
    replies = broker.request_many("?", "many", timeout=SHORT)
    with pytest.raises(RequestTimeout):
        await replies.all()
    assert replies.stored is None


async def test_answers_are_seen_as_they_come(broker: NatsBroker, speaker: Speaker) -> None:
    seen: list[bytes] = []
    replies = broker.request_many("?", "many", timeout=PATIENCE, count=3)
    await speaker.say(b"1")
    async for one in replies:
        seen.append(one.body)
        if len(seen) < 3:  # the next is sent only after this one was seen
            await speaker.say(b"%d" % (len(seen) + 1))
    assert seen == [b"1", b"2", b"3"]


async def test_stopping_early_leaks_nothing(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE)
    await speaker.say(b"1", b"2", b"3")
    async for one in replies:
        assert one.body == b"1"
        break
    await until(lambda: nothing_waits(broker))
    assert replies.ending is Ending.STOPPED
    assert exchange_of(journal, replies).state is State.ANSWERED


async def test_stopping_before_the_first_answer_is_cancelling(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE)
    replies.stop()
    assert await replies.all() == []
    assert exchange_of(journal, replies).state is State.CANCELLED
    assert nothing_waits(broker)


async def test_a_cancelled_reader_leaks_nothing(broker: NatsBroker, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE)
    reading = asyncio.create_task(replies.all())
    await until(lambda: speaker.asked)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert nothing_waits(broker)


async def test_answers_that_nobody_reads_leak_nothing(broker: NatsBroker, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=0.2)
    await speaker.say(b"1")
    await until(lambda: nothing_waits(broker))
    assert replies.ending is Ending.TIMEOUT


async def test_reading_again_finds_the_end(broker: NatsBroker, speaker: Speaker) -> None:
    replies = broker.request_many("?", "many", timeout=PATIENCE, count=2)
    await speaker.say(b"1", b"2")
    assert len(await replies.all()) == 2
    async with asyncio.timeout(PATIENCE):
        assert await replies.all() == []


async def test_a_denied_request_is_refused() -> None:
    config = (
        "accounts { A { users: [ { user: u, password: p, "
        'permissions: { publish: { deny: ["No.Entry"] } } } ] } }'
    )
    async with EmbeddedServer(config=config) as server:
        address = f"nats://u:p@127.0.0.1:{server.port}"
        async with NatsBroker(address, journal=Journal()) as broker:
            replies = broker.request_many("?", "No.Entry", timeout=PATIENCE)
            with pytest.raises(Refused):
                await replies.all()
            assert broker.journal is not None
            assert exchange_of(broker.journal, replies).state is State.REFUSED


async def test_ten_thousand_answers_to_one_request(
    broker: NatsBroker, journal: Journal, speaker: Speaker
) -> None:
    count = 10_000
    replies = broker.request_many("?", "many", timeout=PATIENCE, count=count)
    await speaker.say(*(b"%d" % n for n in range(count)))
    assert [one.body for one in await replies.all()] == [b"%d" % n for n in range(count)]
    assert exchange_of(journal, replies).state is State.ANSWERED
