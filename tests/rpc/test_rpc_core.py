"""Requests, answers and publishes over core NATS, between brokers of ours."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest
from helpers.waiting import until

from engine import Headers, Journal, Link, NatsBroker, NatsMessage, NatsResponse, Profile, Response
from engine.errors import (
    InvalidBody,
    InvalidHeader,
    InvalidInput,
    InvalidSubject,
    NoResponders,
    NotConnected,
    RequestTimeout,
    ServiceError,
    TooLarge,
)
from engine.journal import State

pytestmark = pytest.mark.one_server


@pytest.fixture
async def link(profile: Profile) -> AsyncIterator[Link]:
    """A bare connection, neither asker nor service."""
    async with Link.opened(profile) as opened:
        yield opened


def keep(
    broker: NatsBroker, subject: str, answer: Any = None, **settings: Any
) -> list[NatsMessage]:
    """A subscriber that answers `answer` and keeps the messages it was asked with."""
    seen: list[NatsMessage] = []

    @broker.subscriber(subject, **settings)
    async def handle(message: NatsMessage) -> Any:
        seen.append(message)
        return answer

    return seen


# -- requests ------------------------------------------------------------------------------


async def test_a_request_is_answered_with_its_correlation_id(broker: NatsBroker) -> None:
    keep(broker, "ask", "Response")
    await broker.start()
    answer = await broker.request(None, "ask", correlation_id="1", timeout=30)
    assert await answer.decode() == "Response"
    assert (answer.correlation_id, answer.message_id) == ("1", "1")
    assert (answer.content_type, answer.reply_to, answer.path) == ("text/plain", "", {})


async def test_the_subject_may_be_named_and_the_body_left_out(broker: NatsBroker) -> None:
    seen = keep(broker, "ask")
    await broker.start()
    await broker.request(subject="ask", timeout=30)
    assert (seen[0].body, seen[0].content_type) == (b"", "")


async def test_ids_are_chosen_or_fresh_and_never_shared(broker: NatsBroker) -> None:
    seen = keep(broker, "ask")
    await broker.start()
    await broker.request("x", "ask", correlation_id="chosen", timeout=30)
    for _ in range(3):
        await broker.request("x", "ask", timeout=30)
    ids = [one.correlation_id for one in seen]
    assert ids[0] == "chosen"
    assert len(set(ids)) == 4
    assert seen[1].correlation_id is seen[1].correlation_id


async def test_a_message_id_of_the_senders_is_kept(broker: NatsBroker) -> None:
    seen = keep(broker, "ask")
    await broker.start()
    await broker.request("x", "ask", headers={"message_id": "m"}, correlation_id="c", timeout=30)
    assert (seen[0].message_id, seen[0].correlation_id) == ("m", "c")


async def test_user_headers_win_and_are_exactly_what_arrives(broker: NatsBroker) -> None:
    seen = keep(broker, "ask", Response("ok", headers={"correlation_id": "from a header"}))
    await broker.start()
    given = {"k": "v", "correlation_id": "mine", "content-type": "application/json"}
    answer = await broker.request("[1]", "ask", headers=given, correlation_id="c", timeout=30)
    assert seen[0].raw_headers.as_dict() == given
    assert seen[0].headers == {"k": "v"}
    assert await seen[0].decode() == [1]
    assert answer.correlation_id == "from a header"


async def test_a_plain_answer_has_the_frameworks_two_headers_and_no_other(
    broker: NatsBroker,
) -> None:
    keep(broker, "ask", {"a": 1})
    await broker.start()
    answer = await broker.request("x", "ask", headers={"k": "v"}, correlation_id="c", timeout=30)
    assert answer.raw_headers == Headers(
        [("content-type", "application/json"), ("correlation_id", "c")]
    )
    assert answer.headers == {}


async def test_nobody_listens_is_known_at_once(broker: NatsBroker) -> None:
    async with asyncio.timeout(60):
        with pytest.raises(NoResponders) as caught:
            await broker.request("x", "nobody", timeout=30)
    assert caught.value.subject == "nobody"
    assert str(caught.value) == "nobody listens on 'nobody'"


@pytest.mark.parametrize("timeout", [1e-24, 0, -1])
async def test_no_time_at_all_is_a_timeout_and_the_request_is_still_handled(
    broker: NatsBroker, timeout: float
) -> None:
    seen = keep(broker, "slow", "too late")
    await broker.start()
    with pytest.raises(RequestTimeout):
        await broker.request("x", "slow", timeout=timeout)
    await until(lambda: seen)


async def test_a_late_answer_disturbs_nobody_and_is_recorded(
    broker: NatsBroker, journal: Journal
) -> None:
    gate = asyncio.Event()

    @broker.subscriber("slow", max_workers=2)
    async def handle(body):
        if body == "first":
            await gate.wait()
        return body

    await broker.start()
    call = broker.call("first", "slow", timeout=0.1)
    with pytest.raises(RequestTimeout) as caught:
        await call.answer()
    assert isinstance(caught.value, TimeoutError)
    assert not broker.inbox.waiting
    gate.set()
    await until(lambda: journal.exchange(call.number).state is State.LATE)
    assert (await broker.request("second", "slow", timeout=30)).body == b"second"


async def test_a_cancelled_request_is_forgotten_and_its_handler_goes_on(
    broker: NatsBroker,
) -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    @broker.subscriber("slow")
    async def handle(body):
        await gate.wait()
        done.set()

    await broker.start()
    request = asyncio.create_task(broker.request("x", "slow", timeout=60))
    await until(lambda: broker.inbox.waiting)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert not broker.inbox.waiting
    gate.set()
    await asyncio.wait_for(done.wait(), 30)


async def test_many_requests_in_flight_leave_nothing_behind(broker: NatsBroker) -> None:
    @broker.subscriber("echo", max_workers=50)
    async def handle(body):
        return body

    await broker.start()
    before = broker.link.subscription_count, len(asyncio.all_tasks())
    await broker.request("first", "echo", timeout=30)
    answers = await asyncio.gather(*(broker.request(n, "echo", timeout=20) for n in range(1000)))
    assert [await one.decode() for one in answers] == list(range(1000))
    assert not broker.inbox.waiting
    assert (broker.link.subscription_count - 1, len(asyncio.all_tasks())) == before


# -- what cannot be sent -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"subject": ""}, InvalidSubject),
        ({"subject": "a b"}, InvalidSubject),
        ({"subject": "a\tb"}, InvalidSubject),
        ({"subject": "a.*"}, InvalidSubject),
        ({"subject": ">"}, InvalidSubject),
        ({"subject": "a..b"}, InvalidSubject),
        ({"subject": "a", "headers": {"n": 1}}, InvalidHeader),
        ({"subject": "a", "headers": {"a b": "1"}}, InvalidHeader),
        ({"subject": "a", "headers": {"k": "x\r\ny: z"}}, InvalidHeader),
        ({"subject": "a", "correlation_id": "x\r\ny: z"}, InvalidHeader),
        ({"subject": "a", "message": object()}, InvalidBody),
        ({"subject": "a", "message": {"deep": {1, object()}}}, InvalidBody),
        ({"subject": "a", "message": b"x" * 2_000_000}, TooLarge),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "-".join(value),
)
async def test_what_cannot_be_sent_says_why_and_costs_nothing(
    broker: NatsBroker, call: dict[str, Any], error: type[InvalidInput]
) -> None:
    seen = keep(broker, "a", "still here")
    await broker.start()
    for send in (broker.request, broker.publish):
        with pytest.raises(error) as caught:
            await send(**call)
        assert isinstance(caught.value, InvalidInput)
    assert not broker.inbox.waiting
    assert (await broker.request("x", "a", timeout=30)).body == b"still here"
    assert len(seen) == 1


async def test_before_start_and_after_stop_nothing_is_sent(profile: Profile) -> None:
    broker = NatsBroker(profile)
    for _ in range(2):
        with pytest.raises(NotConnected):
            await broker.request("x", "a")
        with pytest.raises(NotConnected):
            await broker.publish("x", "a")
        await broker.start()
        await broker.stop()


# -- publish and reply_to ------------------------------------------------------------------


async def test_a_publish_returns_none_and_expects_nothing(broker: NatsBroker) -> None:
    seen = keep(broker, "told", "an answer nobody wants")
    await broker.start()
    assert await broker.publish("x", "told") is None
    await until(lambda: seen)
    assert seen[0].reply_to == ""


async def test_reply_to_is_the_reply_field_and_no_header(broker: NatsBroker) -> None:
    seen = keep(broker, "ask", "answer")
    answers = keep(broker, "answers")
    await broker.start()
    await broker.publish("x", "ask", reply_to="answers", correlation_id="c")
    await until(lambda: answers)
    assert seen[0].reply_to == seen[0].raw_message.reply == "answers"
    assert "reply_to" not in seen[0].raw_headers
    assert (answers[0].body, answers[0].correlation_id) == (b"answer", "c")


async def test_answers_to_answers_cannot_go_round_for_ever(broker: NatsBroker) -> None:
    one = keep(broker, "one", "from one")
    two = keep(broker, "two", "from two")
    await broker.start()
    await broker.publish("x", "one", reply_to="two")
    await until(lambda: two)
    await broker.request("end", "one", timeout=30)
    assert ([m.body for m in one], [m.body for m in two]) == ([b"x", b"end"], [b"from one"])


async def test_no_reply_answers_nobody(broker: NatsBroker) -> None:
    seen = keep(broker, "mute", "never sent", no_reply=True)
    answers = keep(broker, "answers")
    keep(broker, "loud", "sent")
    await broker.start()
    await broker.publish("x", "mute", reply_to="answers")
    await until(lambda: seen)
    await broker.publish("x", "loud", reply_to="answers")
    await until(lambda: answers)
    assert [one.body for one in answers] == [b"sent"]


async def test_no_reply_hides_an_error_too(broker: NatsBroker) -> None:
    @broker.subscriber("mute", no_reply=True)
    async def handle(body):
        raise ValueError("unsaid")

    await broker.start()
    with pytest.raises(RequestTimeout):
        await broker.request("x", "mute", timeout=0.1)


async def test_nobody_listening_is_no_message_for_a_reply_to_handler(broker: NatsBroker) -> None:
    """The server's 503 goes to the reply subject on the same connection; facts 3.2."""
    answers = keep(broker, "answers")
    keep(broker, "ask", "a real one")
    await broker.start()
    await broker.publish("x", "nobody", reply_to="answers")
    await broker.publish("x", "ask", reply_to="answers")
    await until(lambda: answers)
    assert [one.body for one in answers] == [b"a real one"]


