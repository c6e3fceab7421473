"""natstap and FastStream ask and answer each other through streams, both ways."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import faststream
import faststream.nats
import nats.js.errors
import pytest
from helpers.peers import AnyBroker, Tap, all_headers, is_own, up, whole
from helpers.waiting import STORE_WAIT, until

import engine
from engine import Headers, Link, Message, NatsBroker, Profile
from engine.errors import NotStored, StoredOnly, WrongStream
from engine.rpc.handling.stream_options import AckPolicy

pytestmark = [
    pytest.mark.one_server,
    pytest.mark.filterwarnings(
        "ignore:The JetStream Push consumer with the `durable` option:RuntimeWarning"
    ),
]

pytest_plugins = ("interop",)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
INBOX = re.compile(r"_INBOX\.[\w.]+")
STREAM = "ORDERS"
KINDS: list[dict[str, Any]] = [
    {},
    {"durable": "D"},
    {"queue": "Q"},
    {"durable": "Q", "queue": "Q"},
    {"durable": "D", "pull_sub": True},
    {"durable": "D", "pull_sub": True, "max_workers": 3},
]


def ack_policy(broker: AnyBroker, name: str) -> Any:
    """The policy of that name, of the broker's own kind."""
    return getattr(AckPolicy if is_own(broker) else faststream.AckPolicy, name)


# -- requests ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_a_stored_request_is_answered(pair, kind: dict[str, Any]) -> None:
    asker, service = pair
    seen = whole(service, "s.{n}", lambda message: message.body, stream=STREAM, **kind)
    await up(service, asker)
    for n in range(3):
        answer = await asker.request({"n": n}, f"s.{n}", stream=STREAM, timeout=30)
        assert answer.body == b'{"n":%d}' % n
    assert [one.path for one in seen] == [{"n": "0"}, {"n": "1"}, {"n": "2"}]
    assert [await one.decode() for one in seen] == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("value", ["żółć", "", b"raw\xff", b"", None, 7, {"a": [1, None]}, [True]])
async def test_bodies_cross_unchanged(pair, value: Any) -> None:
    asker, service = pair
    seen = whole(service, "s", lambda message: value, stream=STREAM)
    await up(service, asker)
    answer = await asker.request(value, "s", stream=STREAM, timeout=30)
    assert seen[0].body == answer.body
    assert seen[0].content_type == answer.content_type
    assert await seen[0].decode() == await answer.decode() == (b"" if value is None else value)


async def test_the_inbox_travels_in_the_header(pair) -> None:
    asker, service = pair
    seen = whole(service, "s", lambda message: "ok", stream=STREAM)
    await up(service, asker)
    given = {"x-token": "t"}
    await asker.request("x", "s", headers=given, correlation_id="c", stream=STREAM, timeout=30)
    assert seen[0].reply_to.startswith("_INBOX.")
    assert all_headers(seen[0]) == {
        "content-type": "text/plain",
        "reply_to": seen[0].reply_to,
        "correlation_id": "c",
        "x-token": "t",
        "Nats-Expected-Stream": STREAM,
    }


async def test_a_correlation_id_comes_back(pair) -> None:
    asker, service = pair
    seen = whole(service, "s", lambda message: "ok", stream=STREAM)
    await up(service, asker)
    chosen = await asker.request("x", "s", stream=STREAM, correlation_id="c-1", timeout=30)
    fresh = await asker.request("x", "s", stream=STREAM, timeout=30)
    assert seen[0].correlation_id == chosen.correlation_id == "c-1"
    assert seen[1].correlation_id == fresh.correlation_id
    assert UUID4.fullmatch(fresh.correlation_id)


async def test_a_nats_response_to_an_inbox_is_a_plain_answer(pair) -> None:
    asker, service = pair
    kind = engine.NatsResponse if is_own(service) else faststream.nats.NatsResponse

    def answer(message: Any) -> Any:
        return kind("done", headers={"x-token": "t"}, correlation_id="theirs", stream=STREAM)

    whole(service, "s", answer, stream=STREAM)
    await up(service, asker)
    got = await asker.request("x", "s", stream=STREAM, correlation_id="mine", timeout=30)
    assert (got.body, got.correlation_id) == (b"done", "theirs")
    assert all_headers(got) == {
        "content-type": "text/plain",
        "correlation_id": "theirs",
        "x-token": "t",
    }


