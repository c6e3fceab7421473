"""What else belongs to RPC in FastStream's API: publishers, signals, reading without a handler."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import faststream.nats
import pytest
from helpers.peers import Tap, up
from helpers.peers import faststream as faststream_broker
from helpers.waiting import eventually, until

from engine import (
    AckMessage,
    Journal,
    JStream,
    NackMessage,
    NatsBroker,
    NatsMessage,
    NatsResponse,
    Profile,
    PullSub,
    RejectMessage,
    Response,
    Schedule,
    SkipMessage,
    StopConsume,
    Subscriber,
)
from engine.errors import (
    InvalidHandler,
    InvalidInput,
    InvalidOption,
    NoResponders,
    RequestTimeout,
)
from engine.server.server import EmbeddedServer

pytestmark = pytest.mark.one_server

Connect = Callable[..., Awaitable[NatsBroker]]


# -- publishers ----------------------------------------------------------------------------


async def test_a_timeout_that_nothing_waits_for_is_refused(broker: NatsBroker) -> None:
    publisher = broker.publisher("out")
    with pytest.raises(InvalidOption, match="waits for something"):
        await publisher.publish("x", timeout=3)


@pytest.mark.parametrize("whose", ["natstap", "faststream"])
async def test_results_go_to_the_asker_and_then_to_each_publisher(
    broker: NatsBroker, profile: Profile, whose: str
) -> None:
    """In the order of the wire, as FastStream's: the reply, then the innermost first."""
    peer: Any = broker if whose == "natstap" else faststream_broker(profile)

    @peer.publisher("out.2", headers={"by": "2"})
    @peer.subscriber("in")
    @peer.publisher("out.1", reply_to="answers")
    async def handle(body: str) -> str:
        return f"re: {body}"

    await up(peer)
    async with Tap(profile, "out.*") as tap:
        await broker.start()
        answer = await broker.request("x", "in", correlation_id="c", timeout=30)
        assert answer.body == b"re: x"
        await until(lambda: len(tap.heard) == 2)
    first, second = tap.heard if tap.heard[0].subject == "out.1" else tap.heard[::-1]
    assert (first.subject, first.reply, first.body) == ("out.1", "answers", b"re: x")
    assert first.headers["correlation_id"] == second.headers["correlation_id"] == "c"
    assert (second.subject, second.headers["by"]) == ("out.2", "2")
    if whose == "faststream":
        await peer.stop()


async def test_a_response_says_what_its_publishers_send(
    broker: NatsBroker, profile: Profile
) -> None:
    await broker.jetstream.ensure_stream("OUT", ["out"])

    @broker.subscriber("in")
    @broker.publisher("out", headers={"k": "publisher", "only": "publisher"})
    async def handle() -> NatsResponse:
        return NatsResponse(1, headers={"k": "v"}, correlation_id="own", stream="OUT")

    await broker.start()
    await broker.request("x", "in", timeout=30)
    stored = await broker.find_response("own", "OUT", timeout=30)
    assert (stored.body, stored.headers) == (b"1", {"only": "publisher", "k": "v"})
    assert stored.raw_headers["Nats-Expected-Stream"] == "OUT"


async def test_a_publisher_sends_and_asks_by_itself(broker: NatsBroker) -> None:
    seen: list[NatsMessage] = []

    @broker.subscriber("s", stream="S")
    async def handle(message: NatsMessage) -> str:
        seen.append(message)
        return "ok"

    await broker.start()
    publisher = broker.publisher("s", stream="S", headers={"a": "1", "b": "1"})
    answer = await publisher.request("x", headers={"b": "2"}, correlation_id="c", timeout=30)
    assert (answer.body, answer.correlation_id) == (b"ok", "c")
    assert seen[0].headers == {"a": "1", "b": "2"}
    stored = await publisher.publish("y")
    assert stored is not None
    assert stored.stream == "S"
    assert await broker.publisher("elsewhere").publish("z") is None


def test_a_publisher_is_refused_at_the_call() -> None:
    broker = NatsBroker()
    for options in (
        {"subject": "a.*"},
        {"subject": "a", "headers": "a: b"},
        {"subject": "a", "reply_to": "a b"},
        {"subject": "a", "timeout": 1},
    ):
        with pytest.raises(InvalidInput):
            broker.publisher(**options)
    with pytest.raises(InvalidHandler):
        broker.publisher("a")(3)


