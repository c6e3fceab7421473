"""Under stress: nothing hangs past its deadline, nothing leaks, nothing is lost unsaid."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable

import pytest
from helpers.raw import Raw
from helpers.waiting import STORE_WAIT, until

from engine import Journal, NatsBroker, NatsMessage, Profile
from engine.errors import (
    InvalidInput,
    LinkLost,
    NatstapError,
    NoResponders,
    NotSent,
    RequestTimeout,
    ServiceError,
    StoredOnly,
    TooLarge,
)
from engine.journal import State
from engine.link.link import LinkState
from engine.message import publish_frame
from engine.server.server import EmbeddedServer

DEADLINE = 60.0
"""Seconds that are far more than anything here takes, and far less than for ever."""
LOADED = 10.0
"""Seconds in which a server acknowledges what thousands of others are in its way of."""


@pytest.fixture
async def asker(broker: NatsBroker) -> AsyncIterator[NatsBroker]:
    """A broker that has to leave as it came: no task, no subscription, nobody waiting."""
    await broker.start()
    await broker.request("?", "$SYS.REQ.USER.INFO", timeout=DEADLINE)  # opens the inbox
    tasks, interests = len(asyncio.all_tasks()), broker.link.subscription_count
    yield broker
    assert broker.inbox.waiting == {}
    assert broker.link.subscription_count == interests
    await until(lambda: len(asyncio.all_tasks()) <= tasks)


@pytest.fixture
async def answerer(profile: Profile) -> AsyncIterator[NatsBroker]:
    """A second connection with a journal of its own; declare subscribers, then start it."""
    tasks = len(asyncio.all_tasks())
    async with NatsBroker(profile, journal=Journal(), graceful_timeout=2.0) as made:
        yield made
    await until(lambda: len(asyncio.all_tasks()) <= tasks)


async def outcome(asking: Awaitable[NatsMessage]) -> str:
    """What became of a request: the answer's body, or the name of its error."""
    try:
        return (await asking).body.decode()
    except NatstapError as error:
        return type(error).__name__


async def gathered(asking: list[Awaitable[str]]) -> Counter[str]:
    async with asyncio.timeout(DEADLINE):
        return Counter(await asyncio.gather(*asking))


# -- in numbers ---------------------------------------------------------------------------


async def test_ten_thousand_requests_in_flight_at_once(
    asker: NatsBroker, answerer: NatsBroker, journal: Journal
) -> None:
    held: list[bytes] = []
    heard = answerer.link.subscribe(b"svc", lambda subject, reply, *_: held.append(reply))
    await answerer.link.barrier()
    count = 10_000
    calls = [asker.call(n, "svc", timeout=DEADLINE) for n in range(count)]
    await until(lambda: len(held) == count, DEADLINE)
    assert len(asker.inbox.waiting) == count
    for n, reply in enumerate(held):
        answerer.link.publish(reply, b"%d" % n)
    answers = await asyncio.gather(*(call.answer() for call in calls))
    assert [one.body for one in answers] == [b"%d" % n for n in range(count)]
    states = Counter(journal.state(call.number) for call in calls)
    assert states == {State.ANSWERED: count}
    heard.end()


async def test_ten_thousand_requests_that_nobody_answers_end_in_time(
    asker: NatsBroker, answerer: NatsBroker, journal: Journal
) -> None:
    answerer.link.subscribe(b"svc", lambda *_: None)
    await answerer.link.barrier()
    calls = [asker.call(n, "svc", timeout=0.5) for n in range(10_000)]
    ends = await gathered([outcome(call.answer()) for call in calls])
    assert ends == {"RequestTimeout": 10_000}
    assert {journal.state(call.number) for call in calls} == {State.TIMED_OUT}


async def test_requests_that_are_cancelled_leave_nothing(
    asker: NatsBroker, answerer: NatsBroker, journal: Journal
) -> None:
    answerer.link.subscribe(b"svc", lambda *_: None)
    await answerer.link.barrier()
    calls = [asker.call(n, "svc", timeout=DEADLINE) for n in range(1000)]
    tasks = [asyncio.create_task(call.answer()) for call in calls]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert {journal.state(call.number) for call in calls} == {State.CANCELLED}


