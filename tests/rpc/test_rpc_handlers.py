"""What a handler is given, what may be a handler, and what becomes of one that fails."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Never, NoReturn, Protocol
from typing import TypedDict as UntoldDict
from uuid import UUID

import faststream
import faststream.nats
import pytest
from helpers.naming import named
from helpers.peers import faststream as faststream_broker
from helpers.peers import up
from helpers.waiting import until
from pydantic import AliasPath, BaseModel, Field
from typing_extensions import TypedDict  # pydantic wants it before Python 3.12

from engine import Link, NatsBroker, NatsMessage, NatsResponse, Profile, Response
from engine.codec import encode
from engine.errors import InvalidHandler, InvalidOption, RequestTimeout, ServiceError

pytestmark = pytest.mark.one_server


class Order(BaseModel):
    item: str
    quantity: int = Field(1, alias="qty")


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Path:
    points: list[Point]
    start: datetime | None = None
    order: Order | None = None
    tags: set[str] = field(default_factory=set)


class Colour(Enum):
    RED = "red"


class Loose(TypedDict):
    a: int


class OldDict(UntoldDict):
    a: int


class Pair(NamedTuple):
    a: int
    b: str


UTC_DAY = datetime(2020, 1, 2, tzinfo=UTC)


def give(broker: NatsBroker, subject: str, wanted: Any, **settings: Any) -> list[Any]:
    """A subscriber whose one parameter is annotated `wanted`; the list gets its arguments."""
    seen: list[Any] = []

    async def handle(body: Any) -> None:
        seen.append(body)

    handle.__annotations__ = {"body": wanted}
    broker.subscriber(subject, **settings)(handle)
    return seen


# -- one parameter -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "sent", "expected"),
    [
        (str, "text", "text"),
        (str, "", ""),
        (str, "123", "123"),
        (str, b"123", "123"),
        (str, 5, "5"),
        (str, {"a": 1}, '{"a":1}'),
        (str, None, ""),
        (bytes, b"raw\xff", b"raw\xff"),
        (bytes, b"123", b"123"),
        (bytes, "text", b"text"),
        (bytes, None, b""),
        (int, 7, 7),
        (int, "7", 7),
        (int, 7.0, 7),
        (float, 7, 7.0),
        (float, 1.5, 1.5),
        (bool, True, True),
        (bool, "false", False),
        (dict, {"a": 1}, {"a": 1}),
        (list, [1], [1]),
        (tuple, [1], (1,)),
        (set, {1}, {1}),
        (Any, {"a": [1]}, {"a": [1]}),
        (datetime, UTC_DAY, UTC_DAY),
        (date, date(2020, 1, 2), date(2020, 1, 2)),
        (UUID, UUID(int=5), UUID(int=5)),
        (Decimal, Decimal("1.10"), Decimal("1.10")),
        (Colour, Colour.RED, Colour.RED),
        (Point, Point(1), Point(1)),
        (Point, {"x": 1, "unknown": 2}, Point(1)),
        (Order, Order(item="tea", qty=2), Order(item="tea", qty=2)),
        (list[Point], [Point(1), Point(2)], [Point(1), Point(2)]),
        (dict[str, Order], {"a": Order(item="tea")}, {"a": Order(item="tea")}),
        (tuple[int, ...], ["1", 2], (1, 2)),
        (Order | None, Order(item="tea"), Order(item="tea")),
        (Order | None, None, None),
        (int | str, "a", "a"),
        (int | str, 1, 1),
        (Point | list[Point], [Point(1)], [Point(1)]),
        (
            Path,
            Path([Point(1)], UTC_DAY, Order(item="tea"), {"t"}),
            Path([Point(1)], UTC_DAY, Order(item="tea"), {"t"}),
        ),
        (Annotated[int, "a note"], "7", 7),
        (Loose, {"a": "1"}, {"a": 1}),
        (Sequence[int], [1], [1]),
        (Literal["red", "blue"], "red", "red"),
        (Annotated[int, Field(gt=0)], 7, 7),
        (tuple[int, str], [1, "a"], (1, "a")),
        (Pair, [1, "a"], Pair(1, "a")),
        (timedelta, timedelta(seconds=90), timedelta(seconds=90)),
        (int | None, None, None),
    ],
    ids=named,
)
async def test_a_parameter_gets_the_body_as_its_annotation_says(
    broker: NatsBroker, wanted: Any, sent: Any, expected: Any
) -> None:
    seen = give(broker, "typed", wanted)
    await broker.start()
    await broker.request(sent, "typed", timeout=30)
    assert seen == [expected]
    assert type(seen[0]) is type(expected)


@pytest.mark.parametrize(
    ("wanted", "sent", "words"),
    [
        (int, "seven", "ValidationError: body: Input should be a valid integer"),
        (int, 5.5, "ValidationError: body: Input should be a valid integer"),
        (int, [1], "ValidationError: body: Input should be a valid integer"),
        (float, "x", "ValidationError: body: Input should be a valid number"),
        (bool, "maybe", "ValidationError: body: Input should be a valid boolean"),
        (dict, [1], "ValidationError: body: Input should be a valid dictionary"),
        (list[int], {"a": 1}, "ValidationError: body: Input should be a valid list"),
        (datetime, "yesterday", "ValidationError: body: Input should be a valid datetime"),
        (UUID, "x", "ValidationError: body: Input should be a valid UUID"),
        (Colour, "blue", "ValidationError: body: Input should be 'red'"),
        (Point, {"y": 1}, "ValidationError: body: x: Field required"),
        (Order, {"qty": 1}, "ValidationError: body: item: Field required"),
        (int | None, "x", "ValidationError: body: "),
        (Literal["red", "blue"], "green", "ValidationError: body: Input should be 'red' or 'blue'"),
        (Annotated[int, Field(gt=0)], 0, "ValidationError: body: Input should be greater than 0"),
        (Loose, {"a": "x"}, "ValidationError: body: a: Input should be a valid integer"),
        (Pair, [1], "ValidationError: body: "),
        (tuple[int, str], [1], "ValidationError: body: 1: Field required"),
        (timedelta, "soon", "ValidationError: body: Input should be a valid timedelta"),
        (list[Point], [{"x": 1}, {}], "ValidationError: body: 1.x: Field required"),
        (str, b"\xff", "UnicodeDecodeError: "),
    ],
    ids=named,
)
async def test_a_body_that_does_not_fit_is_told_and_never_meets_the_handler(
    broker: NatsBroker, wanted: Any, sent: Any, words: str
) -> None:
    seen = give(broker, "typed", wanted)
    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request(sent, "typed", timeout=30)
    assert caught.value.text.startswith(words)
    assert not seen


@pytest.mark.parametrize(
    "value",
    [
        "text",
        b"raw\xff",
        7,
        1.5,
        True,
        {"a": [1, None]},
        [1, "b"],
        UTC_DAY,
        UUID(int=5),
        Decimal("1.10"),
        Point(1),
        Order(item="tea", qty=2),
    ],
    ids=named,
)
async def test_a_value_of_any_kind_goes_round(broker: NatsBroker, value: Any) -> None:
    async def handle(body: Any) -> Any:
        return body

    handle.__annotations__ = {"body": type(value)}
    broker.subscriber("round")(handle)
    await broker.start()
    answer = await broker.request(value, "round", timeout=30)
    assert (answer.body, answer.content_type) == encode(value)


# -- several parameters, the message, none -------------------------------------------------


async def test_an_object_is_spread_by_name_and_a_list_by_position(broker: NatsBroker) -> None:
    @broker.subscriber("spread")
    async def handle(a: int, b: Point, c="default"):
        return [a, b, c]

    await broker.start()
    for body in ({"b": {"x": 1}, "a": "7", "z": 0}, ["7", {"x": 1}]):
        answer = await broker.request(body, "spread", timeout=30)
        assert await answer.decode() == [7, {"x": 1, "y": 0.5}, "default"]


@pytest.mark.parametrize("body", ["text", 5, {"a": 1}, [1, 2, 3, 4], None])
async def test_what_cannot_be_spread_is_told(broker: NatsBroker, body: Any) -> None:
    @broker.subscriber("spread")
    async def handle(a, b, c="default"):
        return "never"

    await broker.start()
    with pytest.raises(ServiceError):
        await broker.request(body, "spread", timeout=30)


class Shop:
    def price(self, item: str) -> int:
        return len(item)


SHOP = Shop()
NEW_LIST: list[Any] = Field(default_factory=list)


@pytest.mark.parametrize("body", [{"item": "tea", "qty": 2}, {"item": "tea", "shop": "mine"}])
async def test_a_default_that_no_message_brings_is_the_handlers_own(
    broker: NatsBroker, body: Any
) -> None:
    @broker.subscriber("typed")
    async def typed(order: Order, shop: Shop = SHOP, make: Any = len):
        return [shop.price(order.item), make(order.item)]

    @broker.subscriber("untyped")
    async def untyped(order: dict, message: NatsMessage, shop=SHOP, kind=Shop):
        assert message.subject == "untyped"
        return [shop.price(order["item"]), kind().price("coffee")]

    await broker.start()
    for subject, wanted in (("typed", [3, 3]), ("untyped", [3, 6])):
        answer = await broker.request(body, subject, timeout=30)
        assert await answer.decode() == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [(5, 5), ("7", 7), ({"n": 5}, 5), ({"n": 5, "shop": 1}, 5), ([5], 5)],
    ids=named,
)
async def test_what_faststreams_askers_send_beside_an_own_default_is_understood(
    broker: NatsBroker, body: Any, wanted: int
) -> None:
    """There a default counts as a parameter, so that the others are sent by name."""

    @broker.subscriber("ours")
    async def ours(n: int, shop=SHOP):
        return n

    await broker.start()
    async with faststream_broker(broker.profile) as theirs:

        @theirs.subscriber("theirs")
        async def handle(n: int, shop=SHOP):
            return n

        await up(theirs)
        subjects = ("ours", "theirs") if isinstance(body, list | dict) else ("ours",)
        for subject in subjects:
            answer = await broker.request(body, subject, timeout=30)
            assert await answer.decode() == wanted


async def test_one_list_beside_an_own_default_is_the_list_that_is_promised(
    broker: NatsBroker,
) -> None:
    @broker.subscriber("list")
    async def handle(items: list[int], shop=SHOP):
        return items

    @broker.subscriber("bytes")
    async def as_it_came(body: bytes, shop=SHOP):
        return body

    await broker.start()
    for items in ([5], [5, 6], []):
        assert await (await broker.request(items, "list", timeout=30)).decode() == items
    answer = await broker.request({"items": [1]}, "list", timeout=30)
    assert await answer.decode() == [1]
    headers = {"content-type": "application/json"}
    assert (await broker.request(b"{", "bytes", headers, timeout=30)).body == b"{"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ([1, 2.0, "3", 4], [1, 2, [3, 4]]),
        ([1, 2], [1, 2, []]),
        ({"a": 1, "b": 2}, [1, 2, []]),
    ],
    ids=named,
)
@pytest.mark.parametrize("each", [int, tuple[int, ...]], ids=str)
async def test_what_is_left_of_a_list_goes_to_the_rest(
    broker: NatsBroker, body: Any, wanted: Any, each: Any
) -> None:
    async def rest(a: int, b: int, *more: Any):
        return [a, b, more]

    rest.__annotations__["more"] = each
    broker.subscriber("rest")(rest)
    await broker.start()
    assert await (await broker.request(body, "rest", timeout=30)).decode() == wanted
    with pytest.raises(ServiceError, match="more: Input should be a valid integer"):
        await broker.request([1, 2, "x"], "rest", timeout=30)
    with pytest.raises(ServiceError, match="b: Field required"):
        await broker.request([1], "rest", timeout=30)


async def test_what_is_named_after_the_rest_is_never_filled_by_position(
    broker: NatsBroker,
) -> None:
    @broker.subscriber("rest")
    async def rest(a: int, *more: int, limit: int = 10) -> list[Any]:
        return [a, list(more), limit]

    @broker.subscriber("all")
    async def everything(*values: int, limit: int = 10) -> list[Any]:
        return [list(values), limit]

    await broker.start()
    for body, wanted in (([1], [1, [], 10]), ([1, 2, 3], [1, [2, 3], 10])):
        assert await (await broker.request(body, "rest", timeout=30)).decode() == wanted
    for body, wanted in (([1, 2], [[1, 2], 10]), (5, [[5], 10]), ({"limit": 3}, [[], 3])):
        assert await (await broker.request(body, "all", timeout=30)).decode() == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"a": 1}, [1, 2, {}]),
        ({"B": 3, "a": 1, "x y": "4", "more": 5, "message": 6}, [1, 3, {"x y": 4, "more": 5}]),
        ({"a": 1, "b": 9, "shop": 9}, [1, 2, {}]),
        ([1, 4], [1, 4, {}]),
        (1, [1, 2, {}]),
    ],
    ids=named,
)
async def test_what_is_left_of_an_object_goes_to_the_rest(
    broker: NatsBroker, body: Any, wanted: Any
) -> None:
    @broker.subscriber("rest")
    async def rest(
        message: NatsMessage,
        a: int,
        b: Annotated[int, Field(alias="B")] = 2,
        shop=SHOP,
        **more: int,
    ) -> list[Any]:
        assert (shop, message.subject) == (SHOP, "rest")
        return [a, b, more]

    await broker.start()
    assert await (await broker.request(body, "rest", timeout=30)).decode() == wanted
    with pytest.raises(ServiceError, match="size: Input should be a valid integer"):
        await broker.request({"a": 1, "size": "x"}, "rest", timeout=30)
    with pytest.raises(ServiceError, match="a: Field required"):
        await broker.request({"size": 1}, "rest", timeout=30)


async def test_a_handler_may_take_whatever_comes(broker: NatsBroker) -> None:
    @broker.subscriber("fields")
    def fields(**found: Any) -> dict[str, Any]:
        return found

    @broker.subscriber("any")
    async def anything(*given: Any, **named: Any) -> list[Any]:
        return [given, named]

    await broker.start()
    everything = {"found": 0, "given": 1, "named": 2, "self": 3}
    for body, wanted in ((everything, everything), (None, {})):
        assert await (await broker.request(body, "fields", timeout=30)).decode() == wanted
    for wrong in (5, "x", [1]):
        with pytest.raises(ServiceError, match="the body is not an object"):
            await broker.request(wrong, "fields", timeout=30)
    for body, both in (([1, "a"], [[1, "a"], {}]), (everything, [[], everything]), (5, [[5], {}])):
        assert await (await broker.request(body, "any", timeout=30)).decode() == both


async def test_an_empty_text_leaves_all_defaults(broker: NatsBroker) -> None:
    @broker.subscriber("defaults")
    async def defaults(a: int = 1, b: int = 2) -> list[int]:
        return [a, b]

    await broker.start()
    for empty in ("", b"", None, []):
        assert await (await broker.request(empty, "defaults", timeout=30)).decode() == [1, 2]


async def test_parameters_without_a_name_are_filled_too(broker: NatsBroker) -> None:
    @broker.subscriber("sum.{at}")
    async def place(at: str, a: int, /, b: int = 2, *, c: int = 3):
        return [at, a, b, c]

    @broker.subscriber("all")
    def everything(*values):
        return values

    await broker.start()
    for body, wanted in (({"a": 1, "c": 9}, ["x", 1, 2, 9]), ([4, 5], ["x", 4, 5, 3])):
        answer = await broker.request(body, "sum.x", timeout=30)
        assert await answer.decode() == wanted
    for body, wanted in (([1, "a"], [1, "a"]), (5, [5]), (None, []), ({"a": 1}, [])):
        assert await (await broker.request(body, "all", timeout=30)).decode() == wanted


@pytest.mark.parametrize(
    "hint",
    [
        Annotated[NatsMessage, "a note"],
        NatsMessage | None,
        Annotated[NatsMessage | None, "a note"],
        "Annotated[NatsMessage, 1]",
        "NatsMessage | None",
    ],
    ids=str,
)
async def test_the_message_may_be_annotated_in_many_ways(broker: NatsBroker, hint: Any) -> None:
    async def handle(message: Any, n: int) -> list[Any]:
        return [message.subject, n]

    handle.__annotations__["message"] = hint
    broker.subscriber("noted")(handle)
    await broker.start()
    answer = await broker.request(5, "noted", timeout=30)
    assert await answer.decode() == ["noted", 5]


class Silent(Protocol):
    def speak(self) -> str: ...


NEW = pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic knows it there")


@pytest.mark.parametrize("promised", [Silent, pytest.param(OldDict, marks=NEW)], ids=str)
def test_a_result_that_no_value_can_be_checked_against_is_refused(promised: Any) -> None:
    async def handle(body: str) -> Any: ...

    handle.__annotations__["return"] = promised
    with pytest.raises(InvalidHandler, match="what the handler returns"):
        NatsBroker().subscriber("s")(handle)


@pytest.mark.parametrize("promised", [NoReturn, Never], ids=str)
async def test_a_handler_may_promise_to_raise(broker: NatsBroker, promised: Any) -> None:
    async def handle(body: str) -> Any:
        raise ServiceError(418, body)

    handle.__annotations__["return"] = promised
    broker.subscriber("teapot")(handle)
    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("short and stout", "teapot", timeout=30)
    assert caught.value.code == "418"


async def test_a_response_may_be_promised_with_a_note(broker: NatsBroker) -> None:
    @broker.subscriber("noted")
    async def handle(body: str) -> Annotated[Response, "a note"]:
        return Response(body)

    await broker.start()
    assert (await broker.request("x", "noted", timeout=30)).body == b"x"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (5, [5, 3]),
        ("7", [7, 3]),
        ([5], [5, 3]),
        ([5, 6], [5, 6]),
        ({"n": 5}, [5, 3]),
        ({"n": 5, "factor": 2}, [5, 2]),
    ],
)
async def test_what_names_no_parameter_is_the_one_without_a_default(
    broker: NatsBroker, body: Any, wanted: Any
) -> None:
    @broker.subscriber("times")
    async def times(n: int, factor: int = 3):
        return [n, factor]

    @broker.subscriber("whole")
    async def whole(given: Any, factor: int = 3):
        return [given, factor]

    await broker.start()
    assert await (await broker.request(body, "times", timeout=30)).decode() == wanted
    answer = await broker.request({"other": body}, "whole", timeout=30)
    assert await answer.decode() == [{"other": body}, 3]


@pytest.mark.parametrize("body", [{"qty": 1}, {"itm": "tea"}, []])
async def test_a_field_that_is_missing_is_named(broker: NatsBroker, body: Any) -> None:
    @broker.subscriber("missing")
    async def handle(item: str, qty: int = 1):
        return "never"

    await broker.start()
    with pytest.raises(ServiceError, match="item: Field required"):
        await broker.request(body, "missing", timeout=30)


async def test_an_empty_body_leaves_the_default(broker: NatsBroker) -> None:
    @broker.subscriber("one")
    async def one(days: int = 7):
        return days

    @broker.subscriber("two")
    async def two(days: int = 7, hours: int = 1):
        return [days, hours]

    await broker.start()
    assert await (await broker.request(None, "one", timeout=30)).decode() == 7
    assert await (await broker.request(None, "two", timeout=30)).decode() == [7, 1]


async def test_fields_of_pydantic_say_name_default_and_limits(broker: NatsBroker) -> None:
    @broker.subscriber("default")
    async def default(n: int = Field(4, gt=3, alias="N"), tags: list = NEW_LIST):
        return [n, tags]

    @broker.subscriber("annotated")
    async def annotated(n: Annotated[int, Field(gt=3, alias="N")], m: int = Field(le=9)):
        return [n, m]

    @broker.subscriber("single")
    async def single(n: int = Field(4, gt=3)):
        return n

    await broker.start()
    for subject, body, wanted in (
        ("default", {}, [4, []]),
        ("default", {"N": 5, "tags": [1]}, [5, [1]]),
        ("annotated", {"N": 5, "m": 9}, [5, 9]),
        ("single", 5, 5),
        ("single", None, 4),
    ):
        answer = await broker.request(body, subject, timeout=30)
        assert await answer.decode() == wanted
    for subject, body, told in (
        ("default", {"N": 1}, "N: Input should be greater than 3"),
        ("annotated", {"n": 5, "m": 9}, "N: Field required"),
        ("annotated", {"N": 5, "m": 10}, "m: Input should be less than or equal to 9"),
        ("single", 1, "n: Input should be greater than 3"),
    ):
        with pytest.raises(ServiceError, match=told):
            await broker.request(body, subject, timeout=30)


@pytest.mark.parametrize("handler", [5, None, "x", int, dict, object()], ids=named)
def test_what_is_no_handler_is_refused_in_our_words(handler: Any) -> None:
    with pytest.raises(InvalidHandler):
        NatsBroker().subscriber("s")(handler)


async def test_a_class_is_a_handler_that_makes_its_answer(broker: NatsBroker) -> None:
    broker.subscriber("point")(Point)
    with pytest.raises(InvalidHandler, match="cannot be decorated"):
        broker.publisher("points")(Point)
    await broker.start()
    answer = await broker.request({"x": 1}, "point", timeout=30)
    assert await answer.decode() == {"x": 1, "y": 0.5}


def test_an_alias_of_many_steps_is_refused() -> None:
    async def handle(n: int = Field(validation_alias=AliasPath("a", 0)), m: int = 1) -> None: ...

    with pytest.raises(InvalidHandler, match="alias"):
        NatsBroker().subscriber("s")(handle)


async def test_bytes_are_a_text_where_one_is_promised(broker: NatsBroker) -> None:
    @broker.subscriber("bytes")
    async def handle(body: bytes) -> str:
        return body  # type: ignore[return-value]

    await broker.start()
    answer = await broker.request(b"\xc3\xa9", "bytes", timeout=30)
    assert (await answer.decode(), answer.content_type) == ("é", "text/plain")
    with pytest.raises(ServiceError, match="valid string"):
        await broker.request(b"\xff", "bytes", timeout=30)


async def test_a_parameter_may_be_the_message_beside_the_body(broker: NatsBroker) -> None:
    @broker.subscriber("both.{kind}")
    async def handle(body: Order, kind: str, message: NatsMessage):
        return [body.item, kind, message.correlation_id, message.subject]

    await broker.start()
    answer = await broker.request({"item": "tea"}, "both.x", correlation_id="c", timeout=30)
    assert await answer.decode() == ["tea", "x", "c", "both.x"]


async def test_a_handler_without_parameters_is_called(broker: NatsBroker) -> None:
    @broker.subscriber("none")
    async def handle():
        return "called"

    await broker.start()
    assert (await broker.request({"a": 1}, "none", timeout=30)).body == b"called"


async def test_the_message_alone_is_not_decoded(broker: NatsBroker) -> None:
    @broker.subscriber("broken")
    async def handle(message: NatsMessage):
        return message.body

    await broker.start()
    headers = {"content-type": "application/json"}
    answer = await broker.request("[1", "broken", headers=headers, timeout=30)
    assert answer.body == b"[1"


async def test_annotations_may_name_classes_local_to_a_function(broker: NatsBroker) -> None:
    class Local(BaseModel):
        a: int

    @broker.subscriber("local")
    async def handle(message: NatsMessage, body: Local):
        return [type(message).__name__, body.a]

    await broker.start()
    answer = await broker.request({"a": "1"}, "local", timeout=30)
    assert await answer.decode() == ["NatsMessage", 1]


async def test_the_message_may_be_imported_for_type_checkers_only(broker: NatsBroker) -> None:
    async def handle(message: Any, body: Any) -> Any:
        return [type(message).__name__, body]

    handle.__annotations__ = {"message": "NatsMessage", "body": Any}
    broker.subscriber("unknown")(handle)
    await broker.start()
    answer = await broker.request({"a": 1}, "unknown", timeout=30)
    assert await answer.decode() == ["NatsMessage", {"a": 1}]


# -- what cannot be honoured is refused where it is declared ---------------------------------


HEADER = faststream.Header()


class Custom:
    """Nothing can be made of it."""


@pytest.mark.parametrize(
    "annotations",
    [
        {"body": "Nowhere"},
        {"body": Custom},
        {"body": list[Custom]},
        {"body": Link},
        {"body": faststream.nats.NatsMessage},
        {"body": Any, "return": "Nowhere"},
        {"body": Any, "return": list[Custom]},
    ],
    ids=named,
)
def test_an_annotation_that_cannot_be_honoured_is_refused(annotations: dict[str, Any]) -> None:
    async def handle(body: Any) -> Any: ...

    handle.__annotations__ = annotations
    with pytest.raises(InvalidHandler, match=r"body|returns"):
        NatsBroker().subscriber("s")(handle)


def test_what_faststream_would_inject_is_refused() -> None:
    async def by_default(body: Any, who: Any = HEADER) -> None: ...
    async def by_annotation(body: Any, who: Annotated[str, faststream.Context()]) -> None: ...

    for handler in (by_default, by_annotation):
        with pytest.raises(InvalidHandler, match=r"'who' asks for .* of FastStream"):
            NatsBroker().subscriber("s")(handler)


def test_a_handler_that_yields_is_refused() -> None:
    async def many(body: Any) -> AsyncIterator[int]:
        yield 1

    def some(body: Any) -> Iterator[int]:
        yield 1

    for handler in (many, some):
        with pytest.raises(InvalidHandler, match="one answer"):
            NatsBroker().subscriber("s")(handler)


# -- what a handler returns ----------------------------------------------------------------


class Tone(Enum):
    LOUD = "loud"


@pytest.mark.parametrize(
    ("wanted", "given", "body"),
    [
        (int, "5", b"5"),
        (str, "x", b"x"),
        (str, Tone.LOUD, b"loud"),
        (None, None, b""),
        (Order, {"item": "tea"}, b'{"item":"tea","qty":1}'),
        (list[int], ("1", 2), b"[1,2]"),
        (Response, Response("x"), b"x"),
        (NatsResponse, NatsResponse("x"), b"x"),
        (Response | int, "5", b"5"),
        (int | None, None, b""),
        (Custom | str, "x", b"x"),
        (Any, "x", b"x"),
        (Awaitable[int], "5", b"5"),
    ],
    ids=named,
)
async def test_an_answer_is_what_is_annotated(
    broker: NatsBroker, wanted: Any, given: Any, body: bytes
) -> None:
    async def handle() -> Any:
        return given

    handle.__annotations__ = {"return": wanted}
    if wanted == Custom | str:
        with pytest.raises(InvalidHandler):
            broker.subscriber("s")(handle)
        return
    broker.subscriber("s")(handle)
    await broker.start()
    assert (await broker.request("x", "s", timeout=30)).body == body


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(int, "five"), (str, 5), (None, "x"), (Response, "x"), (Order, {}), (Custom, "x")],
    ids=named,
)
@pytest.mark.parametrize("whose", ["natstap", "faststream"])
async def test_an_answer_that_is_not_what_is_annotated_is_no_answer(
    broker: NatsBroker, profile: Profile, wanted: Any, given: Any, whose: str
) -> None:
    """FastStream is silent, we say why."""

    async def handle() -> Any:
        return given

    handle.__annotations__ = {"return": wanted}
    if whose == "natstap":
        broker.subscriber("s")(handle)
        await broker.start()
        with pytest.raises(ServiceError, match="ValidationError: the handler's answer: "):
            await broker.request("x", "s", timeout=30)
        return
    if wanted in (Response, Custom):
        pytest.skip("our classes mean nothing to it")
    theirs = faststream_broker(profile)
    theirs.subscriber("s")(handle)
    await up(theirs)
    with pytest.raises(RequestTimeout):
        await broker.request("x", "s", timeout=0.5)
    await theirs.stop()


# -- without pydantic ----------------------------------------------------------------------


@pytest.fixture
def no_pydantic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", None)


@pytest.mark.usefixtures("no_pydantic")
@pytest.mark.parametrize(
    ("wanted", "sent", "expected"),
    [
        (int, "7", 7),
        (bool, "false", False),
        (tuple, [1], (1,)),
        (datetime, UTC_DAY, UTC_DAY),
        (Colour, Colour.RED, Colour.RED),
        (Point, {"x": 1, "unknown": 2}, Point(1)),
        (tuple[int, ...], ["1", 2], (1, 2)),
        (tuple[int, str], [1, "a"], (1, "a")),
        (dict[str, list[int]], {"a": ["1"]}, {"a": [1]}),
        (Point | None, None, None),
        (int | str, "a", "a"),
        (Literal["red", 1], 1, 1),
    ],
    ids=named,
)
async def test_plain_types_need_no_pydantic(
    broker: NatsBroker, wanted: Any, sent: Any, expected: Any
) -> None:
    seen = give(broker, "typed", wanted)
    await broker.start()
    await broker.request(sent, "typed", timeout=30)
    assert seen == [expected]
    assert type(seen[0]) is type(expected)


@pytest.mark.usefixtures("no_pydantic")
@pytest.mark.parametrize(
    ("wanted", "sent", "words"),
    [
        (int, "seven", "invalid literal"),
        (int, 5.5, "5.5 is no whole number"),
        (bool, "maybe", "'maybe' is neither true nor false"),
        (dict, [1], "expected dict, got list"),
        (list[int], {"a": 1}, "expected list, got dict"),
        (Decimal, "x", "'x' is no number"),
        (Point, [1], "expected Point, got list"),
        (int | None, "x", "expected "),
        (Literal["red"], "blue", "'blue' is not one of 'red'"),
        (tuple[int, str], [1], "expected a list of 2 values"),
    ],
    ids=named,
)
async def test_plain_types_are_checked_without_pydantic(
    broker: NatsBroker, wanted: Any, sent: Any, words: str
) -> None:
    seen = give(broker, "typed", wanted)
    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request(sent, "typed", timeout=30)
    assert caught.value.text.startswith(f"ValidationError: body: {words}")
    assert not seen


@pytest.mark.usefixtures("no_pydantic")
@pytest.mark.parametrize(
    ("wanted", "body", "told"),
    [
        (int, "x", "body: invalid literal"),
        (Point, {"y": 1}, "body: x: Field required"),
        (Point, {"x": "one"}, "body: x: invalid literal"),
        (list[Point], [{"x": 1}, {"x": []}], "body: 1: x: "),
        (dict[str, int], {"a": "b"}, "body: a: invalid literal"),
        (tuple[int, str], [1, []], "body: 1: expected str, got list"),
        (date | None, 5, "body: expected date or NoneType, got int"),
    ],
    ids=named,
)
async def test_what_is_wrong_is_named_without_pydantic_too(
    broker: NatsBroker, wanted: Any, body: Any, told: str
) -> None:
    async def handle(body: Any) -> str:
        return "never"

    handle.__annotations__ = {"body": wanted}
    broker.subscriber("named")(handle)
    await broker.start()
    with pytest.raises(ServiceError, match=told):
        await broker.request(body, "named", timeout=30)


@pytest.mark.usefixtures("no_pydantic")
@pytest.mark.parametrize(
    "wanted", [Loose, Pair, timedelta, Annotated[int, Field(gt=0)], Sequence[int]], ids=named
)
def test_what_takes_pydantic_says_so(wanted: Any) -> None:
    with pytest.raises(InvalidHandler, match="install pydantic"):
        give(NatsBroker(), "typed", wanted)


# -- what may be a handler -----------------------------------------------------------------


async def coroutine_function(body):
    return f"got {body}"


def plain_function(body):
    return f"got {body}"


class WithMethods:
    async def method(self, body):
        return f"got {body}"

    async def __call__(self, body: str):
        return f"got {body}"


@pytest.mark.parametrize(
    "handler",
    [
        coroutine_function,
        plain_function,
        functools.partial(coroutine_function),
        functools.partial(lambda word, body: f"{word} {body}", "got"),
        lambda body: coroutine_function(body),
        lambda body: Response(f"got {body}"),
        WithMethods().method,
        WithMethods(),
    ],
)
async def test_whatever_can_be_called_can_be_a_handler(
    broker: NatsBroker, handler: Callable[..., Any]
) -> None:
    assert broker.subscriber("ask")(handler) is handler
    await broker.start()
    assert (await broker.request("it", "ask", timeout=30)).body == b"got it"


async def test_a_plain_function_runs_in_a_thread_and_blocks_nobody(broker: NatsBroker) -> None:
    gate = threading.Event()
    threads: list[str] = []

    @broker.subscriber("blocking")
    def handle(body):
        threads.append(threading.current_thread().name)
        gate.wait(10)
        return "done"

    @broker.subscriber("quick")
    async def quick(body):
        return "quick"

    await broker.start()
    blocked = broker.call("x", "blocking", timeout=10)
    await until(lambda: threads)
    assert (await broker.request("x", "quick", timeout=30)).body == b"quick"
    gate.set()
    assert (await blocked.answer()).body == b"done"
    assert threads[0] != threading.current_thread().name


async def test_a_plain_function_with_workers_runs_side_by_side(broker: NatsBroker) -> None:
    together = threading.Barrier(3, timeout=10)

    @broker.subscriber("blocking", max_workers=3)
    def handle(body):
        together.wait()
        return "done"

    await broker.start()
    answers = await asyncio.gather(*(broker.request(n, "blocking", timeout=10) for n in range(3)))
    assert [one.body for one in answers] == [b"done"] * 3


async def test_what_cannot_be_a_handler_says_so(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("ask")
    subscriber(coroutine_function)
    with pytest.raises(InvalidHandler, match="has a handler already"):
        subscriber(coroutine_function)
    with pytest.raises(InvalidOption, match="at least 1"):
        broker.subscriber("none", max_workers=0)


# -- handlers that fail --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("two\r\nlines  and   blanks"), "ValueError: two lines and blanks"),
        (KeyError("żółć"), "KeyError: 'żółć'"),
        (RuntimeError(), "RuntimeError:"),
        (RuntimeError("x" * 5000), "RuntimeError: " + "x" * 1010),
        (asyncio.CancelledError(), "CancelledError:"),
        (TimeoutError("inner"), "TimeoutError: inner"),
        (ExceptionGroup("one", [ValueError("x")]), "ValueError: x"),
        (
            ExceptionGroup("many", [ValueError("x"), TypeError("y")]),
            "ExceptionGroup: many (2 sub-exceptions)",
        ),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_an_error_is_answered_in_one_line_and_the_next_request_is_served(
    broker: NatsBroker, error: BaseException, words: str
) -> None:
    subscriber = broker.subscriber("fails")

    @subscriber
    async def handle(body):
        if body == "fail":
            raise error
        return "fine"

    await broker.start()
    with pytest.raises(ServiceError) as caught:
        await broker.request("fail", "fails", timeout=30)
    assert (caught.value.code, caught.value.text) == ("500", words)
    assert (await broker.request("x", "fails", timeout=30)).body == b"fine"
    assert (subscriber.served, subscriber.failed) == (2, 1)


async def test_a_service_may_answer_with_an_error_of_its_own(broker: NatsBroker) -> None:
    @broker.subscriber("refuses")
    async def handle(body):
        headers = {"Nats-Service-Error": "sold out", "Nats-Service-Error-Code": "409"}
        return Response({"left": 0}, headers=headers)

    await broker.start()
    with pytest.raises(ServiceError, match="sold out") as caught:
        await broker.request("x", "refuses", timeout=30)
    assert (caught.value.code, await caught.value.reply.decode()) == ("409", {"left": 0})


async def test_acknowledging_a_core_message_changes_nothing(broker: NatsBroker) -> None:
    """As in FastStream: one handler may serve a stream and core alike."""

    @broker.subscriber("core")
    async def handle(message: NatsMessage):
        await message.in_progress()
        await message.ack()
        await message.nack(delay=1)
        await message.reject()
        return str(message.committed)

    await broker.start()
    assert (await broker.request("x", "core", timeout=30)).body == b"None"