# -- signals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (AckMessage(), [b""]),
        (RejectMessage(), [b"+TERM"]),
        (NackMessage(), [b"-NAK", b""]),
        (NackMessage(delay=0.05), [b'-NAK {"delay": 50000000}', b""]),
    ],
    ids=repr,
)
async def test_a_signal_settles_the_message_and_answers_nobody(
    broker: NatsBroker, profile: Profile, signal: Exception, words: list[bytes]
) -> None:
    attempts: list[int] = []

    @broker.subscriber("s", stream="S")
    async def handle(body: str) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise signal

    await broker.start()
    async with Tap(profile, "$JS.ACK.>", "answers") as tap:
        await broker.publish("x", "s", stream="S", reply_to="answers")
        await until(lambda: len(tap.heard) >= len(words) * 2 - 1)
        await broker.stop()
        await tap.settle()
    assert [one.body for one in tap.heard if one.subject != "answers"] == words
    assert len([one for one in tap.heard if one.subject == "answers"]) == len(words) - 1


async def test_a_word_that_cannot_be_sent_is_noted_and_ends_no_worker(
    broker: NatsBroker, journal: Journal
) -> None:
    @broker.subscriber("s", stream="S")
    async def handle(body: str) -> None:
        await broker.link.close()
        raise AckMessage

    await broker.start()
    await broker.publish("x", "s", stream="S")
    await until(lambda: any(b"was not ack" in journal.message(note).body for note in journal.notes))


async def test_a_skipped_message_comes_again_after_its_time(broker: NatsBroker) -> None:
    attempts: list[int] = []

    @broker.subscriber("s", stream="S", ack_wait=0.1)
    async def handle(body: str) -> int:
        attempts.append(1)
        if len(attempts) == 1:
            raise SkipMessage
        return len(attempts)

    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert await answer.decode() == 2


async def test_a_signal_to_a_core_message_is_silence(broker: NatsBroker) -> None:
    @broker.subscriber("s")
    async def handle(body: str) -> None:
        raise AckMessage

    await broker.start()
    with pytest.raises(RequestTimeout):
        await broker.request("x", "s", timeout=0.2)


async def test_a_subscriber_may_stop_itself(broker: NatsBroker, connect: Connect) -> None:
    subscriber = broker.subscriber("s")

    @subscriber
    async def handle(body: str) -> None:
        raise StopConsume

    await broker.start()
    other = await connect()
    with pytest.raises(RequestTimeout):
        await other.request("x", "s", timeout=0.2)
    await until(lambda: not subscriber.running)

    async def gone() -> bool:
        try:
            await other.request("x", "s", timeout=0.2)
        except NoResponders:
            return True
        except RequestTimeout:
            return False
        return False

    await eventually(gone)


# -- reading without a handler -------------------------------------------------------------


async def test_a_permanent_reply_subject_is_read_one_by_one(broker: NatsBroker) -> None:
    @broker.subscriber("ask")
    async def handle(body: str) -> str:
        return f"re: {body}"

    await broker.start()
    answers = broker.subscriber("answers")
    assert await answers.get_one(timeout=0.01) is None
    for n in range(3):
        await broker.publish(n, "ask", reply_to="answers")
    first = await answers.get_one(timeout=30)
    assert first is not None
    assert first.body == b"re: 0"
    rest = []
    async for answer in answers:
        rest.append(answer.body)
        if len(rest) == 2:
            break
    assert rest == [b"re: 1", b"re: 2"]


async def collect(answers: Subscriber, seen: list[bytes]) -> None:
    async for answer in answers:
        seen.append(answer.body)


