"""natstap and FastStream ask and answer each other over core NATS, both ways."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import faststream
import faststream.nats
import nats.errors
import pytest
from faststream.message import StreamMessage, decode_message
from helpers.peers import INBOXES, AnyBroker, Tap, all_headers, is_own, up, whole
from helpers.waiting import until
from pydantic import BaseModel, Field

import engine
from engine import Headers, Link, Message, NatsBroker, Profile
from engine.codec import decode
from engine.errors import DecodeError, NoResponders, RequestTimeout

pytestmark = pytest.mark.one_server

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TEXT, JSON = "text/plain", "application/json"


@dataclass
class Point:
    x: int
    y: float = 0.5


class Order(BaseModel):
    item: str
    quantity: int = Field(1, alias="qty")
    when: datetime | None = None


class Colour(Enum):
    RED = "red"


BODIES = [
    ("Hello, NATS!", b"Hello, NATS!", TEXT, "Hello, NATS!"),
    ("", b"", TEXT, ""),
    ("żółć 🦊", "żółć 🦊".encode(), TEXT, "żółć 🦊"),
    ("123", b"123", TEXT, "123"),
    (b"raw\x00\xff", b"raw\x00\xff", "", b"raw\x00\xff"),
    (b"", b"", "", b""),
    (b"123", b"123", "", 123),
    (b'{"a":1}', b'{"a":1}', "", {"a": 1}),
    (None, b"", "", b""),
    (7, b"7", JSON, 7),
    (-1.5, b"-1.5", JSON, -1.5),
    (True, b"true", JSON, True),
    ({"a": 1, "é": "ü"}, '{"a":1,"é":"ü"}'.encode(), JSON, {"a": 1, "é": "ü"}),
    ({}, b"{}", JSON, {}),
    ([1, [2, {"b": [None]}]], b'[1,[2,{"b":[null]}]]', JSON, [1, [2, {"b": [None]}]]),
    ((1, "b"), b'[1,"b"]', JSON, [1, "b"]),
    ({3}, b"[3]", JSON, [3]),
    (datetime(2020, 1, 2, tzinfo=UTC), b'"2020-01-02T00:00:00Z"', JSON, "2020-01-02T00:00:00Z"),
    (date(2020, 1, 2), b'"2020-01-02"', JSON, "2020-01-02"),
    (timedelta(hours=1, seconds=2.5), b'"PT1H2.5S"', JSON, "PT1H2.5S"),
    (UUID(int=5), f'"{UUID(int=5)}"'.encode(), JSON, str(UUID(int=5))),
    (Decimal("1.10"), b'"1.10"', JSON, "1.10"),
    (Colour.RED, b'"red"', JSON, "red"),
    (Point(1), b'{"x":1,"y":0.5}', JSON, {"x": 1, "y": 0.5}),
    ([Point(1)], b'[{"x":1,"y":0.5}]', JSON, [{"x": 1, "y": 0.5}]),
    (
        Order(item="tea", qty=2),
        b'{"item":"tea","qty":2,"when":null}',
        JSON,
        {"item": "tea", "qty": 2, "when": None},
    ),
]


# -- bodies --------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "wire", "content_type", "decoded"), BODIES)
async def test_a_body_crosses_as_the_same_bytes_and_value(
    pair, value: Any, wire: bytes, content_type: str, decoded: Any
) -> None:
    asker, service = pair
    seen = whole(service, "echo", lambda message: value)
    await up(service, asker)
    answer = await asker.request(value, "echo", timeout=30)
    for message in (seen[0], answer):
        assert (message.body, message.content_type) == (wire, content_type)
        assert await message.decode() == decoded
        assert type(await message.decode()) is type(decoded)


async def test_a_handler_gets_the_decoded_body(pair) -> None:
    asker, service = pair
    seen: list[Any] = []

    @service.subscriber("decoded")
    async def handle(body):
        seen.append(body)

    await up(service, asker)
    for value, *_ in BODIES:
        await asker.request(value, "decoded", timeout=30)
    assert seen == [decoded for *_, decoded in BODIES]


async def test_models_arrive_as_models(pair) -> None:
    asker, service = pair

    @service.subscriber("point")
    async def point(given: Point) -> Point:
        return Point(given.x + 1, given.y)

    @service.subscriber("order")
    async def order(given: Order) -> Order:
        return Order(item=given.item, qty=given.quantity + 1)

    await up(service, asker)
    moved = await asker.request(Point(1), "point", timeout=30)
    assert await moved.decode() == {"x": 2, "y": 0.5}
    more = await asker.request(Order(item="tea", qty=2), "order", timeout=30)
    assert await more.decode() == {"item": "tea", "qty": 3, "when": None}


@pytest.mark.parametrize("body", [b"123", b'{"a":1}', b"hello", b"", b"\xff", b'"\xc3\xa9"'])
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        TEXT,
        JSON,
        "application/json; charset=utf-8",
        "text/plain; charset=utf-8",
        "TEXT/PLAIN",
        "application/octet-stream",
    ],
)
def test_both_read_the_same_value_from_any_content_type(
    body: bytes, content_type: str | None
) -> None:
    theirs = StreamMessage(None, body, content_type=content_type)
    try:
        expected = decode_message(theirs)
    except ValueError:
        with pytest.raises(DecodeError):
            decode(body, content_type)
    else:
        assert decode(body, content_type) == expected


@pytest.mark.parametrize("name", ["content-type", "Content-Type"])
async def test_a_content_type_counts_only_in_small_letters(
    either: AnyBroker, link: Link, name: str
) -> None:
    seen = whole(either, "letters", lambda message: None)
    await up(either)
    link.publish(b"letters", b"[1]", b"", Headers([(name, TEXT)]).encode())
    await until(lambda: seen)
    assert await seen[0].decode() == ("[1]" if name == "content-type" else [1])


async def test_a_request_that_is_not_what_it_says_never_meets_the_handler(
    either: AnyBroker, link: Link
) -> None:
    seen: list[Any] = []

    @either.subscriber("broken")
    async def handle(body):
        seen.append(body)

    await up(either)
    for body in (b"[1", b"[1]"):
        link.publish(b"broken", body, b"", Headers([("content-type", JSON)]).encode())
    await until(lambda: seen)
    assert seen == [[1]]


async def test_an_answer_that_is_not_what_it_says_is_an_error_when_decoded(pair) -> None:
    asker, service = pair
    kind = engine.Response if is_own(service) else faststream.Response
    whole(service, "breaks", lambda message: kind("[1", headers={"content-type": JSON}))
    await up(service, asker)
    answer = await asker.request("x", "breaks", timeout=30)
    with pytest.raises(DecodeError if is_own(asker) else ValueError):
        await answer.decode()


# -- headers and ids -----------------------------------------------------------------------


async def test_user_headers_arrive_beside_the_frameworks(pair) -> None:
    asker, service = pair
    given = {"x-token": "żółć", "Empty": "", "lower_case": "a: b"}
    seen = whole(service, "heads", lambda message: "ok")
    await up(service, asker)
    await asker.request("x", "heads", headers=given, correlation_id="c", timeout=30)
    expected = {"content-type": TEXT, "correlation_id": "c", **given}
    assert all_headers(seen[0]) == expected
    assert seen[0].reply_to.startswith("_INBOX.")


async def test_user_headers_win_over_the_frameworks(pair) -> None:
    asker, service = pair
    given = {"correlation_id": "mine", "content-type": "application/json", "reply_to": "nowhere"}
    seen = whole(service, "heads", lambda message: "ok")
    await up(service, asker)
    answer = await asker.request("[1]", "heads", headers=given, correlation_id="c", timeout=30)
    assert seen[0].correlation_id == answer.correlation_id == "mine"
    assert await seen[0].decode() == [1]
    assert seen[0].reply_to.startswith("_INBOX.")


async def test_a_correlation_id_comes_back(pair) -> None:
    asker, service = pair
    seen = whole(service, "ids", lambda message: "ok")
    await up(service, asker)
    chosen = await asker.request("x", "ids", correlation_id="c-1", timeout=30)
    fresh = await asker.request("x", "ids", timeout=30)
    assert seen[0].correlation_id == chosen.correlation_id == "c-1"
    assert seen[1].correlation_id == fresh.correlation_id
    assert seen[1].message_id == fresh.correlation_id
    assert UUID4.fullmatch(fresh.correlation_id)


async def test_a_response_has_its_own_headers_and_id(pair) -> None:
    asker, service = pair
    kinds = (
        (engine.Response, engine.NatsResponse)
        if is_own(service)
        else (faststream.Response, faststream.nats.NatsResponse)
    )
    for subject, kind in zip(("plain", "nats"), kinds, strict=True):
        whole(
            service,
            subject,
            lambda message, kind=kind: kind(
                {"n": 1}, headers={"x-token": "t"}, correlation_id="theirs"
            ),
        )
    await up(service, asker)
    for subject in ("plain", "nats"):
        answer = await asker.request("x", subject, correlation_id="mine", timeout=30)
        assert await answer.decode() == {"n": 1}
        assert answer.correlation_id == "theirs"
        assert all_headers(answer) == {
            "content-type": JSON,
            "correlation_id": "theirs",
            "x-token": "t",
        }


async def test_a_request_without_headers_is_answered_with_a_fresh_id(
    either: AnyBroker, profile: Profile, link: Link
) -> None:
    seen = whole(either, "bare", lambda message: "ok")
    await up(either)
    async with Tap(profile, "back") as tap:
        link.publish(b"bare", b"x", b"back")
        await until(lambda: tap.heard)
    headers = tap.heard[0].headers
    assert list(headers) == ["content-type", "correlation_id"]
    assert headers["correlation_id"] == seen[0].correlation_id
    assert UUID4.fullmatch(headers["correlation_id"])


async def test_an_answer_without_headers_is_an_answer(either: AnyBroker, link: Link) -> None:
    def answer(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        link.publish(reply, b'{"plain":true}')

    link.subscribe(b"bare", answer)
    await link.barrier()
    await up(either)
    got = await either.request("x", "bare", correlation_id="c", timeout=30)
    assert await got.decode() == {"plain": True}
    assert got.correlation_id != "c"
    assert UUID4.fullmatch(got.correlation_id)


# -- who gets the answer -------------------------------------------------------------------


async def test_reply_to_takes_the_answer_to_a_permanent_subject(pair) -> None:
    asker, service = pair
    asked = whole(service, "ask", lambda message: "answer")
    answers = whole(asker, "answers", lambda message: None)
    await up(service, asker)
    await asker.publish("question", "ask", reply_to="answers", correlation_id="c-2")
    await until(lambda: answers)
    assert asked[0].reply_to == "answers"
    assert "reply_to" not in all_headers(asked[0])
    assert (answers[0].body, answers[0].correlation_id) == (b"answer", "c-2")
    assert answers[0].reply_to == ""


async def test_none_is_an_empty_answer(pair) -> None:
    asker, service = pair
    whole(service, "none", lambda message: None)
    await up(service, asker)
    answer = await asker.request("x", "none", correlation_id="c", timeout=30)
    assert answer.body == b""
    assert all_headers(answer) == {"content-type": "", "correlation_id": "c"}


async def test_no_reply_keeps_the_answer(pair) -> None:
    asker, service = pair
    seen = whole(service, "mute", lambda message: "never sent", no_reply=True)
    answers = whole(asker, "answers", lambda message: None)
    whole(service, "loud", lambda message: "sent")
    await up(service, asker)
    with pytest.raises(TimeoutError):
        await asker.request("x", "mute", timeout=0.1)
    await asker.publish("y", "mute", reply_to="answers")
    await until(lambda: len(seen) == 2)
    await asker.publish("z", "loud", reply_to="answers")
    await until(lambda: answers)
    assert [one.body for one in answers] == [b"sent"]


async def test_nobody_listens(pair) -> None:
    asker, _ = pair
    await up(asker)
    expected = NoResponders if is_own(asker) else nats.errors.NoRespondersError
    async with asyncio.timeout(20):
        with pytest.raises(expected):
            await asker.request("x", "nobody", timeout=30)


async def test_faststream_hears_of_an_error_of_ours(broker: NatsBroker, peer) -> None:
    @broker.subscriber("fails")
    async def handle(body):
        raise ValueError("no\nsuch thing")

    await up(broker, peer)
    answer = await peer.request("x", "fails", correlation_id="c", timeout=30)
    assert answer.body == b""
    assert answer.headers == {
        "content-type": "",
        "correlation_id": "c",
        "Nats-Service-Error": "ValueError: no such thing",
        "Nats-Service-Error-Code": "500",
    }


async def test_asked_for_silence_an_error_of_ours_is_faststreams_timeout(
    broker: NatsBroker, peer
) -> None:
    @broker.subscriber("fails", silent_errors=True)
    async def handle(body):
        raise ValueError("unsaid")

    await up(broker, peer)
    with pytest.raises(nats.errors.TimeoutError):
        await peer.request("x", "fails", timeout=0.1)


async def test_an_error_of_faststreams_is_our_timeout(broker: NatsBroker, peer) -> None:
    def fail(message: Any) -> None:
        raise ValueError("unsaid")

    seen = whole(peer, "fails", fail)
    await up(broker, peer)
    with pytest.raises(RequestTimeout) as caught:
        await broker.request("x", "fails", timeout=0.1)
    assert (caught.value.subject, caught.value.timeout) == ("fails", 0.1)
    await until(lambda: len(seen) == 1)


# -- several at once -----------------------------------------------------------------------


async def test_a_queue_group_of_both_kinds_shares_the_requests(broker: NatsBroker, peer) -> None:
    own = whole(broker, "shared", lambda message: "natstap", queue="group")
    theirs = whole(peer, "shared", lambda message: "faststream", queue="group")
    await up(broker, peer)
    for asker in (broker, peer):
        asked = [asker.request(n, "shared", timeout=30) for n in range(40)]
        answers = await asyncio.gather(*asked)
        assert {one.body for one in answers} == {b"natstap", b"faststream"}
    assert len(own) + len(theirs) == 80


async def test_without_a_queue_everybody_answers_and_one_answer_is_taken(
    broker: NatsBroker, peer, profile: Profile
) -> None:
    whole(broker, "all", lambda message: "natstap")
    whole(peer, "all", lambda message: "faststream")
    await up(broker, peer)
    async with Tap(profile, INBOXES) as tap:
        for asker in (broker, peer):
            tap.heard.clear()
            answer = await asker.request("x", "all", timeout=30)
            await until(lambda: len(tap.heard) == 2)
            assert answer.body == tap.heard[0].body
    replies = await broker.request_many("x", "all", count=2).all()
    assert {one.body for one in replies} == {b"natstap", b"faststream"}


async def test_many_requests_in_flight_keep_their_answers_apart(pair) -> None:
    asker, service = pair
    whole(service, "many", lambda message: message.body, max_workers=20)
    await up(service, asker)
    asked = [asker.request(str(n), "many", timeout=10) for n in range(200)]
    answers = await asyncio.gather(*asked)
    assert [one.body for one in answers] == [str(n).encode() for n in range(200)]


async def test_a_chain_of_both_keeps_one_correlation_id(broker: NatsBroker, peer) -> None:
    async def ask_on(message: Any) -> Any:
        answer = await peer.request(
            "deeper", "second", correlation_id=message.correlation_id, timeout=30
        )
        return answer.body + b", " + answer.correlation_id.encode()

    whole(broker, "first", ask_on)
    whole(peer, "second", lambda message: "from the second")
    await up(broker, peer)
    answer = await peer.request("x", "first", correlation_id="one", timeout=30)
    assert (answer.body, answer.correlation_id) == (b"from the second, one", "one")


# -- subjects ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "subject", "path"),
    [
        ("in.{name}.{id}", "in.john.2", {"name": "john", "id": "2"}),
        ("{first}.x", "a.x", {"first": "a"}),
        ("mix.{a}.>", "mix.one.two.three", {"a": "one"}),
        ("any.*.x", "any.b.x", {}),
        ("logs.>", "logs.a.b", {}),
    ],
)
async def test_both_capture_the_same_from_a_subject(
    pair, pattern: str, subject: str, path: dict[str, str]
) -> None:
    asker, service = pair
    seen = whole(service, pattern, lambda message: "ok")
    await up(service, asker)
    assert (await asker.request("x", subject, timeout=30)).body == b"ok"
    assert seen[0].path == path


# -- the wire ------------------------------------------------------------------------------

CALLS: list[dict[str, Any]] = [
    {"message": value, "correlation_id": "c"}
    for value in ("text", "", b"raw\xff", None, 7, {"é": [1]}, Order(item="tea"), Point(1))
]
CALLS += [
    {"message": "x", "correlation_id": "c", "headers": {"k": "v", "B": "", "a": "ü"}},
    {"message": "x", "correlation_id": "c", "headers": {"correlation_id": "mine", "k": "v"}},
    {"message": "x", "headers": {"k": "v", "content-type": "text/html", "reply_to": "r"}},
    {"message": "x", "correlation_id": "c", "headers": {"k": "  padded  "}},
    {"message": "x", "correlation_id": "  padded  "},
    {"message": "x"},
]


def on_the_wire(message: Message) -> tuple[bytes, bytes]:
    """Header block and body; a fresh id is replaced by the word for one."""
    return UUID4.sub("<fresh>", message.head.decode()).encode(), message.body


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_requests_and_publishes_are_the_same_bytes(
    broker: NatsBroker, peer, profile: Profile, call: dict[str, Any]
) -> None:
    whole(broker, "wire", lambda message: "ok")
    await up(broker, peer)
    async with Tap(profile, "wire", "quiet") as tap:
        for asker in (broker, peer):
            await asker.request(subject="wire", timeout=30, **call)
            await asker.publish(subject="quiet", reply_to="answers", **call)
        await until(lambda: len(tap.on("quiet")) == 2 == len(tap.on("wire")))
    own, theirs = tap.on("wire")
    assert on_the_wire(own) == on_the_wire(theirs)
    assert own.reply.startswith("_INBOX.")
    own, theirs = tap.on("quiet")
    assert on_the_wire(own) == on_the_wire(theirs)
    assert (own.reply, theirs.reply) == ("answers", "answers")


@pytest.mark.parametrize("call", CALLS, ids=str)
async def test_answers_are_the_same_bytes(
    broker: NatsBroker, peer, profile: Profile, link: Link, call: dict[str, Any]
) -> None:
    body, rest = call["message"], {k: v for k, v in call.items() if k != "message"}
    whole(broker, "own", lambda message: engine.Response(body, **rest))
    whole(peer, "theirs", lambda message: faststream.Response(body, **rest))
    await up(broker, peer)
    async with Tap(profile, "back.>") as tap:
        for asked in ([], [("correlation_id", "c")], [("correlation_id", ""), ("k", "v")]):
            tap.heard.clear()
            for subject in (b"own", b"theirs"):
                link.publish(subject, b"x", b"back." + subject, Headers(asked).encode())
            await until(lambda: len(tap.heard) == 2)
            own, theirs = tap.on("back.own") + tap.on("back.theirs")
            assert on_the_wire(own) == on_the_wire(theirs)
            assert own.reply == theirs.reply == ""
