"""What the stream hears of each message, and subscribers that outlive what happens to it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from helpers.peers import Tap
from helpers.waiting import STORE_WAIT, until

from engine import JStream, Link, NatsBroker, NatsMessage, NatsResponse, Profile, Response
from engine.errors import InvalidOption, RequestTimeout, ServiceError, StoredOnly
from engine.rpc.handling.stream_options import AckPolicy

pytestmark = pytest.mark.one_server

ACKS = "$JS.ACK.>"


def keep(broker: NatsBroker, answer: Any = None, **settings: Any) -> list[NatsMessage]:
    """A subscriber of stream S that answers `answer` and keeps the messages it was given."""
    seen: list[NatsMessage] = []

    @broker.subscriber("s", stream="S", **settings)
    async def handle(message: NatsMessage) -> Any:
        seen.append(message)
        return answer

    return seen


# -- requests and reply_to -----------------------------------------------------------------


async def test_a_stored_request_says_where_it_was_stored_and_who_asked(
    broker: NatsBroker,
) -> None:
    seen = keep(broker, "ok")
    await broker.start()
    answer = await broker.request("x", "s", stream="S", correlation_id="c", timeout=30)
    assert (answer.body, answer.correlation_id) == (b"ok", "c")
    assert seen[0].raw_message.reply.startswith("$JS.ACK.S.")
    assert seen[0].reply_to == seen[0].raw_headers["reply_to"]
    assert list(seen[0].raw_headers) == [
        "content-type",
        "reply_to",
        "correlation_id",
        "Nats-Expected-Stream",
    ]
    assert seen[0].headers == {}


async def test_a_publish_is_acknowledged_and_answered_where_it_says(broker: NatsBroker) -> None:
    seen = keep(broker, "answer")
    answers: list[NatsMessage] = []

    @broker.subscriber("answers")
    async def collect(message: NatsMessage):
        answers.append(message)

    await broker.start()
    stored = await broker.publish("x", "s", stream="S", reply_to="answers", correlation_id="c")
    assert stored is not None
    assert (stored.stream, stored.seq, stored.duplicate) == ("S", 1, False)
    await until(lambda: answers)
    assert (answers[0].body, answers[0].correlation_id) == (b"answer", "c")
    assert list(seen[0].raw_headers)[:3] == ["content-type", "correlation_id", "reply_to"]


async def test_a_publish_without_a_stream_to_a_streams_subject_is_stored_unacknowledged(
    broker: NatsBroker,
) -> None:
    seen = keep(broker, "nobody wants this")
    await broker.start()
    assert await broker.publish("x", "s") is None
    await until(lambda: seen)
    assert seen[0].reply_to == ""
    assert "Nats-Expected-Stream" not in seen[0].raw_headers


async def test_a_request_nobody_consumes_stays_stored(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    with pytest.raises(StoredOnly) as caught:
        await broker.request("x", "s", stream="S", timeout=STORE_WAIT)
    assert isinstance(caught.value, TimeoutError)
    assert (await broker.jetstream.stream("S"))["state"]["messages"] == 1


async def test_a_stream_that_acknowledges_nothing_is_a_timeout(broker: NatsBroker) -> None:
    made = {"name": "S", "subjects": ["s"], "no_ack": True}
    await broker.jetstream.api("STREAM.CREATE.S", made)
    with pytest.raises(RequestTimeout) as caught:
        await broker.publish("x", "s", stream="S", timeout=0.1)
    assert not isinstance(caught.value, StoredOnly)
    keep(broker, "answered all the same")
    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert answer.body == b"answered all the same"


async def test_the_first_of_several_consumers_answers(broker: NatsBroker) -> None:
    shares = [keep(broker, "ok", durable=durable) for durable in ("A", "B", "")]
    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"
    await until(lambda: all(shares))
    assert not broker.inbox.waiting


async def test_a_failing_handler_is_a_service_error_through_a_stream_too(
    broker: NatsBroker,
) -> None:
    @broker.subscriber("s", stream="S")
    async def handle(body):
        raise LookupError("no such order")

    await broker.start()
    with pytest.raises(ServiceError, match="no such order"):
        await broker.request("x", "s", stream="S", timeout=30)


@pytest.mark.parametrize("kind", [Response, NatsResponse])
async def test_responses_keep_their_headers_and_id(broker: NatsBroker, kind) -> None:
    keep(broker, kind("ok", headers={"k": "v"}, correlation_id="own"))
    await broker.start()
    answer = await broker.request("x", "s", stream="S", correlation_id="asked", timeout=30)
    assert (answer.body, answer.headers, answer.correlation_id) == (b"ok", {"k": "v"}, "own")


# -- what the stream hears -----------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"durable": "D", "pull_sub": 5}], ids=str)
async def test_each_message_is_acknowledged_once(
    broker: NatsBroker, profile: Profile, settings: dict
) -> None:
    seen = keep(broker, **settings)
    await broker.start()
    async with Tap(profile, ACKS) as tap:
        for n in range(5):
            await broker.publish(n, "s", stream="S")
        await until(lambda: len(tap.heard) >= 5)
        await broker.stop()
        await tap.settle()
    assert [one.body for one in tap.heard] == [b""] * 5
    assert len({one.subject for one in tap.heard}) == len(seen) == 5
    assert [one.committed for one in seen] == ["acked"] * 5


async def test_a_message_told_twice_is_told_the_first(broker: NatsBroker, profile) -> None:
    @broker.subscriber("s", stream="S")
    async def handle(message: NatsMessage):
        await message.ack()
        await message.nack()
        await message.reject()
        await message.in_progress()
        raise ValueError("and it fails, too")

    await broker.start()
    async with Tap(profile, ACKS) as tap:
        await broker.publish("x", "s", stream="S")
        await until(lambda: tap.heard)
        await broker.stop()
        await tap.settle()
    assert [one.body for one in tap.heard] == [b""]


async def test_a_delayed_nack_comes_again_after_its_delay(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s", stream="S")

    @subscriber
    async def handle(message: NatsMessage):
        if subscriber.served == 1:
            await message.nack(delay=0.1)
        return subscriber.served

    await broker.start()
    answer = await broker.request("x", "s", stream="S", timeout=30)
    assert await answer.decode() == 2


async def test_manual_policy_leaves_everything_to_the_handler(
    broker: NatsBroker, profile: Profile
) -> None:
    seen = keep(broker, "ok", ack_policy=AckPolicy.MANUAL)
    await broker.start()
    async with Tap(profile, ACKS) as tap:
        await broker.request("x", "s", stream="S", timeout=30)
        await seen[0].ack()
        await seen[0].ack()
        await until(lambda: tap.heard)
        await broker.request("y", "s", stream="S", timeout=30)
        await broker.stop()
        await tap.settle()
    assert [one.body for one in tap.heard] == [b""]


# -- hostile and odd messages --------------------------------------------------------------


@pytest.mark.parametrize("reply_to", ["a b c d", "a.*", ">", ".", "a..b", "\x7f", "a\x00b"])
async def test_a_reply_to_that_is_no_subject_harms_nobody(
    broker: NatsBroker, profile: Profile, reply_to: str
) -> None:
    subscriber = broker.subscriber("s", stream="S", durable="D")

    @subscriber
    async def handle(body):
        return "ok"

    await broker.start()
    client = broker.link.server.client_id
    async with Tap(profile, ACKS) as tap:
        await broker.publish("bad", "s", stream="S", headers={"reply_to": reply_to})
        await until(lambda: tap.heard)
    assert tap.heard[0].body == b"+TERM"
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"
    assert (broker.link.server.client_id, subscriber.failed) == (client, 1)


@pytest.mark.parametrize("settings", [{"durable": "D"}, {"durable": "D", "queue": "Q"}], ids=str)
async def test_what_no_stream_delivered_is_not_acknowledged(
    broker: NatsBroker, profile: Profile, settings: dict
) -> None:
    seen = keep(broker, "ok", **settings)
    await broker.start()
    client = broker.link.server.client_id
    info = await broker.jetstream.consumer("S", "D")
    async with Link.opened(profile) as link:
        link.publish(info["config"]["deliver_subject"].encode(), b"smuggled")
        await link.barrier()
    await until(lambda: seen)
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"
    assert [one.committed for one in seen] == [None, "acked"]
    assert broker.link.server.client_id == client


# -- streams that go and come --------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"durable": "D"}], ids=str)
async def test_a_stream_made_anew_is_served_from_its_beginning(
    broker: NatsBroker, settings: dict
) -> None:
    seen = keep(broker, "ok", **settings)
    subscriber = broker.subscribers[0]
    await broker.start()
    assert subscriber.consumer is not None
    for n in range(5):
        await broker.request(n, "s", stream="S", timeout=30)
    await broker.jetstream.api("STREAM.DELETE.S")
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.publish("stored before anybody listens", "s", stream="S")
    subscriber.consumer.suspect()
    await until(lambda: len(seen) == 6)
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"ok"


async def test_a_lost_ephemeral_consumer_resumes_where_it_was(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.publish("old", "s", stream="S")
    seen = keep(broker, "ok")
    subscriber = broker.subscribers[0]
    await broker.start()
    assert subscriber.consumer is not None
    await broker.jetstream.delete_consumer("S", subscriber.consumer.name)
    await broker.publish("meanwhile", "s", stream="S")
    subscriber.consumer.suspect()
    await until(lambda: seen)
    await broker.request("new", "s", stream="S", timeout=30)
    assert [one.body for one in seen] == [b"meanwhile", b"new"]


async def nothing(message: NatsMessage) -> None: ...


@pytest.mark.parametrize(
    "settings",
    [
        {"metadata": {"team": "shop"}},
        {"max_msgs": 0, "max_bytes": 0, "max_msg_size": 0, "max_msgs_per_subject": 0},
        {"max_consumers": 0, "max_age": 0},
        {"republish": {"src": "s", "dest": "copy"}},
        {"sources": [{"name": "OTHER"}]},
        {"placement": {"tags": []}},
        {"subject_transform": {"src": "s", "dest": "t"}},
        {"consumer_limits": {"max_ack_pending": 5}},
    ],
    ids=str,
)
async def test_a_stream_that_was_made_so_is_taken_again(
    profile: Profile, settings: dict[str, Any]
) -> None:
    """The server adds to what it is told, and writes some of it otherwise."""
    for _ in range(2):
        async with NatsBroker(profile) as broker:
            broker.subscriber("s", stream=JStream("S", **settings))(nothing)
            await broker.start()


async def test_a_part_of_a_setting_that_differs_is_refused(profile: Profile) -> None:
    for settings, wrong in (
        ({"metadata": {"team": "shop"}}, {"metadata": {"team": "stock"}}),
        ({"max_msgs": 5}, {"max_msgs": 0}),
        ({"sources": [{"name": "OTHER"}]}, {"sources": []}),
    ):
        async with NatsBroker(profile) as broker:
            name = f"S-{next(iter(settings))}"
            for asked, fits in ((settings, True), (wrong, False)):
                subscriber = broker.subscriber(name, stream=JStream(name, **asked))
                subscriber(nothing)
                with nullcontext() if fits else pytest.raises(InvalidOption, match="exists with"):
                    await subscriber.start()