@pytest.mark.parametrize("options", [{}, {"stream": "S"}], ids=["core", "stream"])
async def test_what_comes_after_a_start_is_read_and_a_stop_ends_it(
    broker: NatsBroker, options: dict[str, Any]
) -> None:
    answers = broker.subscriber("answers", **options)
    for n in range(2):  # it may be started again
        await answers.start()
        await broker.publish(n, "answers")
        await broker.publish("last", "answers")
        first = await answers.get_one(timeout=30)
        assert first is not None
        assert await first.decode() == n

        seen: list[bytes] = []
        readers = [asyncio.create_task(collect(answers, seen)) for _ in range(2)]
        waiting = asyncio.create_task(answers.get_one(timeout=30))
        await until(seen.copy)
        await answers.stop()
        async with asyncio.timeout(30):
            await asyncio.gather(*readers)
            assert await waiting is None
        assert seen == [b"last"]


def test_what_was_kept_is_read_in_another_event_loop() -> None:
    broker = NatsBroker()
    answers = broker.subscriber("answers")

    async def work(*, publish: bool) -> Any:
        async with EmbeddedServer() as server:
            broker._servers = server.profile()
            await broker.connect()
            reader = asyncio.create_task(answers.get_one(timeout=30))
            await until(lambda: answers.running)
            if publish:
                await broker.publish("x", "answers")
            found = await reader
            await broker.stop()
            return found and found.body

    assert [asyncio.run(work(publish=True)) for _ in range(2)] == [b"x", b"x"]


async def test_a_stream_is_read_and_told(broker: NatsBroker) -> None:
    jobs = broker.subscriber("jobs", stream="JOBS", durable="D")
    await broker.start()
    async with asyncio.timeout(60):
        await broker.publish("x", "jobs", stream="JOBS")
        job = await jobs.get_one(timeout=30)
    assert job is not None
    assert job.body == b"x"

    async def told() -> bool:
        info = await broker.jetstream.consumer("JOBS", "D")
        return bool(info["ack_floor"]["stream_seq"] == 1)

    await eventually(told)