async def test_none_is_an_empty_answer(pair) -> None:
    asker, service = pair
    whole(service, "s", lambda message: None, stream=STREAM)
    await up(service, asker)
    answer = await asker.request("x", "s", stream=STREAM, correlation_id="c", timeout=30)
    assert answer.body == b""
    assert all_headers(answer) == {"content-type": "", "correlation_id": "c"}


async def test_no_reply_keeps_the_answer(pair) -> None:
    asker, service = pair
    seen = whole(service, "s", lambda message: "never sent", stream=STREAM, no_reply=True)
    await up(service, asker)
    with pytest.raises(TimeoutError):
        await asker.request("x", "s", stream=STREAM, timeout=0.2)
    await until(lambda: len(seen) == 1)


async def test_fifty_requests_in_flight_keep_their_answers_apart(pair) -> None:
    asker, service = pair
    whole(service, "s", lambda message: message.body, stream=STREAM)
    await up(service, asker)
    asked = [asker.request(str(n), "s", stream=STREAM, timeout=10) for n in range(50)]
    answers = await asyncio.gather(*asked)
    assert [one.body for one in answers] == [str(n).encode() for n in range(50)]


async def test_a_given_back_request_is_answered_the_second_time(pair) -> None:
    asker, service = pair

    async def answer(message: Any) -> Any:
        if len(seen) == 1:
            await message.nack()
            raise ValueError("once more, please")
        return f"try {len(seen)}"

    silence = {"silent_errors": True} if is_own(service) else {}
    seen = whole(service, "s", answer, stream=STREAM, **silence)
    await up(service, asker)
    answer = await asker.request("x", "s", stream=STREAM, timeout=30)
    assert answer.body == b"try 2"


async def test_faststream_hears_of_an_error_of_ours(broker: NatsBroker, peer) -> None:
    @broker.subscriber("s", stream=STREAM)
    async def handle(body):
        raise ValueError("no such thing")

    await up(broker, peer)
    answer = await peer.request("x", "s", stream=STREAM, correlation_id="c", timeout=30)
    assert answer.body == b""
    assert answer.headers == {
        "content-type": "",
        "correlation_id": "c",
        "Nats-Service-Error": "ValueError: no such thing",
        "Nats-Service-Error-Code": "500",
    }


async def test_an_error_of_faststreams_ends_as_stored_only(broker: NatsBroker, peer) -> None:
    def fail(message: Any) -> None:
        raise ValueError("unsaid")

    whole(peer, "s", fail, stream=STREAM)
    await up(broker, peer)
    with pytest.raises(StoredOnly) as caught:
        await broker.request("x", "s", stream=STREAM, timeout=STORE_WAIT)
    assert (caught.value.stream, caught.value.sequence) == (STREAM, 1)


async def test_the_wrong_stream_and_no_stream_have_their_errors_on_both_sides(pair) -> None:
    asker, service = pair
    whole(service, "s", lambda message: "ok", stream=STREAM)
    await up(service, asker)
    wrong = WrongStream if is_own(asker) else nats.js.errors.BadRequestError
    with pytest.raises(wrong) as caught:
        await asker.request("x", "s", stream="OTHER", timeout=30)
    assert caught.value.err_code == 10060
    nowhere = NotStored if is_own(asker) else nats.js.errors.NoStreamResponseError
    with pytest.raises(nowhere):
        await asker.request("x", "nowhere", stream=STREAM, timeout=30)


# -- reply_to ------------------------------------------------------------------------------


