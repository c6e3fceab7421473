"""What is given wrongly is refused in our words, before anything is sent; and loops and starts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from helpers.naming import named
from helpers.peers import Tap

from engine import (
    Journal,
    JStream,
    NackMessage,
    NatsBroker,
    NatsMessage,
    NatsResponse,
    Profile,
    PullSub,
    Response,
    Schedule,
)
from engine.errors import InvalidInput, InvalidOption, NatstapError, ServiceError, WrongLoop
from engine.server.server import EmbeddedServer

pytestmark = pytest.mark.one_server

Connect = Callable[..., Awaitable[NatsBroker]]
NAN = float("nan")


async def ask(broker: NatsBroker, call: str, given: dict[str, Any]) -> None:
    made = getattr(broker, call)(**given)
    if asyncio.iscoroutine(made):
        await made


@pytest.mark.parametrize(
    "arguments",
    [
        {"subject": 5},
        {"subject": ["a"]},
        {"subject": None},
        {"subject": b"a"},
        {"correlation_id": UUID(int=1)},
        {"correlation_id": 5},
        {"correlation_id": 0},
        {"correlation_id": []},
        {"headers": ""},
        {"headers": 0},
        {"headers": "a: b"},
        {"headers": b"a: b"},
        {"headers": 5},
        {"headers": [("a",)]},
        {"headers": ["ab"]},
        {"headers": {"a": 1}},
        {"headers": {1: "a"}},
        {"headers": {"a": b"b"}},
        {"stream": 5},
        {"stream": "a b"},
        {"timeout": "1"},
        {"timeout": NAN},
        {"timeout": True},
        {"message": object()},
    ],
    ids=named,
)
@pytest.mark.parametrize("call", ["request", "publish", "request_many"])
async def test_nothing_is_sent_of_what_cannot_be(
    broker: NatsBroker, profile: Profile, arguments: dict[str, Any], call: str
) -> None:
    if call == "request_many" and "stream" in arguments:
        pytest.skip("it takes no stream")
    given = {"message": "x", "subject": "s"} | arguments
    async with Tap(profile, "s") as tap:
        with pytest.raises(InvalidInput):
            await ask(broker, call, given)
        await broker.link.barrier()
        await tap.settle()
    assert tap.heard == []
    assert not broker.inbox.waiting


@pytest.mark.parametrize(
    "options", [{"gap": "1"}, {"gap": NAN}, {"count": 0}, {"count": "1"}, {"end": 5}], ids=named
)
async def test_many_replies_are_asked_for_with_sense(
    broker: NatsBroker, options: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        broker.request_many("x", "s", **options)


@pytest.mark.parametrize(
    "options",
    [
        {"subject": 5},
        {"subject": ["a"]},
        {"subject": "s", "queue": 5},
        {"subject": "s", "stream": 5},
        {"subject": "s", "stream": "a b"},
        {"subject": "s", "stream": "S", "durable": "a b"},
        {"subject": "s", "stream": "S", "queue": "a.b"},
        {"subject": "s", "stream": 0},
        {"subject": "s", "stream": []},
        {"subject": "s", "stream": "S", "durable": 0},
        {"subject": "s", "stream": "S", "durable": False},
        {"subject": "s", "stream": "S", "pull_sub": 0},
        {"subject": "s", "stream": "S", "pull_sub": []},
        {"subject": "s", "stream": "S", "deliver_policy": ""},
        {"subject": "s", "stream": "S", "deliver_policy": {}},
        {"subject": "s", "stream": "S", "declare": "no"},
        {"subject": "s", "stream": "S", "pull_sub": PullSub(0)},
        {"subject": "s", "no_reply": "no"},
        {"subject": "s", "silent_errors": "no"},
    ],
    ids=named,
)
def test_a_subscriber_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        NatsBroker().subscriber(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"servers": 5},
        {"servers": ""},
        {"servers": []},
        {"servers": [5]},
        {"graceful_timeout": "1"},
        {"silent_errors": "no"},
        {"journal": 5},
        {"name": 5},
        {"inbox_prefix": 5},
        {"inbox_prefix": "a b"},
    ],
    ids=named,
)
def test_a_broker_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        NatsBroker(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"subject": 5},
        {"subject": "s", "headers": 5},
        {"subject": "s", "headers": 0},
        {"subject": "s", "reply_to": 5},
        {"subject": "s", "reply_to": 0},
        {"subject": "s", "stream": 5},
        {"subject": "s", "stream": "a b"},
        {"subject": "s", "stream": "S", "timeout": "1"},
    ],
    ids=named,
)
def test_a_publisher_is_refused_at_the_call(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        NatsBroker().publisher(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"subjects": 5},
        {"subjects": None},
        {"subjects": "abc"},
        {"subjects": [["a"]]},
        {"declare": "no"},
        {"max_age": "1"},
        {"duplicate_window": NAN},
        {"description": object()},
        {"max_msgs": NAN},
    ],
    ids=named,
)
def test_a_stream_is_refused_where_it_is_made(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        JStream("S", **options)


@pytest.mark.parametrize("delay", ["1", b"1", NAN, float("inf"), -1, True, [1]], ids=repr)
async def test_a_delay_is_seconds_or_nothing(broker: NatsBroker, delay: Any) -> None:
    """Whatever is wrong with it is told in our words, and the handler goes on with the next."""
    told: list[NatstapError] = []

    @broker.subscriber("s", stream="S")
    async def handle(message: NatsMessage) -> str:
        try:
            await message.nack(delay)
        except NatstapError as error:
            told.append(error)
        if message.body == b"first":
            raise NackMessage(delay)
        return "done"

    await broker.start()
    with pytest.raises(ServiceError, match="delay"):
        await broker.request("first", "s", stream="S", timeout=30)
    answer = await broker.request("second", "s", stream="S", timeout=30)
    assert answer.body == b"done"
    assert len(told) == 2


@pytest.mark.parametrize("stream", [None, "S"])
async def test_where_answers_go_is_a_subject(broker: NatsBroker, stream: str | None) -> None:
    for reply_to in (0, False, [], 5, "a b"):
        with pytest.raises(InvalidInput):
            await broker.publish("x", "s", reply_to=reply_to, stream=stream)  # type: ignore[call-overload]


@pytest.mark.parametrize("timeout", ["1", NAN, True, []], ids=repr)
async def test_a_question_takes_seconds(profile: Profile, timeout: Any) -> None:
    async with NatsBroker(profile, journal=Journal()) as broker:
        broker.post("x", "s")
        for asked in (broker.audience("s", timeout=timeout), broker.why(1, timeout=timeout)):
            with pytest.raises(InvalidOption, match="timeout"):
                await asked


@pytest.mark.parametrize("what", ["x", object(), None])
async def test_only_what_is_known_is_explained(profile: Profile, what: Any) -> None:
    async with NatsBroker(profile, journal=Journal()) as broker:
        with pytest.raises(InvalidOption, match="is not an exchange"):
            await broker.why(what)


async def test_what_cannot_be_watched_or_scheduled_is_refused(broker: NatsBroker) -> None:
    with pytest.raises(InvalidInput):
        broker.watch(5)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        broker.watch(["a"])  # type: ignore[arg-type]
    for schedule in (5, Schedule("now", "a"), Schedule(datetime.now(UTC), 5)):  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            await broker.publish("x", "s", schedule=schedule)  # type: ignore[arg-type]


def test_a_response_is_refused_where_it_is_made() -> None:
    with pytest.raises(InvalidInput):
        NatsResponse("x", stream="a b")
    for options in ({"headers": "a: b"}, {"correlation_id": UUID(int=1)}):
        with pytest.raises(InvalidInput):
            Response("x", **options)


async def test_a_search_is_refused_at_the_call(broker: NatsBroker) -> None:
    for options in (
        {"correlation_id": UUID(int=1)},
        {"stream": 5},
        {"timeout": NAN},
        {"subject": "a b"},
        {"subject": ["a"]},
        {"correlation_id": "\ud800"},
    ):
        given = {"correlation_id": "c", "stream": "S"} | options
        with pytest.raises(InvalidInput):
            await broker.find_response(**given)


async def test_a_timeout_without_end_is_a_long_one(broker: NatsBroker) -> None:
    @broker.subscriber("s")
    async def handle(body: str) -> str:
        return body

    await broker.start()
    assert (await broker.request("x", "s", timeout=float("inf"))).body == b"x"


# -- starting, and event loops -------------------------------------------------------------


async def test_starts_at_once_are_one_start(profile: Profile, connect: Connect) -> None:
    broker = NatsBroker(profile)
    seen: list[str] = []

    @broker.subscriber("s")
    async def handle(body: str) -> None:
        seen.append(body)

    @broker.subscriber("t", stream="T")
    async def stored(body: str) -> str:
        return body

    await asyncio.gather(*(broker.start() for _ in range(3)), *(broker.connect() for _ in "ab"))
    other = await connect()
    found = await other.request(b"", "$SYS.REQ.USER.INFO", timeout=30)
    assert found.body
    await other.request("x", "s", timeout=30)
    assert seen == ["x"]
    listing = await other.jetstream.api("CONSUMER.NAMES.T")
    assert len(listing["consumers"]) == 1
    await asyncio.gather(broker.stop(), broker.stop())


async def test_subscribers_started_at_once_are_one(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("t", stream="T")

    @subscriber
    async def stored(body: str) -> str:
        return body

    await asyncio.gather(*(subscriber.start() for _ in range(3)))
    listing = await broker.jetstream.api("CONSUMER.NAMES.T")
    assert len(listing["consumers"]) == 1


def in_thread(work: Callable[[], Awaitable[Any]]) -> Any:
    """What `work` gives or raises in a loop of its own."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(asyncio.run(work()))
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return found[0] if found else TimeoutError("it hangs")