async def test_a_subscriber_with_a_handler_is_not_read(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s")
    subscriber(lambda body: body)
    with pytest.raises(InvalidHandler):
        await subscriber.get_one(timeout=1)


async def test_a_subscriber_listens_for_the_length_of_a_block(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s")
    subscriber(lambda body: body)
    async with subscriber:
        assert (await broker.request("x", "s", timeout=30)).body == b"x"
    with pytest.raises(NoResponders):
        await broker.request("x", "s", timeout=30)


# -- acknowledged for sure -----------------------------------------------------------------


async def test_an_acknowledgement_may_be_waited_for(broker: NatsBroker) -> None:
    floors: list[int] = []

    @broker.subscriber("s", stream="S", durable="D", ack_policy="manual")
    async def handle(message: NatsMessage) -> str:
        await message.ack_sync()
        info = await broker.jetstream.consumer("S", "D")
        floors.append(info["ack_floor"]["stream_seq"])
        return str(message.committed)

    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert (answer.body, floors) == (b"acked", [1])


# -- the broker's own options --------------------------------------------------------------


async def test_a_broker_is_pinged(profile: Profile) -> None:
    broker = NatsBroker(profile)
    assert not await broker.ping()
    async with broker:
        assert await broker.ping(timeout=30)


async def test_ids_inboxes_and_the_name_are_the_callers(profile: Profile) -> None:
    broker = NatsBroker(profile, id_generator=lambda: "own-id", inbox_prefix="_MINE.a", name="shop")

    @broker.subscriber("s")
    async def handle(message: NatsMessage) -> list[str]:
        return [message.correlation_id, message.reply_to]

    async with broker:
        await broker.start()
        assert (await broker.new_inbox()).startswith("_MINE.a.")
        correlation_id, reply_to = await (await broker.request("x", "s", timeout=30)).decode()
        assert correlation_id == "own-id"
        assert reply_to.startswith("_MINE.a.")
        assert broker.profile == replace(profile, name="shop", inbox_prefix="_MINE.a")


async def test_a_policy_may_be_the_brokers(profile: Profile) -> None:
    broker = NatsBroker(profile, ack_policy="nack_on_error")
    attempts: list[int] = []

    @broker.subscriber("s", stream="S")
    async def handle(body: str) -> int:
        attempts.append(1)
        if len(attempts) < 2:
            raise ValueError("not yet")
        return len(attempts)

    @broker.subscriber("s", stream="S", ack_policy="ack", durable="D")
    async def other(message: NatsMessage) -> Response:
        raise AckMessage

    async with broker:
        await broker.start()
        answer = await broker.request("x", "s", stream="S", timeout=30)
        assert await answer.decode() == 2


@pytest.mark.parametrize(
    "options",
    [{"ack_policy": "x"}, {"id_generator": "x"}, {"inbox_prefix": "a b"}, {"inbox_prefix": 5}],
    ids=str,
)
def test_a_brokers_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        NatsBroker(**options)


# -- the shapes that FastStream's users give -----------------------------------------------


@pytest.mark.parametrize(
    ("stream", "pull"),
    [
        (JStream("S", ["s.>", "s.a"], max_msgs=7, max_age=60), PullSub(3, timeout=2)),
        (
            faststream.nats.JStream("S", subjects=["s.>"], max_msgs=7, max_age=60),
            faststream.nats.PullSub(3, timeout=2),
        ),
    ],
    ids=["natstap", "faststream"],
)
async def test_a_stream_and_a_pull_may_be_given_whole(
    broker: NatsBroker, profile: Profile, stream: Any, pull: Any
) -> None:
    @broker.subscriber("s.a", stream=stream, pull_sub=pull, durable="D")
    async def handle(body: str) -> str:
        return body

    async with Tap(profile, "$JS.API.CONSUMER.MSG.NEXT.S.D") as tap:
        await broker.start()
        assert (await broker.request("x", "s.a", stream="S", timeout=30)).body == b"x"
        await tap.settle(broker.link)
    assert json.loads(tap.heard[0].body) == {"batch": 3, "expires": 2 * 10**9}
    config = (await broker.jetstream.stream("S"))["config"]
    assert (config["subjects"], config["max_msgs"], config["max_age"]) == (["s.>"], 7, 60 * 10**9)


@pytest.mark.parametrize("shape", [JStream, faststream.nats.JStream], ids=["natstap", "faststream"])
async def test_a_stream_that_is_there_keeps_its_settings(broker: NatsBroker, shape: Any) -> None:
    """What nobody asks for stays; what is asked for is refused where the stream has it not."""
    await broker.jetstream.ensure_stream("S", ["s"], {"max_msgs": 3, "max_msgs_per_subject": 2})
    before = (await broker.jetstream.stream("S"))["config"]

    @broker.subscriber("s", stream=shape("S", max_msgs=3))
    async def handle(body: str) -> str:
        return body

    await broker.start()
    assert (await broker.jetstream.stream("S"))["config"] == before
    other = broker.subscriber("s", stream=shape("S", max_msgs=7))
    other(handle)
    with pytest.raises(InvalidOption, match="exists with max_msgs=3, not 7"):
        await other.start()
    assert (await broker.jetstream.stream("S"))["config"] == before


def test_shapes_that_cannot_be_honoured_are_refused() -> None:
    for options in (
        {"stream": 5.5},
        {"stream": object()},
        {"stream": "S", "pull_sub": faststream.nats.PullSub(3, batch=True)},
        {"stream": "S", "pull_sub": PullSub(3, timeout=0)},
        {"stream": "S", "pull_sub": PullSub(3, timeout="1")},  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidOption):
            NatsBroker().subscriber("s", **options)
    with pytest.raises(InvalidInput):
        JStream("a b")
    with pytest.raises(InvalidOption, match="nobody reads it"):
        JStream("S", declare=False, max_age=5)


async def test_a_message_may_be_published_later(broker: NatsBroker) -> None:
    stream = JStream("LATER", ["later.>"], allow_msg_schedules=True)
    seen: list[NatsMessage] = []

    @broker.subscriber("later.now", stream=stream)
    async def handle(message: NatsMessage) -> None:
        seen.append(message)

    await broker.start()
    when = datetime.now(UTC) + timedelta(seconds=0.2)
    plan = Schedule(when, "later.now")
    await broker.publish({"a": 1}, "later.plan", stream="LATER", schedule=plan)
    await until(lambda: seen)
    assert await seen[0].decode() == {"a": 1}
    with pytest.raises(InvalidOption, match="time zone"):
        await broker.publish("x", "later.plan", schedule=Schedule(datetime(2030, 1, 1), "a"))