async def test_a_full_storm_of_everything_at_once(asker: NatsBroker, answerer: NatsBroker) -> None:
    @answerer.subscriber("good", max_workers=8)
    async def good(body: int) -> str:
        return "good"

    @answerer.subscriber("bad")
    async def bad(body: int) -> None:
        raise ValueError("kaput")

    @answerer.subscriber("mute", no_reply=True)
    async def mute(body: int) -> None:
        return None

    await answerer.start()
    await answerer.jetstream.ensure_stream("S", ["stored"])
    expected = {
        "good": ("good", DEADLINE),
        "bad": ("ServiceError", DEADLINE),
        "nobody": ("NoResponders", DEADLINE),
        "mute": ("RequestTimeout", 1.0),
        "stored": ("StoredOnly", LOADED),
    }
    storm = [
        outcome(asker.request(n, subject, timeout=timeout))
        for n in range(500)
        for subject, (_, timeout) in expected.items()
    ]
    assert await gathered(storm) == {end: 500 for end, _ in expected.values()}
    assert issubclass(StoredOnly, RequestTimeout)


# -- handlers -----------------------------------------------------------------------------


async def test_a_handler_that_blocks_holds_up_nobody_else(
    asker: NatsBroker, answerer: NatsBroker
) -> None:
    entered, leave = threading.Event(), threading.Event()

    @answerer.subscriber("blocks")
    def blocks(body: str) -> str:
        entered.set()
        assert leave.wait(DEADLINE)
        return "at last"

    @answerer.subscriber("quick")
    async def quick(body: str) -> str:
        return "at once"

    await answerer.start()
    blocked = asyncio.create_task(asker.request("?", "blocks", timeout=DEADLINE))
    await until(entered.is_set)
    ends = await gathered([outcome(asker.request("?", "quick", timeout=10)) for _ in range(500)])
    assert ends == {"at once": 500}
    assert not blocked.done()
    leave.set()
    assert (await blocked).body == b"at last"


async def test_a_handler_that_never_returns_does_not_hold_up_stopping(
    profile: Profile, asker: NatsBroker
) -> None:
    journal = Journal()
    broker = NatsBroker(profile, journal=journal, graceful_timeout=0.2)

    @broker.subscriber("stuck")
    async def stuck(body: str) -> None:
        await asyncio.get_running_loop().create_future()

    await broker.start()
    asking = asyncio.create_task(outcome(asker.request("?", "stuck", timeout=1.0)))
    await until(lambda: broker.subscribers[0].served)
    async with asyncio.timeout(DEADLINE):
        await broker.stop()
    notes = [journal.exchange(n).why for n, _ in journal.heads()]
    assert any("1 messages on stuck were given up" in note for note in notes)
    assert await asking in ("RequestTimeout", "ServiceError")


# -- the server goes ----------------------------------------------------------------------


async def test_a_server_restarted_in_the_middle(
    asker: NatsBroker, answerer: NatsBroker, journal: Journal, server: EmbeddedServer
) -> None:
    held: list[str] = []

    @answerer.subscriber("svc", max_workers=200)
    async def handle(message: NatsMessage) -> str:
        if message.body == b"hold":
            held.append(message.reply_to)
            await asyncio.get_running_loop().create_future()
        return "answered"

    await answerer.start()
    calls = [asker.call("hold", "svc", timeout=DEADLINE) for _ in range(100)]
    await until(lambda: len(held) == 100)
    await server.restart()
    ends = await gathered([outcome(call.answer()) for call in calls])
    assert ends == {"LinkLost": 100}
    assert {journal.state(call.number) for call in calls} == {State.LINK_LOST}
    for one in (asker, answerer):
        await until(lambda one=one: one.link.state is LinkState.CONNECTED, DEADLINE)
        await one.link.barrier()
    assert (await asker.request("?", "svc", timeout=DEADLINE)).body == b"answered"


async def test_a_request_made_while_the_server_is_away_is_answered_later(
    asker: NatsBroker, answerer: NatsBroker, server: EmbeddedServer
) -> None:
    @answerer.subscriber("svc")
    async def handle(body: str) -> str:
        return "answered"

    await answerer.start()
    await server.stop()
    for one in (asker, answerer):
        await until(lambda one=one: one.link.state is LinkState.RECONNECTING)
    await answerer_first(answerer, server)
    assert await outcome(asker.request("?", "svc", timeout=DEADLINE)) == "answered"


async def answerer_first(answerer: NatsBroker, server: EmbeddedServer) -> None:
    """Who answers is back before anybody asks, or the server says that nobody listens."""
    await server.restart()
    await until(lambda: answerer.link.state is LinkState.CONNECTED, DEADLINE)
    await answerer.link.barrier()


async def test_restarts_under_load_end_every_request_one_way_or_another(
    asker: NatsBroker, answerer: NatsBroker, server: EmbeddedServer
) -> None:
    @answerer.subscriber("svc")
    async def handle(body: int) -> int:
        return body

    await answerer.start()
    ends: Counter[str] = Counter()
    over = False

    async def keep_asking() -> None:
        while not over:
            end = await outcome(asker.request(1, "svc", timeout=3.0))
            ends[end] += 1

    asking = [asyncio.create_task(keep_asking()) for _ in range(50)]
    for _ in range(2):
        before = ends["1"]
        await until(lambda before=before: ends["1"] > before + 500, DEADLINE)
        await server.restart()
    before = ends["1"]
    await until(lambda: ends["1"] > before + 500, DEADLINE)
    over = True
    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*asking)
    assert set(ends) <= {"1", "LinkLost", "NoResponders", "NotSent", "RequestTimeout"}
    assert ends["LinkLost"] > 0


