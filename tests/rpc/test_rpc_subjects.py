"""Which subscribers hear a subject, asked of the server, and what they capture of it."""

from __future__ import annotations

import asyncio

import pytest
from helpers.waiting import until

from engine import NatsBroker, NatsMessage
from engine.errors import InvalidSubject, ServiceError
from engine.subject import matches, overlaps

pytestmark = pytest.mark.one_server

SUBJECTS = ["a", "a.b", "a.c", "a.b.c", "a.b.d", "b.b.c", "x.y", "a.b.c.d", "A.b", "ab"]
HEARD = {
    "a": ["a"],
    "a.b": ["a.b"],
    "*": ["a", "ab"],
    ">": SUBJECTS,
    "a.*": ["a.b", "a.c"],
    "*.b": ["a.b", "A.b"],
    "*.*": ["a.b", "a.c", "x.y", "A.b"],
    "a.>": ["a.b", "a.c", "a.b.c", "a.b.d", "a.b.c.d"],
    "a.*.c": ["a.b.c"],
    "*.b.c": ["a.b.c", "b.b.c"],
    "*.*.c": ["a.b.c", "b.b.c"],
    "a.b.>": ["a.b.c", "a.b.d", "a.b.c.d"],
    "a.*.>": ["a.b.c", "a.b.d", "a.b.c.d"],
    "*.>": ["a.b", "a.c", "a.b.c", "a.b.d", "b.b.c", "x.y", "a.b.c.d", "A.b"],
    "*.*.*.*": ["a.b.c.d"],
    "a.b.c.d.e": [],
    "a.{x}": ["a.b", "a.c"],
    "{x}.b.{y}": ["a.b.c", "a.b.d", "b.b.c"],
    "{x}.{y}.>": ["a.b.c", "a.b.d", "b.b.c", "a.b.c.d"],
}


def keep(broker: NatsBroker, pattern: str) -> list[str]:
    """A subscriber; the list gets the subjects that it hears."""
    seen: list[str] = []

    @broker.subscriber(pattern)
    async def handle(message: NatsMessage):
        seen.append(message.subject)

    return seen


@pytest.mark.parametrize("pattern", HEARD)
async def test_a_subscriber_hears_what_the_server_says_it_matches(
    broker: NatsBroker, pattern: str
) -> None:
    seen = keep(broker, pattern)
    subscriber = broker.subscribers[0]
    await broker.start()
    for subject in [*SUBJECTS, *HEARD[pattern][:1]]:
        await broker.publish("x", subject)
    await subscriber.stop()
    assert seen == [*HEARD[pattern], *HEARD[pattern][:1]]
    assert [one for one in SUBJECTS if matches(subscriber.subject, one)] == HEARD[pattern]


async def test_overlapping_subscribers_all_hear_and_the_first_answer_is_taken(
    broker: NatsBroker,
) -> None:
    seen = {pattern: keep(broker, pattern) for pattern in ("a.b", "a.*", "a.>")}
    await broker.start()
    for subject in ("a.b", "a.c", "a.b.c"):
        await broker.request("x", subject, timeout=30)
    await until(lambda: len(seen["a.>"]) == 3)
    assert seen["a.b"] == ["a.b"]
    assert seen["a.*"] == ["a.b", "a.c"]
    assert seen["a.>"] == ["a.b", "a.c", "a.b.c"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a.*", "*.b", True),
        ("a.*", "b.*", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("*.c", "a.>", True),
        (">", "anything.at.all", True),
        ("a.*.c", "a.b.*", True),
        ("a.*.c", "a.b.*.d", False),
    ],
)
def test_overlapping_patterns_are_told_either_way(one: str, other: str, expected: bool) -> None:
    assert overlaps(one, other) is overlaps(other, one) is expected


# -- captures ------------------------------------------------------------------------------


async def test_names_in_a_subject_are_parameters_of_the_handler(broker: NatsBroker) -> None:
    @broker.subscriber("in.{name}.{id}")
    async def handle(name: str, id: int, body):  # noqa: A002 - the subject's word
        return [name, id, body]

    await broker.start()
    answer = await broker.request("hi", "in.john.2", timeout=30)
    assert await answer.decode() == ["john", 2, "hi"]


async def test_a_handler_may_take_only_names_and_any_of_them(broker: NatsBroker) -> None:
    @broker.subscriber("in.{name}.{id}.>")
    async def handle(name: str):
        return name

    @broker.subscriber("out.{name}.{id}")
    async def both(id: int, name: str):  # noqa: A002 - the subject's word
        return [id, name]

    await broker.start()
    assert (await broker.request("x", "in.john.2.and.more", timeout=30)).body == b"john"
    assert await (await broker.request("x", "out.jane.3", timeout=30)).decode() == [3, "jane"]


async def test_names_stand_beside_a_spread_body(broker: NatsBroker) -> None:
    @broker.subscriber("orders.{shop}.add")
    async def handle(shop: str, item: str, quantity: int = 1):
        return [shop, item, quantity]

    await broker.start()
    body = {"item": "tea", "shop": "not this one"}
    answer = await broker.request(body, "orders.corner.add", timeout=30)
    assert await answer.decode() == ["corner", "tea", 1]


async def test_a_name_that_cannot_be_converted_is_a_service_error(broker: NatsBroker) -> None:
    @broker.subscriber("in.{id}")
    async def handle(id: int):  # noqa: A002 - the subject's word
        return id

    await broker.start()
    with pytest.raises(ServiceError, match=r"invalid literal|valid integer"):
        await broker.request("x", "in.two", timeout=30)


async def test_captures_hold_whatever_a_token_may_hold(broker: NatsBroker) -> None:
    @broker.subscriber("{x}.é.{y}")
    async def handle(message: NatsMessage):
        return message.path

    await broker.start()
    answer = await broker.request("x", "ż{}+(.é.a b".replace(" ", "-"), timeout=30)
    assert await answer.decode() == {"x": "ż{}+(", "y": "a-b"}


async def test_doubled_braces_are_braces(broker: NatsBroker) -> None:
    @broker.subscriber("raw.{{x}}")
    async def handle(message: NatsMessage):
        return message.path

    await broker.start()
    assert await (await broker.request("x", "raw.{x}", timeout=30)).decode() == {}


async def test_captures_work_in_streams_and_queues(broker: NatsBroker) -> None:
    @broker.subscriber("job.{kind}", "workers", stream="JOBS")
    async def handle(kind: str, body: int):
        return f"{kind} {body}"

    await broker.start()
    asked = [broker.request(n, f"job.k{n}", stream="JOBS", timeout=30) for n in range(3)]
    assert [one.body for one in await asyncio.gather(*asked)] == [b"k0 0", b"k1 1", b"k2 2"]


@pytest.mark.parametrize(
    "written", ["", "a b", "a..b", ".a", "a.", "a.>.b", "{x}.{x}", "pre{x}", "a\r\nPING"]
)
def test_what_cannot_be_subscribed_is_refused_at_once(written: str) -> None:
    with pytest.raises(InvalidSubject):
        NatsBroker().subscriber(written)


def test_a_queue_name_with_a_space_is_refused_at_once() -> None:
    with pytest.raises(InvalidSubject):
        NatsBroker().subscriber("a", "two words")
