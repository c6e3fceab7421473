"""When a handler fails: who is told, of what, and when it is tried again."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from faststream import AckPolicy as PeerPolicy
from helpers.peers import Tap
from helpers.peers import faststream as faststream_broker
from helpers.waiting import until

from engine import AckPolicy, NackMessage, NatsBroker, NatsMessage, Profile, ServiceError
from engine.errors import InvalidHandler, InvalidOption, StoredOnly

pytestmark = pytest.mark.one_server

Connect = Callable[..., Awaitable[NatsBroker]]


def failing(broker: Any, good_from: int, **settings: Any) -> list[int]:
    """A subscriber of stream S that fails before the attempt `good_from`, and then says which."""
    attempts: list[int] = []

    @broker.subscriber("s", stream="S", **settings)
    async def handle(body: str) -> Any:
        attempts.append(len(attempts) + 1)
        if attempts[-1] < good_from:
            raise ValueError("not yet")
        return attempts[-1]

    return attempts


# -- no error while the message will come again --------------------------------------------


@pytest.mark.parametrize("peer", ["natstap", "faststream"])
async def test_the_asker_gets_the_good_answer_of_a_later_attempt(
    broker: NatsBroker, profile: Profile, peer: str
) -> None:
    """As with FastStream, whose failed attempts are silent."""
    await broker.start()
    if peer == "natstap":
        attempts = failing(broker, 3, ack_policy=AckPolicy.NACK_ON_ERROR)
        await broker.start()
        answer = await broker.request("x", "s", stream="S", timeout=30)
    else:
        theirs = faststream_broker(profile)
        attempts = failing(theirs, 3, ack_policy=PeerPolicy.NACK_ON_ERROR)
        await theirs.start()
        answer = await broker.request("x", "s", stream="S", timeout=30)
        await theirs.stop()
    assert await answer.decode() == 3
    assert attempts == [1, 2, 3]


async def test_a_silent_attempt_by_hand_is_followed_by_another(broker: NatsBroker) -> None:
    attempts: list[int] = []

    @broker.subscriber("s", stream="S", ack_policy=AckPolicy.MANUAL, ack_wait=0.1)
    async def handle(message: NatsMessage) -> int:
        attempts.append(1)
        if len(attempts) < 2:
            raise ValueError("not yet")
        await message.ack()
        return len(attempts)

    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert await answer.decode() == 2


async def test_what_the_handler_gave_back_is_no_error_yet(broker: NatsBroker) -> None:
    attempts: list[int] = []

    @broker.subscriber("s", stream="S")
    async def handle(message: NatsMessage) -> int:
        attempts.append(1)
        if len(attempts) < 2:
            await message.nack()
            raise ValueError("given back, and then failed")
        return len(attempts)

    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert await answer.decode() == 2


@pytest.mark.parametrize(
    "settings",
    [
        {"ack_policy": "nack_on_error", "max_deliver": 3},
        {"ack_policy": "nack_on_error", "max_deliver": 3, "backoff": [0.01, 0.02]},
        {"ack_policy": "manual", "max_deliver": 3, "ack_wait": 0.05},
        {"ack_policy": "nack_on_error", "max_deliver": 3, "durable": "D", "pull_sub": True},
    ],
    ids=str,
)
async def test_after_the_last_attempt_the_asker_is_told(
    broker: NatsBroker, settings: dict[str, Any]
) -> None:
    attempts = failing(broker, 99, **settings)
    await broker.start()
    with pytest.raises(ServiceError, match=r"not yet.*3 attempts") as caught:
        await broker.request("x", "s", stream="S", timeout=30)
    assert (caught.value.attempts, caught.value.text) == (3, "ValueError: not yet")
    assert attempts == [1, 2, 3]


async def test_the_pauses_are_those_of_the_backoff(broker: NatsBroker, profile: Profile) -> None:
    """The server keeps to them by itself, so it is told nothing."""
    failing(broker, 99, ack_policy="nack_on_error", max_deliver=3, backoff=[0.01, 0.02])
    await broker.start()
    async with Tap(profile, "$JS.ACK.>") as tap:
        with pytest.raises(ServiceError, match="3 attempts"):
            await broker.request("x", "s", stream="S", timeout=30)
        await until(lambda: tap.heard)
        await tap.settle(broker.link)
    told = [(one.subject.split(".")[4], one.body[:4]) for one in tap.heard]
    assert told == [("3", b"-NAK")]


async def test_a_delay_is_no_longer_where_the_pauses_grow(
    broker: NatsBroker, profile: Profile
) -> None:
    """The server adds what the pause has grown by since the first, and takes off what it shrank."""

    @broker.subscriber("s", stream="S", max_deliver=5, backoff=[0.05, 0.06, 0.01, 0.2])
    async def handle(message: NatsMessage) -> None:
        await message.nack(0.03)

    await broker.start()
    async with Tap(profile, "$JS.ACK.>") as tap:
        await broker.publish("x", "s", stream="S")
        await until(lambda: len(tap.heard) == 4)
    told = [json.loads(one.body.removeprefix(b"-NAK "))["delay"] for one in tap.heard]
    assert told == [30_000_000, 20_000_000, 70_000_000, 1]


@pytest.mark.parametrize("settings", [{}, {"durable": "D", "pull_sub": True}], ids=str)
async def test_what_is_returned_answers_once_nothing_comes_again(
    broker: NatsBroker, settings: dict[str, Any]
) -> None:
    @broker.subscriber("reject", stream="S", **settings)
    async def reject(message: NatsMessage) -> str:
        await message.reject()
        return "not for us"

    nacking = broker.subscriber("nack", stream="T", max_deliver=3, **settings)

    @nacking
    async def nack(message: NatsMessage) -> int:
        await message.nack()
        return nacking.served

    await broker.start()
    assert (await broker.request("x", "reject", stream="S", timeout=30)).body == b"not for us"
    assert (await broker.request("x", "nack", stream="T", timeout=30)).body == b"3"


@pytest.mark.parametrize("policy", ["reject_on_error", "ack", "ack_first"])
async def test_where_nothing_comes_again_the_asker_is_told_at_once(
    broker: NatsBroker, policy: str
) -> None:
    failing(broker, 99, ack_policy=policy)
    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("x", "s", stream="S", timeout=30)
    assert caught.value.attempts == 1


async def test_a_poisoned_message_does_not_keep_a_worker_busy(broker: NatsBroker) -> None:
    attempts = failing(broker, 10**9, ack_policy="nack_on_error")
    await broker.start()
    with pytest.raises(StoredOnly):
        await broker.request("x", "s", stream="S", timeout=1)
    assert 2 <= len(attempts) < 20


async def test_a_message_of_ack_first_is_done_before_its_handler(broker: NatsBroker) -> None:
    committed: list[object] = []

    @broker.subscriber("s", stream="S", ack_policy=AckPolicy.ACK_FIRST)
    async def handle(message: NatsMessage) -> str:
        committed.append(message.committed)
        return "ok"

    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"
    assert committed == ["acked"]


# -- an error that the handler chose -------------------------------------------------------


async def test_a_service_error_arrives_as_it_was_raised(broker: NatsBroker) -> None:
    @broker.subscriber("shop")
    async def handle(body: Any) -> None:
        raise ServiceError(409, "sold out", body={"left": 0}, headers={"retry-after": "5"})

    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("tea", "shop", timeout=30)
    error = caught.value
    assert (error.code, error.text, error.subject) == ("409", "sold out", "shop")
    assert (error.body, error.headers) == ({"left": 0}, {"retry-after": "5"})


async def test_a_service_error_passes_through_a_chain_of_services(
    broker: NatsBroker, connect: Connect
) -> None:
    @broker.subscriber("stock")
    async def stock(body: Any) -> None:
        raise ServiceError(
            "E7", "sold out", body=b'{"left": 0}', headers=[("sku", "a"), ("b", "1")]
        )

    @broker.subscriber("shop", max_workers=2)
    async def shop(body: Any) -> Any:
        return (await broker.request(body, "stock", timeout=30)).body

    @broker.subscriber("gateway")
    async def gateway(body: Any) -> Any:
        return (await broker.request(body, "shop", timeout=30)).body

    await broker.start()
    asker = await connect()
    with pytest.raises(ServiceError) as caught:
        await asker.request("tea", "gateway", timeout=30)
    error = caught.value
    assert (error.code, error.text, error.subject) == ("E7", "sold out", "gateway")
    assert error.reply.body == b'{"left": 0}'
    assert list(error.headers.items()) == [("sku", "a"), ("b", "1")]


@pytest.mark.parametrize(
    ("headers", "arrived"),
    [
        ({"h": ["a", "b"]}, {"h": ["a", "b"]}),
        ([("h", "ü"), ("H", ""), ("h", "b")], {"h": ["ü", "b"], "H": ""}),
        ({"attempts": "7"}, {"attempts": "7"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("text", ["two  blanks", "a\ttab, \u2028 and é", "", "x" * 3000])
async def test_nothing_of_a_service_error_changes_on_its_way_through_services(
    broker: NatsBroker, headers: Any, arrived: Any, text: str
) -> None:
    @broker.subscriber("stock")
    async def stock(body: Any) -> None:
        raise ServiceError(409, text, body=b"\x00\xff", headers=headers)

    @broker.subscriber("shop")
    async def shop(body: Any) -> Any:
        try:
            await broker.request(body, "stock", timeout=30)
        except ServiceError as error:  # made anew of what it says
            raise ServiceError(
                error.code, error.text, body=error.body, headers=error.headers
            ) from error

    @broker.subscriber("gateway")
    async def gateway(body: Any) -> Any:
        await broker.request(body, "shop", timeout=30)

    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("tea", "gateway", timeout=30)
    error = caught.value
    assert (error.code, error.text, error.body, error.attempts) == ("409", text, b"\x00\xff", 1)
    assert error.headers == arrived


@pytest.mark.parametrize(
    "error",
    [
        ServiceError(400, "bad headers", headers={"n": 1}),
        ServiceError(400, "bad headers", headers={"a b": "1"}),
        ServiceError(400, "bad body", body=object()),
        ServiceError(400, "large", body=b"x" * 2_000_000),
    ],
    ids=str,
)
async def test_a_service_error_that_cannot_be_sent_is_told_too(
    broker: NatsBroker, error: ServiceError
) -> None:
    @broker.subscriber("shop")
    async def handle(body: Any) -> None:
        raise error

    await broker.start()
    for _ in range(2):
        with pytest.raises(ServiceError) as caught:
            await broker.request("tea", "shop", timeout=30)
        assert caught.value.code == "500"


# -- what no handler should raise ----------------------------------------------------------


class Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error",
    [
        pytest.fail.Exception("failed"),
        BaseException("base"),
        Mute(),
        ValueError("\ud800"),
        StopIteration(),
        GeneratorExit(),
        asyncio.CancelledError(),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("plain", [False, True], ids=["coroutine", "plain function"])
async def test_no_exception_makes_a_subscriber_deaf(
    broker: NatsBroker, error: BaseException, plain: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1)  # pytest's workers cannot pass half a surrogate pair on

    async def handle(body: str) -> str:
        if body == "fail":
            raise error
        return "fine"

    def in_thread(body: str) -> str:
        if body == "fail":
            raise error
        return "fine"

    broker.subscriber("fails")(in_thread if plain else handle)
    await broker.start()
    for _ in range(2):
        with pytest.raises(ServiceError):
            await broker.request("fail", "fails", timeout=30)
        assert (await broker.request("x", "fails", timeout=30)).body == b"fine"


@pytest.mark.parametrize("caught", [False, True], ids=["raised", "caught"])
async def test_a_task_group_that_fails_makes_no_subscriber_deaf(
    broker: NatsBroker, caught: bool
) -> None:
    async def fails() -> None:
        raise ValueError("the part")

    @broker.subscriber("group")
    async def handle(body: str) -> str:
        if body == "cancelled":
            raise asyncio.CancelledError
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
        except ExceptionGroup:
            if not caught:
                raise
        return "fine"

    await broker.start()
    for _ in range(2):
        if caught:
            assert (await broker.request("x", "group", timeout=30)).body == b"fine"
        else:
            with pytest.raises(ServiceError, match="ValueError: the part"):
                await broker.request("x", "group", timeout=30)
        with pytest.raises(ServiceError, match="CancelledError"):
            await broker.request("cancelled", "group", timeout=30)


async def test_the_error_that_a_task_group_ended_with_is_the_handlers_own(
    broker: NatsBroker,
) -> None:
    async def fails(code: int) -> None:
        raise ServiceError(code, "sold out", body={"left": code})

    @broker.subscriber("group")
    async def handle(codes: list[int]) -> None:
        async with asyncio.TaskGroup() as group:
            async with asyncio.TaskGroup() as inner:
                for code in codes:
                    inner.create_task(fails(code))
            group.create_task(asyncio.sleep(0))

    await broker.start()
    with pytest.raises(ServiceError) as one:
        await broker.request([409], "group", timeout=30)
    assert (one.value.code, one.value.text, one.value.body) == ("409", "sold out", {"left": 409})
    with pytest.raises(ServiceError, match="2 sub-exceptions") as two:
        await broker.request([1, 2], "group", timeout=30)
    assert two.value.code == "500"


async def test_a_handler_that_keeps_its_cancellation_to_itself_does_not_keep_the_broker(
    profile: Profile,
) -> None:
    broker = NatsBroker(profile, graceful_timeout=0)
    began = asyncio.Event()

    @broker.subscriber("stubborn")
    async def handle(body: str) -> None:
        began.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    await broker.start()
    await broker.publish("x", "stubborn")
    await broker.publish("y", "stubborn")
    await began.wait()
    await broker.stop()


async def test_a_handler_may_stop_its_broker(profile: Profile) -> None:
    broker = NatsBroker(profile)
    stopped = asyncio.Event()

    @broker.subscriber("end", max_workers=2)
    async def handle(body: str) -> None:
        if body == "end":
            await broker.stop()
            stopped.set()

    for _ in range(2):
        await broker.start()
        await broker.publish("x", "end")
        await broker.publish("end", "end")
        async with asyncio.timeout(10):  # less than what it would wait for itself
            await stopped.wait()
        stopped.clear()


# -- what would be ignored is refused ------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"durable": "D"},
        {"pull_sub": True},
        {"deliver_policy": "all"},
        {"ack_policy": "ack"},
        {"ack_wait": 1},
        {"max_deliver": 3},
        {"backoff": [1]},
        {"declare": False},
        {"durable": "nonsense with spaces"},
        {"stream": "S", "deliver_policy": "nonsense"},
        {"stream": "S", "ack_policy": "nonsense"},
        {"stream": "S", "ack_wait": 0},
        {"stream": "S", "ack_wait": float("nan")},
        {"stream": "S", "ack_wait": "1"},
        {"stream": "S", "max_deliver": 0},
        {"stream": "S", "max_deliver": True},
        {"stream": "S", "backoff": 1},
        {"stream": "S", "backoff": [0]},
        {"stream": "S", "backoff": [1], "ack_wait": 1},
        {"stream": "S", "backoff": [1, 2], "max_deliver": 2},
        {"stream": "S", "pull_sub": -1},
        {"stream": "S", "pull_sub": "5"},
        {"stream": "S", "pull_sub": 5, "durable": "D", "queue": "q"},
        {"max_workers": "3"},
    ],
    ids=str,
)
async def test_an_option_that_is_wrong_or_of_no_use_is_refused_at_the_call(
    broker: NatsBroker, options: dict[str, Any]
) -> None:
    before = list(broker.subscribers)
    with pytest.raises(InvalidOption) as caught:
        broker.subscriber("s", **options)
    assert caught.value.name in options
    assert broker.subscribers == before


# -- a durable that does something else ----------------------------------------------------


@pytest.mark.parametrize(
    ("made", "asked", "why"),
    [
        ({"filter_subject": "s.other"}, {}, "reads s.other"),
        ({"filter_subjects": ["s.a", "s.b"]}, {}, "reads s.a, s.b"),
        ({"filter_subject": "s.me.too"}, {}, "reads s.me.too, not s.me"),
        ({"filter_subject": "s.me", "max_deliver": 5}, {"max_deliver": 3}, "another max_deliver"),
        ({"filter_subject": "s.me"}, {"ack_wait": 3}, "another ack_wait"),
        ({"filter_subject": "s.me"}, {"deliver_policy": "new"}, "another deliver_policy"),
        ({"filter_subject": "s.me"}, {"backoff": [1, 2]}, "another backoff"),
    ],
    ids=str,
)
async def test_a_durable_that_would_not_do_what_is_asked_is_refused(
    broker: NatsBroker, made: dict[str, Any], asked: dict[str, Any], why: str
) -> None:
    await broker.jetstream.ensure_stream("S", ["s.>"])
    durable = {"name": "D", "durable_name": "D", "ack_policy": "explicit", "deliver_policy": "all"}
    await broker.jetstream.create_consumer("S", durable | made)
    subscriber = broker.subscriber("s.me", stream="S", durable="D", pull_sub=True, **asked)

    @subscriber
    async def handle(body: Any) -> None: ...

    with pytest.raises(InvalidHandler, match=why):
        await broker.start()


async def test_a_durable_that_does_what_is_asked_is_used(broker: NatsBroker) -> None:
    asked = {"ack_wait": 3, "max_deliver": 4, "deliver_policy": "all", "durable": "D"}
    for _ in range(2):
        subscriber = broker.subscriber("s", stream="S", pull_sub=True, **asked)

        @subscriber
        async def handle(body: str) -> str:
            return "ok"

        await broker.start()
        assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"
        await broker.remove(subscriber)


@pytest.mark.parametrize("headers", [5, 1.5, {"a": 1}, ["a"]], ids=str)
@pytest.mark.parametrize("stream", [None, "S"])
async def test_an_error_with_wrong_headers_is_told_and_the_next_request_is_served(
    broker: NatsBroker, headers: Any, stream: str | None
) -> None:
    @broker.subscriber("s", stream=stream)
    async def handle(body: str) -> str:
        if body == "bad":
            raise ServiceError(409, "sold out", headers=headers)
        return body

    await broker.start()
    with pytest.raises(ServiceError, match="InvalidHeader"):
        await broker.request("bad", "s", stream=stream, timeout=30)
    assert (await broker.request("good", "s", stream=stream, timeout=30)).body == b"good"


async def test_whatever_goes_wrong_a_worker_goes_on(broker: NatsBroker) -> None:
    class Odd(ServiceError):
        """It cannot even say what it is."""

        @property  # type: ignore[override]
        def text(self) -> str:
            raise LookupError("not today")

        @text.setter
        def text(self, value: str) -> None: ...

        def __str__(self) -> str:
            raise LookupError("nor now")

    @broker.subscriber("s")
    async def handle(body: str) -> str:
        if body == "bad":
            raise Odd(409, "sold out")
        return body

    await broker.start()
    with pytest.raises(ServiceError, match="LookupError: not today"):
        await broker.request("bad", "s", timeout=30)
    assert (await broker.request("good", "s", timeout=30)).body == b"good"


async def test_a_signal_that_cannot_be_kept_to_ends_no_worker(broker: NatsBroker) -> None:
    @broker.subscriber("s")
    async def handle(body: str) -> str:
        if body == "bad":
            signal = NackMessage()
            signal.delay = "soon"  # type: ignore[assignment]
            raise signal
        return body

    await broker.start()
    await broker.publish("bad", "s")
    assert (await broker.request("good", "s", timeout=30)).body == b"good"