async def test_reply_to_takes_the_answer_to_a_permanent_subject(pair) -> None:
    asker, service = pair
    asked = whole(service, "s", lambda message: "answer", stream=STREAM)
    answers = whole(asker, "answers", lambda message: None)
    await up(service, asker)
    stored = await asker.publish(
        "question", "s", reply_to="answers", correlation_id="c-2", stream=STREAM, timeout=30
    )
    assert (stored.stream, stored.seq, bool(stored.duplicate)) == (STREAM, 1, False)
    await until(lambda: answers)
    assert asked[0].reply_to == all_headers(asked[0])["reply_to"] == "answers"
    assert (answers[0].body, answers[0].correlation_id) == (b"answer", "c-2")
    assert answers[0].reply_to == ""


async def test_the_answer_may_go_to_a_stream_of_its_own(pair) -> None:
    asker, service = pair
    answers = whole(asker, "answers.{who}", lambda message: None, stream="ANSWERS", durable="A")
    whole(service, "s", lambda message: "answer", stream=STREAM)
    await up(asker, service)
    await asker.publish(
        "question", "s", reply_to="answers.me", correlation_id="c", stream=STREAM, timeout=30
    )
    await until(lambda: answers)
    assert (answers[0].body, answers[0].correlation_id) == (b"answer", "c")
    assert answers[0].path == {"who": "me"}


async def test_a_stream_answers_a_core_reply_to_itself_and_the_service_cannot(
    either: AnyBroker, broker: NatsBroker
) -> None:
    """Facts T9: the reply subject gets the PubAck, and the subscriber sees nobody to answer."""
    asked = whole(either, "s", lambda message: "answer", stream=STREAM)
    answers = whole(broker, "answers", lambda message: None)
    await up(either, broker)
    await broker.publish("question", "s", reply_to="answers")
    await until(lambda: asked and answers)
    assert asked[0].reply_to == ""
    assert await answers[0].decode() == {"stream": STREAM, "seq": 1}


async def test_a_plain_client_is_answered_on_its_header(either: AnyBroker, link: Link) -> None:
    heard: asyncio.Queue[Message] = asyncio.Queue()
    link.subscribe(b"back", lambda s, r, frame, *_: heard.put_nowait(Message.from_frame(frame)))
    await link.barrier()
    whole(either, "s", lambda message: message.body, stream=STREAM)
    await up(either)
    head = Headers([("reply_to", "back"), ("correlation_id", "c")]).encode()
    link.publish(b"s", b"plain", b"", head)
    answer = await asyncio.wait_for(heard.get(), 30)
    assert (answer.body, answer.headers["correlation_id"]) == (b"plain", "c")
    link.publish(b"s", b"plain", b"", Headers([("Reply_To", "back")]).encode())
    link.publish(b"s", b"last", b"", head)
    assert (await asyncio.wait_for(heard.get(), 30)).body == b"last"