@pytest.mark.parametrize(
    "call",
    [
        lambda broker: broker.request("x", "s", timeout=30),
        lambda broker: broker.publish("x", "s"),
        lambda broker: broker.publish("x", "s", stream="S"),
        lambda broker: broker.start(),
        lambda broker: broker.stop(),
        lambda broker: broker.connect(),
        lambda broker: broker.find_response("c", "S"),
    ],
)
async def test_another_event_loop_is_told(broker: NatsBroker, call: Callable[..., Any]) -> None:
    async def work() -> None:
        await call(broker)

    error = await asyncio.to_thread(in_thread, work)
    assert isinstance(error, WrongLoop)
    assert isinstance(error, NatstapError)


async def test_a_thread_without_a_loop_is_told(broker: NatsBroker) -> None:
    with pytest.raises(WrongLoop):
        await asyncio.to_thread(broker.post, "x", "s")


def test_a_broker_may_be_started_in_one_loop_after_another() -> None:
    broker = NatsBroker()
    loops: list[int] = []

    @broker.subscriber("s", stream="S")
    async def handle(body: str) -> str:
        loops.append(id(asyncio.get_running_loop()))
        return body

    async def work() -> bytes:
        async with EmbeddedServer() as server:
            broker._servers = server.profile()
            await asyncio.gather(broker.start(), broker.start())
            answer = await broker.request("x", "s", stream="S", timeout=30)
            await asyncio.gather(broker.stop(), broker.stop())
            return answer.body

    assert [asyncio.run(work()) for _ in range(2)] == [b"x", b"x"]
    assert len(loops) == 2
