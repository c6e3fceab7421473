"""The demo's services on one server for all tests of a file, with a user who may not do much."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgpack
import pytest_asyncio
from helpers.packed import gzipped
from helpers.systems import users

from engine import NatsBroker, Profile
from engine.demo.demo import Demo
from engine.server.server import EmbeddedServer

FEW_RIGHTS = 'permissions { publish: { deny: ["orders.>"] } }'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop() -> AsyncIterator[Profile]:
    async with EmbeddedServer(config=users(FEW_RIGHTS)) as server:
        profile = server.profile()
        demo = await Demo.start(profile)
        broker = NatsBroker(profile, name="pair")
        for _ in range(2):
            broker.subscriber("pair.ask")(lambda body: body)
        broker.subscriber("same.ask")(lambda body: body)
        broker.subscriber("odd.bytes")(lambda body: b"\x1b[31mred\xff\x00")
        numbers = msgpack.packb({"x": float("nan"), "y": [float("-inf")]})
        broker.subscriber("odd.numbers")(lambda body: numbers)
        secret = gzipped(b'{"a": "sesame-open-now", "sesame-open-now": 1}')
        broker.subscriber("packed.secret")(lambda body: secret)
        broker.subscriber("odd.text")(lambda body: b"\xa1\x61k\x63a\xffb")
        broker.subscriber("odd.protobuf")(lambda body: b"\x08\x07\x12\x03tea")
        broker.subscriber("packed.ask")(lambda body: gzipped(b'{"packed": 3}'))
        broker.subscriber("silent.ask", no_reply=True)(lambda body: None)
        await broker.start()
        yield profile
        await broker.stop()
        await demo.stop()