async def test_an_empty_answer_with_headers_does_reach_a_reply_to_handler(
    broker: NatsBroker,
) -> None:
    answers = keep(broker, "answers")
    keep(broker, "ask", None)
    await broker.start()
    await broker.publish("x", "ask", reply_to="answers", correlation_id="c")
    await until(lambda: answers)
    assert (answers[0].body, answers[0].correlation_id) == (b"", "c")
    assert await answers[0].decode() == b""


# -- responses -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Response, NatsResponse])
async def test_a_response_has_its_own_body_headers_and_id(broker: NatsBroker, kind) -> None:
    keep(broker, "ask", kind([1], headers={"x-token": "t"}, correlation_id="own"))
    await broker.start()
    answer = await broker.request("x", "ask", correlation_id="asked", timeout=30)
    assert (await answer.decode(), answer.headers) == ([1], {"x-token": "t"})
    assert answer.correlation_id == "own"


async def test_a_response_without_an_id_has_the_requests(broker: NatsBroker) -> None:
    keep(broker, "ask", Response("ok"))
    await broker.start()
    answer = await broker.request("x", "ask", correlation_id="asked", timeout=30)
    assert answer.correlation_id == "asked"


async def test_response_headers_may_repeat(broker: NatsBroker) -> None:
    keep(broker, "ask", Response("ok", headers=[("k", "1"), ("k", "2")]))
    await broker.start()
    answer = await broker.request("x", "ask", timeout=30)
    assert answer.raw_headers.get_all("k") == ["1", "2"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (object, "InvalidBody: this body cannot be sent: a object has no JSON form"),
        (lambda: b"x" * 2_000_000, "TooLarge: "),
        (lambda: Response("x", headers={"n": 1}), "InvalidHeader: invalid header 'n'"),
        (lambda: Response("x", correlation_id="a\nb"), "InvalidHeader: "),
    ],
)
async def test_an_answer_that_cannot_be_sent_is_told(broker: NatsBroker, make, words: str) -> None:
    subscriber = broker.subscriber("ask")

    @subscriber
    async def handle(body):
        return make()

    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("x", "ask", timeout=30)
    assert caught.value.text.startswith(words)
    assert subscriber.failed == 1


