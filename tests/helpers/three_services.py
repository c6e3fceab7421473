"""A shop of two clients and three services that ask each other: what pictures are made of.

    async with shop("nats://…", orders=9):

A gateway asks pricing and inventory for each order. Pricing knows no article X-0, and inventory
keeps silent about every fifth order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats

from engine import Profile

ORDER = "shop.v2.eu-central.orders.create"
PRICE = "pricing.v2.eu-central.quote.calculate"
HOLD = "inventory.v2.reservation.hold"
WATCHED = ("shop.>", "pricing.>", "inventory.>")
PATIENCE = 0.4
"""Seconds that the gateway waits for the others."""


@asynccontextmanager
async def shop(profile: Profile, orders: int) -> AsyncIterator[None]:
    """Answers while it lasts; so many orders were made when it begins."""

    async def client(name: str) -> Any:
        return await nats.connect(
            profile.servers[0], name=name, user=profile.user, password=profile.password
        )

    names = ("gateway-svc", "pricing-svc", "inventory-svc", "mobile-bff", "checkout-web")
    clients = [await client(name) for name in names]
    gateway, pricing, inventory, *askers = clients
    held = 0

    async def price(message: Any) -> None:
        if json.loads(message.data)["sku"] == "X-0":
            await _fail(pricing, message, 404, "unknown sku")
        else:
            await message.respond(b'{"cents": 1290}')

    async def hold(message: Any) -> None:
        nonlocal held
        held += 1
        if held % 5:
            await asyncio.sleep(0.004 * held)
            await message.respond(b'{"held": true}')

    async def take(message: Any) -> None:
        try:
            for subject in (PRICE, HOLD):
                answer = await gateway.request(
                    subject, message.data, headers=message.headers, timeout=PATIENCE
                )
                if answer.headers and "Nats-Service-Error" in answer.headers:
                    await _fail(gateway, message, 502, "pricing: unknown sku")
                    return
            await message.respond(b'{"order": "A-1001"}')
        except nats.errors.TimeoutError:
            await _fail(gateway, message, 502, "inventory: no answer")

    await pricing.subscribe(PRICE, "pricing", price)
    await inventory.subscribe(HOLD, "inventory", hold)
    await gateway.subscribe(ORDER, "gateway", take)
    for client in clients:
        await client.flush()  # nats-py's PING overtakes the SUB
        await client.flush()
    try:
        for number in range(1, orders + 1):
            asker = askers[number % 2]
            body = json.dumps({"item": "tea", "sku": "X-0" if number % 4 == 0 else "T-1"})
            await asker.request(
                ORDER, body.encode(), headers={"X-Correlation-Id": f"order-{number:06}"}, timeout=30
            )
        yield
    finally:
        for one in clients:
            await one.close()


async def _fail(client: Any, message: Any, code: int, text: str) -> None:
    told = {"Nats-Service-Error": text, "Nats-Service-Error-Code": str(code)}
    await client.publish(message.reply, json.dumps({"error": text}).encode(), headers=told)
