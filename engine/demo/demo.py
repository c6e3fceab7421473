"""The demo: a small shop of services on a private server, good and bad ones.

| subject        | what answers                                             |
|----------------|----------------------------------------------------------|
| orders.create  | two members of a queue group                             |
| math.<op>      | a calculator that answers nonsense with a service error  |
| report.slow    | answers after 2.4 seconds                                |
| shop.price     | a service that describes itself under `$SRV`             |
| orders.audit   | a stream stores it, and nobody answers                   |
| print.invoice  | a worker on stream PRINTING; stream PRINTED keeps what   |
|                | it answers to printed.*                                  |
| stock.check    | nobody                                                   |
"""

from __future__ import annotations

import asyncio
import itertools
import operator
from dataclasses import replace
from typing import Any

from engine.api_subjects import on_stream
from engine.profile.profile import Profile
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.rpc.broker import Broker
from engine.rpc.handling.response import NatsResponse, Response
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE

STREAMS = {
    "AUDIT": "orders.audit",
    "PRINTING": "print.*",
    "PRINTED": "printed.*",
}
"""Each with the subjects that it stores."""
SERVICES = ("orders-1", "orders-2", "calculator", "reports", "printer", "shop")
"""The clients' names."""
SUBJECTS = (
    "orders.create",
    "math.add",
    "math.div",
    "report.slow",
    "shop.price",
    "orders.audit",
    "print.invoice",
    "stock.check",
)
FIRST = ("orders.create", '{"item": "tea", "qty": 2}')
"""Subject and body of the request that waits in the composer."""

_OPERATIONS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
}
_PRICES = {"tea": 4.2, "coffee": 6.9, "cake": 3.5}

SHOP = ReplyDraft(
    "shop.price",
    Recipe.TEMPLATE,
    b'{"item": "{{.Body.item}}", "price": 4.2, "asked": {{Count}}}',
    queue="shop",
    service="shop",
    version="1.2.0",
    description="Tells what things cost.",
)


class Demo:
    """The running services; each has a connection of its own, with its name on it."""

    def __init__(self, profile: Profile, broken: str = "") -> None:
        self._broken = broken
        self._numbers = itertools.count(1001)
        self._brokers = [Broker(replace(profile, name=name)) for name in SERVICES]
        self._shop = Responder(self._brokers[-1], SHOP)

    @classmethod
    async def start(cls, profile: Profile, broken: str = "") -> Demo:
        """All of them, or none when one cannot; raises `CannotConnect`, `LinkError`.

        The one of `SERVICES` that is `broken` is connected, and answers nothing.
        """
        demo = cls(profile, broken)
        try:
            await demo._begin()
        except BaseException:
            await demo.stop()
            raise
        return demo

    async def _begin(self) -> None:
        first, second, calculator, reports, printer, _ = self._brokers
        for broker, name in ((first, "orders-1"), (second, "orders-2")):
            if name != self._broken:
                self._serve_orders(broker, name)
        if self._broken != "calculator":
            calculator.subscriber("math.{operation}", queue="calculators")(_calculate)
        if self._broken != "reports":
            reports.subscriber("report.slow", max_workers=8)(_report)
        starting = (broker.start() for broker in self._brokers)
        for failure in filter(None, await asyncio.gather(*starting, return_exceptions=True)):
            raise failure
        if self._broken != "shop":
            await self._shop.start()
        if first.link.server.jetstream:
            await _print(printer, works=self._broken != "printer")

    async def stop(self) -> None:
        await self._shop.stop()
        await asyncio.gather(*(broker.stop() for broker in self._brokers))

    def _serve_orders(self, broker: Broker, name: str) -> None:
        @broker.subscriber("orders.create", queue="orders")
        async def create(order: Any) -> Response:
            item = order.get("item") if isinstance(order, dict) else None
            quantity = order.get("qty", 1) if isinstance(order, dict) else 0
            if not (isinstance(item, str) and isinstance(quantity, int)):
                return _refusal("400", f"send an order, such as {FIRST[1]}")
            receipt = {
                "order": f"A-{next(self._numbers)}",
                "item": item,
                "qty": quantity,
                "total": round(_PRICES.get(item, 1.0) * quantity, 2),
                "served_by": name,
            }
            return Response(receipt, headers={"x-served-by": name})


async def _calculate(operation: str, numbers: Any) -> Any:
    if operation not in _OPERATIONS:
        return _refusal("404", f"I cannot {operation}; try {', '.join(_OPERATIONS)}")
    if not isinstance(numbers, list) or len(numbers) != 2:
        return _refusal("400", "send a list of two numbers, such as [6, 7]")
    try:
        return {"result": _OPERATIONS[operation](*numbers)}
    except (ArithmeticError, TypeError) as error:
        return _refusal("422", str(error))


def _refusal(code: str, words: str) -> Response:
    return Response({"error": words}, headers={SERVICE_ERROR: words, SERVICE_ERROR_CODE: code})


async def _report(_: Any) -> Any:
    await asyncio.sleep(2.4)
    return {"report": "quarterly", "pages": 42}


async def _print(broker: Broker, *, works: bool = True) -> None:
    """Streams, a worker on one of them, and a first job, whose answer another stream keeps."""
    for name, subject in STREAMS.items():
        config = {"name": name, "subjects": [subject], "storage": "memory", "max_msgs": 1000}
        await broker.jetstream.api(on_stream("CREATE", name), {**config, "allow_direct": True})
    worker = broker.subscriber("print.invoice", stream="PRINTING", durable="printer", declare=False)

    @worker
    async def print_one(job: Any) -> NatsResponse:
        pages = job.get("pages", 1) if isinstance(job, dict) else 1
        return NatsResponse({"printed": pages, "by": "printer"}, stream="PRINTED")

    if works:
        await worker.listen()
    await broker.publish(
        {"document": "invoice A-1001", "pages": 3},
        "print.invoice",
        stream="PRINTING",
        reply_to="printed.desk",
        correlation_id="print-1001",
    )