# -- queue groups, workers -----------------------------------------------------------------


async def test_a_queue_group_answers_each_request_once(connect, broker: NatsBroker) -> None:
    other = await connect()
    shares = [keep(one, "shared", "ok", queue="group") for one in (broker, other)]
    await broker.start()
    await other.start()
    answers = await asyncio.gather(*(broker.request(n, "shared", timeout=30) for n in range(60)))
    assert [one.body for one in answers] == [b"ok"] * 60
    assert sorted(int(m.body) for share in shares for m in share) == list(range(60))
    assert all(shares)


async def test_two_groups_and_a_loner_each_get_every_message(broker: NatsBroker) -> None:
    shares = [keep(broker, "all", queue=queue) for queue in ("one", "one", "two", "")]
    await broker.start()
    for n in range(20):
        await broker.publish(n, "all")
    await until(lambda: sum(map(len, shares)) == 60)
    assert [len(shares[0]) + len(shares[1]), len(shares[2]), len(shares[3])] == [20, 20, 20]


async def test_one_worker_handles_in_order_one_at_a_time(broker: NatsBroker) -> None:
    busy, most, order = 0, 0, []

    @broker.subscriber("work")
    async def handle(body):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        order.append(body)
        busy -= 1

    await broker.start()
    await asyncio.gather(*(broker.request(n, "work", timeout=30) for n in range(30)))
    assert (most, order) == (1, list(range(30)))


