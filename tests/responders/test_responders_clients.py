"""Responders asked by the tools that people have: the `nats` CLI, and a FastStream application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from faststream.nats import NatsMessage as FastStreamMessage
from helpers.outside import nats, nats_cli
from helpers.peers import faststream, up
from helpers.waiting import until

from engine import NatsBroker, Profile
from engine.responders.behaviour import Correlation, Recipe
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder

Host = Callable[[ReplyDraft], Awaitable[Responder]]
PRICES = ReplyDraft(
    "shop.prices",
    Recipe.CANNED,
    b'{"tea": 4.2}',
    service="prices",
    version="1.2.3",
    description="What things cost",
)


@pytest.fixture
async def host(broker: NatsBroker) -> AsyncIterator[Host]:
    made: list[Responder] = []

    async def start(draft: ReplyDraft) -> Responder:
        made.append(Responder(broker, draft))
        await made[-1].start()
        return made[-1]

    yield start
    for responder in made:
        await responder.stop()


# -- the nats CLI ------------------------------------------------------------------------------


@nats_cli
async def test_the_cli_reads_an_answer_and_its_headers(host: Host, profile: Profile) -> None:
    body = b'{"item": "{{.Body.item}}", "op": "{{1}}", "who": "{{Header "x-user"}}"}'
    await host(ReplyDraft("shop.*", Recipe.TEMPLATE, body, (("x-op", "{{1}}"),)))
    asked = ("req", "shop.buy", '{"item": "tea"}', "-H", "x-user: ann", "-H", "correlation_id: c1")
    printed = await nats(profile, *asked)
    assert '{"item": "tea", "op": "buy", "who": "ann"}' in printed
    assert "x-op: buy" in printed
    assert "correlation_id: c1" in printed


@nats_cli
async def test_the_cli_takes_several_replies_up_to_the_end_mark(
    host: Host, profile: Profile
) -> None:
    bodies = (b"two", b"three")
    await host(ReplyDraft("a", Recipe.CANNED, b"one", more=bodies, replies=3, end_mark=True))
    printed = await nats(profile, "req", "a", "x", "--wait-for-empty", "--timeout", "15s")
    places = [printed.index(word) for word in ("one", "two", "three")]
    assert places == sorted(places)


@nats_cli
async def test_the_cli_is_told_of_nobody_and_of_errors(host: Host, profile: Profile) -> None:
    await host(ReplyDraft("closed", Recipe.NO_RESPONDERS))
    await host(ReplyDraft("broken", Recipe.FAILING, error="out of tea", error_code="409"))
    assert "No responders are available" in await nats(profile, "req", "closed", "x")
    printed = await nats(profile, "req", "broken", "x")
    assert "Nats-Service-Error: out of tea" in printed
    assert "Nats-Service-Error-Code: 409" in printed


@nats_cli
async def test_the_cli_lists_the_service_with_its_figures(host: Host, profile: Profile) -> None:
    responder = await host(PRICES)
    await nats(profile, "req", "shop.prices", "x")
    await until(lambda: responder.served == 1)
    listed = await nats(profile, "service", "ls")
    for words in ("prices", "1.2.3", "What things cost"):
        assert words in listed
    told = await nats(profile, "service", "info", "prices")
    for words in ("prices", "shop-prices", "shop.prices", "natstap"):
        assert words in told
    (figures,) = json.loads(await nats(profile, "service", "stats", "prices", "--json"))
    (endpoint,) = figures["endpoints"]
    assert (endpoint["num_requests"], endpoint["num_errors"]) == (1, 0)
    assert "rtt=" in await nats(profile, "service", "ping", "prices")
    await responder.stop()
    assert "What things cost" not in await nats(profile, "service", "ls", code=1)


@nats_cli
async def test_the_cli_asks_through_a_stream(
    host: Host, profile: Profile, broker: NatsBroker
) -> None:
    """The answer goes where the header says, and is kept by the stream that has that subject."""
    await broker.jetstream.ensure_stream("WORK", ["work.*"])
    await broker.jetstream.ensure_stream("DONE", ["done.*"])
    draft = ReplyDraft("work.a", stream="WORK", durable="D", store_in="DONE")
    responder = await host(draft)
    await nats(profile, "pub", "work.a", "job 7", "-H", "reply_to: done.7", "--jetstream")
    await until(lambda: responder.figures.stored == 1)
    assert "job 7" in await nats(profile, "stream", "get", "DONE", "1")
    told = json.loads(await nats(profile, "consumer", "info", "WORK", "D", "--json"))
    assert (told["num_ack_pending"], told["num_redelivered"]) == (0, 0)


# -- a FastStream application ------------------------------------------------------------------


@pytest.mark.parametrize("correlation", list(Correlation))
async def test_a_faststream_application_gets_its_answers_at_its_reply_to(
    host: Host, profile: Profile, correlation: Correlation
) -> None:
    """Its handler publishes on, with a subject of its own for the answers."""
    await host(
        ReplyDraft("stock.check", Recipe.REPLACED, b"in_stock = true", correlation=correlation)
    )
    theirs = faststream(profile)
    answers: asyncio.Queue[tuple[object, str | None]] = asyncio.Queue()

    @theirs.subscriber("orders.new")
    async def order(body: dict) -> None:
        await theirs.publish(body, "stock.check", reply_to="orders.stock", correlation_id="order-7")

    @theirs.subscriber("orders.stock")
    async def stock(message: FastStreamMessage) -> None:
        told = message.headers.get("correlation_id")
        await answers.put((await message.decode(), told))

    await up(theirs)
    try:
        await theirs.publish({"item": "tea"}, "orders.new")
        async with asyncio.timeout(60):
            body, told = await answers.get()
    finally:
        await theirs.stop()
    assert body == {"item": "tea", "in_stock": True}
    if correlation is Correlation.CHANGE:
        assert told not in (None, "order-7")
    else:
        assert told == ("order-7" if correlation is Correlation.KEEP else None)


async def test_a_faststream_application_is_served_by_several_replies(
    host: Host, profile: Profile
) -> None:
    more = (b'{"part": 2}',)
    await host(ReplyDraft("parts", Recipe.CANNED, b'{"part": 1}', more=more, replies=2))
    theirs = faststream(profile)
    heard: list[object] = []

    @theirs.subscriber("parts.here")
    async def part(body: dict) -> None:
        heard.append(body)

    await up(theirs)
    try:
        await theirs.publish(b"", "parts", reply_to="parts.here")
        await until(lambda: len(heard) == 2)
    finally:
        await theirs.stop()
    assert heard == [{"part": 1}, {"part": 2}]