async def test_a_plain_worker_answers_on_the_header(
    either: AnyBroker, broker: NatsBroker, link: Link
) -> None:
    await broker.jetstream.ensure_stream(STREAM, ["s"])

    def work(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        back = Message.from_frame(frame).headers["reply_to"].encode()
        link.publish(back, b"by hand", b"", Headers([("correlation_id", "c")]).encode())
        link.publish(reply, b"")

    link.subscribe(b"work", work)
    await link.barrier()
    config = {"name": "W", "durable_name": "W", "deliver_subject": "work", "ack_policy": "explicit"}
    await broker.jetstream.create_consumer(STREAM, config)
    await up(either)
    answer = await either.request("x", "s", stream=STREAM, timeout=30)
    assert (answer.body, answer.correlation_id) == (b"by hand", "c")


# -- sharing streams and consumers ---------------------------------------------------------


async def test_a_queue_of_both_kinds_shares_the_requests(broker: NatsBroker, peer) -> None:
    own = whole(broker, "s", lambda message: "natstap", queue="Q", stream=STREAM)
    theirs = whole(peer, "s", lambda message: "faststream", queue="Q", stream=STREAM)
    await up(broker, peer)
    asked = [
        one.request(n, "s", stream=STREAM, timeout=10)
        for one in (broker, peer)
        for n in "abcdefghijklmnopqrst"
    ]
    answers = await asyncio.gather(*asked)
    assert {one.body for one in answers} == {b"natstap", b"faststream"}
    assert len(own) + len(theirs) == 40


@pytest.mark.parametrize("kind", KINDS[1:5], ids=str)
async def test_each_takes_over_a_durable_of_the_others(
    pair, profile: Profile, kind: dict[str, Any]
) -> None:
    first, second = pair
    whole(first, "s", lambda message: "first", stream=STREAM, **kind)
    await up(first)
    asker = NatsBroker(profile)
    await up(asker)
    assert (await asker.request("x", "s", stream=STREAM, timeout=30)).body == b"first"
    await first.stop()
    await asker.publish("while nobody listens", "s", stream=STREAM)
    seen = whole(second, "s", lambda message: "second", stream=STREAM, **kind)
    await up(second)
    await until(lambda: seen)
    assert (await asker.request("x", "s", stream=STREAM, timeout=30)).body == b"second"
    assert [one.body for one in seen] == [b"while nobody listens", b"x"]
    await asker.stop()


async def test_a_stream_of_faststreams_keeps_its_settings(broker: NatsBroker, peer) -> None:
    whole(peer, "theirs", lambda message: "faststream", stream=STREAM)
    await up(peer)
    before = (await broker.jetstream.stream(STREAM))["config"]
    whole(broker, "own", lambda message: "natstap", stream=STREAM)
    await up(broker)
    after = (await broker.jetstream.stream(STREAM))["config"]
    assert (before.pop("subjects"), after.pop("subjects")) == (["theirs"], ["theirs", "own"])
    assert after == before
    for subject, answer in (("theirs", b"faststream"), ("own", b"natstap")):
        got = await peer.request("x", subject, stream=STREAM, timeout=30)
        assert got.body == answer


async def test_faststream_joins_a_stream_of_ours(broker: NatsBroker, peer) -> None:
    whole(broker, "own", lambda message: "natstap", stream=STREAM)
    await up(broker)
    whole(peer, "theirs", lambda message: "faststream", stream=STREAM)
    await up(peer)
    for subject, answer in (("theirs", b"faststream"), ("own", b"natstap")):
        got = await broker.request("x", subject, stream=STREAM, timeout=30)
        assert got.body == answer


# -- the wire ------------------------------------------------------------------------------

CALLS: list[dict[str, Any]] = [
    {"message": "text", "correlation_id": "c"},
    {"message": None, "correlation_id": "c"},
    {"message": {"é": 1}, "correlation_id": "c", "headers": {"k": "v"}},
    {"message": "x", "headers": {"correlation_id": "mine", "content-type": "text/html"}},
    {"message": "x", "correlation_id": "c", "headers": {"Nats-Expected-Stream": "OTHER", "k": "v"}},
    {"message": "x"},
]


def on_the_wire(message: Message) -> tuple[str, bytes]:
    """Header block and body; fresh ids and inboxes are replaced by words for them."""
    head = UUID4.sub("<fresh>", message.head.decode())
    return INBOX.sub("<inbox>", head), message.body


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_requests_and_publishes_are_the_same_bytes(
    broker: NatsBroker, peer, profile: Profile, call: dict[str, Any]
) -> None:
    whole(broker, "s", lambda message: "ok", stream=STREAM)
    await up(broker, peer)
    async with Tap(profile, "s") as tap:
        for asker in (broker, peer):
            await asker.request(subject="s", stream=STREAM, timeout=30, **call)
            await asker.publish(subject="s", stream=STREAM, timeout=30, **call)
            await asker.publish(subject="s", reply_to="answers", stream=STREAM, timeout=30, **call)
        await until(lambda: len(tap.heard) == 6)
    own, theirs = tap.heard[:3], tap.heard[3:]
    assert [on_the_wire(one) for one in own] == [on_the_wire(one) for one in theirs]
    assert all(INBOX.fullmatch(one.reply) for one in tap.heard)


@pytest.mark.parametrize("call", CALLS[:4], ids=str)
async def test_answers_are_the_same_bytes(
    broker: NatsBroker, peer, profile: Profile, link: Link, call: dict[str, Any]
) -> None:
    body, rest = call["message"], {k: v for k, v in call.items() if k != "message"}
    whole(
        broker, "s.own", lambda m: engine.NatsResponse(body, stream=STREAM, **rest), stream=STREAM
    )
    whole(
        peer,
        "s.theirs",
        lambda m: faststream.nats.NatsResponse(body, stream=STREAM, **rest),
        stream=STREAM,
    )
    await up(broker, peer)
    async with Tap(profile, "back.>") as tap:
        for kind in ("own", "theirs"):
            head = Headers([("reply_to", f"back.{kind}")]).encode()
            link.publish(f"s.{kind}".encode(), b"x", b"", head)
        await until(lambda: len(tap.heard) == 2)
    own, theirs = tap.on("back.own") + tap.on("back.theirs")
    assert on_the_wire(own) == on_the_wire(theirs)
    assert own.reply == theirs.reply == ""


async def nothing(message: Any) -> None:
    """Leave the acknowledgement to the policy."""


async def fail(message: Any) -> None:
    raise ValueError("on purpose")


async def by_hand(message: Any) -> None:
    await message.in_progress()
    await message.ack()


async def delayed(message: Any) -> None:
    await message.in_progress()
    await message.nack(delay=60)


async def never_again(message: Any) -> None:
    await message.reject()
    await message.ack()


@pytest.mark.parametrize(
    ("policy", "handler", "words"),
    [
        ("REJECT_ON_ERROR", nothing, [b""]),
        ("REJECT_ON_ERROR", fail, [b"+TERM"]),
        ("NACK_ON_ERROR", nothing, [b""]),
        ("ACK", nothing, [b""]),
        ("ACK", fail, [b""]),
        ("MANUAL", by_hand, [b"+WPI", b""]),
        ("MANUAL", delayed, [b"+WPI", b'-NAK {"delay": 60000000000}']),
        ("MANUAL", never_again, [b"+TERM"]),
        ("REJECT_ON_ERROR", by_hand, [b"+WPI", b""]),
        ("REJECT_ON_ERROR", never_again, [b"+TERM"]),
        ("NACK_ON_ERROR", delayed, [b"+WPI", b'-NAK {"delay": 60000000000}']),
    ],
)
async def test_acknowledgements_are_the_same_bytes(
    either: AnyBroker,
    profile: Profile,
    broker: NatsBroker,
    policy: str,
    handler: Any,
    words: list[bytes],
) -> None:
    whole(either, "s", handler, stream=STREAM, ack_policy=ack_policy(either, policy))
    await up(either)
    async with Tap(profile, "$JS.ACK.>") as tap:
        await broker.publish("x", "s", stream=STREAM)
        await until(lambda: len(tap.heard) >= len(words))
        await either.stop()
        await tap.settle()
    assert [one.body for one in tap.heard] == words
    assert all(not one.head and not one.reply for one in tap.heard)


async def test_a_failure_given_back_by_policy_comes_again(
    either: AnyBroker, profile: Profile, broker: NatsBroker
) -> None:
    async def fail_once(message: Any) -> None:
        if len(seen) == 1:
            raise ValueError("on purpose")

    policy = ack_policy(either, "NACK_ON_ERROR")
    seen = whole(either, "s", fail_once, stream=STREAM, ack_policy=policy)
    await up(either)
    async with Tap(profile, "$JS.ACK.>") as tap:
        await broker.publish("x", "s", stream=STREAM)
        await until(lambda: len(tap.heard) == 2)
    assert [one.body for one in tap.heard] == [b"-NAK", b""]


async def test_the_answer_goes_out_before_the_acknowledgement(
    either: AnyBroker, profile: Profile, broker: NatsBroker
) -> None:
    whole(either, "s", lambda message: "ok", stream=STREAM)
    await up(either)
    async with Tap(profile, "back", "$JS.ACK.>") as tap:
        await broker.publish("x", "s", stream=STREAM, reply_to="back")
        await until(lambda: len(tap.heard) == 2)
    assert [one.subject.partition(".")[0] for one in tap.heard] == ["back", "$JS"]