async def test_max_workers_is_how_many_handle_at_once(broker: NatsBroker) -> None:
    together = asyncio.Barrier(3)
    busy, most = 0, 0

    @broker.subscriber("work", max_workers=3)
    async def handle(body):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await together.wait()
        busy -= 1

    await broker.start()
    await asyncio.gather(*(broker.request(n, "work", timeout=30) for n in range(9)))
    assert most == 3


async def test_with_workers_a_handler_may_ask_its_own_subject(broker: NatsBroker) -> None:
    @broker.subscriber("factorial", max_workers=5)
    async def factorial(n: int):
        if n <= 1:
            return 1
        smaller = await broker.request(n - 1, "factorial", timeout=30)
        return n * await smaller.decode()

    await broker.start()
    assert await (await broker.request(5, "factorial", timeout=30)).decode() == 120


# -- inboxes -------------------------------------------------------------------------------


async def test_requests_use_the_inbox_prefix(profile: Profile) -> None:
    own = dataclasses.replace(profile, inbox_prefix="_MINE.me")
    async with NatsBroker(own) as broker:
        seen = keep(broker, "ask", "ok")
        stored = keep(broker, "stored", "ok", stream="S")
        await broker.start()
        await broker.request("x", "ask", timeout=30)
        await broker.request("x", "stored", stream="S", timeout=30)
    assert seen[0].reply_to.startswith("_MINE.me.")
    assert stored[0].reply_to.startswith("_MINE.me.")


async def test_all_requests_share_one_inbox_subscription(broker: NatsBroker, link: Link) -> None:
    seen = keep(broker, "ask", "ok")
    await broker.start()
    before = broker.link.subscription_count
    for _ in range(5):
        await broker.request("x", "ask", timeout=30)
    assert broker.link.subscription_count == before + 1
    assert len({one.reply_to for one in seen}) == 5
    assert {one.reply_to.rpartition(".")[0] for one in seen} == {broker.inbox.prefix}


async def test_what_comes_to_a_foreign_token_of_the_inbox_is_nobodys_answer(
    broker: NatsBroker, link: Link
) -> None:
    seen = keep(broker, "ask", "ok")
    await broker.start()
    await broker.request("x", "ask", timeout=30)
    for subject in (f"{broker.inbox.prefix}.nobody", seen[0].reply_to):
        link.publish(subject.encode(), b"forged")
    await link.barrier()
    assert (await broker.request("x", "ask", timeout=30)).body == b"ok"