async def test_a_server_that_dies_under_a_barrier_and_a_stop_hangs_nobody(
    profile: Profile, server: EmbeddedServer
) -> None:
    broker = NatsBroker(profile, graceful_timeout=1.0)

    @broker.subscriber("svc")
    async def handle(body: str) -> str:
        return body

    await broker.start()
    asking = asyncio.create_task(outcome(broker.request("?", "nobody.knows", timeout=DEADLINE)))
    await asyncio.sleep(0)
    await server.stop()
    async with asyncio.timeout(DEADLINE):
        assert await asking in ("LinkLost", "NoResponders")
        await broker.stop()


# -- streams ------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"durable": "D"}, {"durable": "P", "pull_sub": 5}])
async def test_a_stream_deleted_under_a_subscriber(
    asker: NatsBroker, answerer: NatsBroker, settings: dict
) -> None:
    subscriber = answerer.subscriber("work", stream="WORK", **settings)

    @subscriber
    async def handle(body: str) -> str:
        return "done"

    await answerer.start()
    assert (await asker.request("?", "work", stream="WORK", timeout=10)).body == b"done"
    await answerer.jetstream.api("STREAM.DELETE.WORK")
    with pytest.raises(NatstapError) as caught:
        await asker.request("?", "work", stream="WORK", timeout=STORE_WAIT)
    assert "WORK" in str(caught.value)
    subscriber.consumer.suspect()
    await until(lambda: subscriber.consumer.trouble, DEADLINE)
    assert "WORK" in subscriber.consumer.trouble
    assert answerer.journal is not None
    notes = [answerer.journal.exchange(n).why for n, _ in answerer.journal.heads()]
    assert any("stream WORK is gone" in note for note in notes)
    await asker.jetstream.ensure_stream("WORK", ["work"])
    subscriber.consumer.suspect()
    await until(lambda: not subscriber.consumer.trouble, DEADLINE)
    assert (await asker.request("?", "work", stream="WORK", timeout=10)).body == b"done"
    async with asyncio.timeout(DEADLINE):
        await answerer.stop()


# -- odd messages -------------------------------------------------------------------------


async def test_a_body_one_byte_over_the_limit(asker: NatsBroker, answerer: NatsBroker) -> None:
    @answerer.subscriber("size")
    async def size(message: NatsMessage) -> int:
        return len(message.body)

    @answerer.subscriber("too.much")
    async def too_much(message: NatsMessage) -> bytes:
        return b"x" * (answerer.link.server.max_payload + 1)

    await answerer.start()
    limit = asker.link.server.max_payload
    with pytest.raises(TooLarge) as caught:
        await asker.request(b"x" * (limit + 1), "size", timeout=DEADLINE)
    room = limit - (caught.value.size - limit - 1)
    assert (await asker.request(b"x" * room, "size", timeout=DEADLINE)).body == b"%d" % room
    with pytest.raises(TooLarge) as caught:
        await asker.request(b"x" * (room + 1), "size", timeout=DEADLINE)
    assert (caught.value.size, caught.value.limit) == (limit + 1, limit)
    with pytest.raises(ServiceError, match="TooLarge"):
        await asker.request("?", "too.much", timeout=DEADLINE)


ODD_BLOCKS = [
    b"N",
    b"NATS/1.0",
    b"NATS/1.0 503\r\n\r\n",
    b"NATS/1.0 \xff\r\n\r\n",
    b"NATS/1.0\n\n",
    b"A: 1\r\n\r\n",
    b"NATS/1.0\r\nno colon\r\n folded\r\n: no name\r\n\r\n",
    b"NATS/1.0\r\ncorrelation_id: \r\ncontent-type: \xff\r\nreply_to: nobody\r\n\r\n",
    b"NATS/1.0\r\ncorrelation_id: one\r\ncorrelation_id: two\r\n\r\n",
    b"NATS/1.0\r\ncontent-type: application/json\r\n\r\n",
    b"NATS/1.0\r\ncorrelation_id: \xff\xfe\r\n\r\n",
    b"NATS/1.0\r\n" + b"".join(b"H%d: %d\r\n" % (n, n) for n in range(1000)) + b"\r\n",
    b"\x00" * 100,
    b"\r\n" * 50,
]


