"""A project that uses the engine; `test_consumer.py` has strict type checkers read it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import assert_type

import engine
from engine import (
    AckPolicy,
    Audience,
    Diagnosis,
    Headers,
    Journal,
    NatsBroker,
    NatsMessage,
    NatsResponse,
    PubAck,
    Response,
    SeenExchange,
    ServiceError,
    State,
    empty_body,
)
from engine.errors import NoResponders, RequestTimeout, StoredOnly
from engine.testing import Stub, server


@dataclass
class Order:
    item: str
    quantity: int = 1


broker = NatsBroker("nats://127.0.0.1:4222", journal=Journal())


@broker.subscriber("orders.create", "workers", max_workers=4)
async def create(order: Order) -> Response:
    if order.quantity < 1:
        raise ServiceError(400, "nothing ordered", body={"item": order.item})
    return Response({"id": 1}, headers={"x-token": "t"}, correlation_id="c")


@broker.subscriber(
    "orders.{kind}.bill",
    stream="ORDERS",
    durable="billing",
    pull_sub=10,
    deliver_policy="all",
    ack_policy=AckPolicy.NACK_ON_ERROR,
    max_deliver=5,
    backoff=[0.1, 1, 10],
)
def bill(kind: str, message: NatsMessage) -> NatsResponse:
    assert_type(message.headers, dict[str, str])
    assert_type(message.raw_headers, Headers)
    assert_type(message.path, dict[str, str])
    return NatsResponse(kind, stream="BILLS")


async def main() -> None:
    await broker.start()
    assert_type(await create(Order("tea")), Response)  # a handler stays what it was
    answer = await broker.request(Order("tea"), "orders.create", timeout=2)
    assert_type(answer, NatsMessage)
    assert_type(answer.body, bytes)
    await broker.publish("x", "orders.create", reply_to="answers")
    stored = await broker.publish("x", "orders.tea.bill", stream="ORDERS", timeout=2)
    assert_type(stored, PubAck)
    assert_type(stored.sequence, int)
    same = await broker.publish("x", "orders.tea.bill", None, "", None, "ORDERS")
    assert_type(same, PubAck)
    async for reply in broker.request_many("x", "all", count=3, end=empty_body):
        assert_type(reply, NatsMessage)
    assert_type(await broker.find_response("c", "ORDERS"), NatsMessage)
    try:
        await broker.request("x", "orders.create")
    except ServiceError as error:
        assert_type(error.code, str)
        assert_type(error.attempts, int)
    except NoResponders as error:
        assert_type(await broker.why(error), Diagnosis)
    except StoredOnly as error:
        assert_type(error.sequence, int)
    except RequestTimeout as error:
        assert_type(error.timeout, float)
    await broker.stop()


async def look() -> None:
    assert_type(await broker.audience("orders.create"), Audience)
    async for exchange in broker.watch("orders.>", gap=0.5):
        assert_type(exchange, SeenExchange)
        if exchange.state is State.ANSWERED:
            assert_type(await broker.why(exchange), Diagnosis)


async def smoke() -> None:
    async with server(jetstream=False) as private, Stub(private, "orders.create") as orders:
        orders.answer({"id": 1}, to={"item": "tea"}).answer(ServiceError(404, "unknown"))
        assert_type(await orders.wait_call(), NatsMessage)
        assert_type(orders.calls, list[NatsMessage])
        assert_type(private.url, str)


assert issubclass(engine.errors.NoResponders, engine.NatstapError)

if __name__ == "__main__":
    asyncio.run(main())