@pytest.mark.parametrize("body", [b"", b"a body"])
async def test_headers_of_every_odd_shape_reach_a_subscriber(
    answerer: NatsBroker, profile: Profile, body: bytes
) -> None:
    seen: list[NatsMessage] = []

    @answerer.subscriber("odd.{what}")
    async def odd(message: NatsMessage) -> str:
        seen.append(message)
        return "fine"

    await answerer.start()
    statuses = 0 if body else 1  # a bare 503 is no message to handle
    async with Raw.to(profile) as raw:
        for n, block in enumerate(ODD_BLOCKS):
            await raw.publish(b"odd.%d" % n, body, b"raw.back", block)
        await until(lambda: len(seen) == len(ODD_BLOCKS) - statuses)
        await raw.publish(b"odd.\xff\xfe", b"subject", b"\xfd")
        await until(lambda: seen[-1].body == b"subject")
    for message in seen:
        assert message.correlation_id
        assert isinstance(message.headers, dict)
    assert seen[-1].path == {"what": "\udcff\udcfe"}


async def test_what_could_not_be_sent_in_time_is_taken_back(
    server: EmbeddedServer, asker: NatsBroker
) -> None:
    await server.stop()
    await until(lambda: not asker.link.writing)
    with pytest.raises(NotSent, match="never sent"):
        await asker.request("too early", "svc", timeout=0.2)
    await server.restart()
    await until(lambda: asker.link.writing)
    heard: list[str] = []

    subscriber = asker.subscriber("svc")

    @subscriber
    async def answer(body: str) -> str:
        heard.append(body)
        return body

    await asker.start()
    await asker.request("in time", "svc", timeout=30)
    assert heard == ["in time"]
    await asker.remove(subscriber)


async def test_answers_of_every_odd_shape_end_a_request(
    asker: NatsBroker, answerer: NatsBroker
) -> None:
    bodies = [b"", b"x", b'{"stream":', b'{"stream":"S","seq":true}', b"[" * 5000]
    bodies += [b'{"error":{"code":"x","err_code":[]},"stream":"S","seq":0}']
    answers = [(block, body) for block in [b"", *ODD_BLOCKS] for body in bodies]

    def reply(subject: bytes, back: bytes, frame: bytes, start: int, head: int) -> None:
        block, body = answers[int(frame[start + head :])]
        answerer.link._client.send(publish_frame(back, b"", block, body) + b"\r\n")

    heard = answerer.link.subscribe(b"svc", reply)
    await answerer.link.barrier()
    ends = [
        outcome_without_waiting(asker.request(n, "svc", timeout=LOADED / 2))
        for n in range(len(answers))
    ]
    assert await gathered(ends) == {"answered": len(answers) - 2, "NoResponders": 1, "NotStored": 1}
    heard.end()


async def outcome_without_waiting(asking: Awaitable[NatsMessage]) -> str:
    try:
        await asking
    except NatstapError as error:
        return type(error).__name__
    return "answered"


ODD_INPUT = [
    {"headers": {"a b": "x"}},
    {"headers": {"a": "x\r\nEvil: 1"}},
    {"headers": {"a": None}},
    {"headers": {"a": 7}},
    {"headers": {7: "x"}},
    {"headers": {"a": "\ud800"}},
    {"correlation_id": "x\r\nEvil: 1"},
    {"correlation_id": "\ud800"},
    {"subject": "a b"},
    {"subject": "a.*"},
    {"subject": ""},
    {"subject": "\ud800"},
    {"subject": "a" * 5000},
    {"message": object()},
    {"message": "\ud800"},
]


async def test_a_stream_name_cannot_smuggle_a_header(asker: NatsBroker, journal: Journal) -> None:
    before = journal.next
    for ask in (asker.request, asker.publish):
        with pytest.raises(InvalidInput):
            await ask("x", "svc", stream="S\r\nEvil: 1")
    assert journal.next == before


@pytest.mark.parametrize("odd", ODD_INPUT, ids=lambda odd: "-".join(map(str, odd)))
async def test_input_that_cannot_be_sent_is_refused_before_anything_is(
    asker: NatsBroker, journal: Journal, odd: dict
) -> None:
    given = {"message": "x", "subject": "svc", "timeout": DEADLINE} | odd
    before = journal.next
    for ask in (asker.request, asker.publish):
        with pytest.raises(InvalidInput):
            await ask(**given)
    with pytest.raises(InvalidInput):
        asker.request_many(**given)
    assert journal.next == before
    await asker.link.barrier()
    assert asker.link.state is LinkState.CONNECTED


def test_the_ends_of_a_request_are_errors_of_ours() -> None:
    for kind in (LinkLost, NoResponders, RequestTimeout, ServiceError, TooLarge):
        assert issubclass(kind, NatstapError)
