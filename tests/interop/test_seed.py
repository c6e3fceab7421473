"""The document this engine implements, run as it is written; only the imports are ours."""

from __future__ import annotations

import asyncio

import pytest

from engine.server.server import EmbeddedServer


@pytest.fixture(autouse=True)
def nats_url(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = server.profile()
    address = profile.servers[0].partition("://")[2]
    monkeypatch.setenv("NATS_URL", f"nats://{profile.user}:{profile.password}@{address}")


async def test_a_blocking_request_and_an_rpc_subscriber() -> None:
    from engine import NatsBroker

    broker = NatsBroker()

    @broker.subscriber("test")
    async def handle(msg):
        return f"Received: {msg}"

    await broker.start()
    from engine import NatsMessage

    msg: NatsMessage = await broker.request("Hello, NATS!", subject="test")
    assert msg.body == b"Received: Hello, NATS!"
    await broker.stop()


async def test_reply_to() -> None:
    from engine import NatsBroker

    broker = NatsBroker()
    consumed: asyncio.Queue[str] = asyncio.Queue()

    @broker.subscriber("test")
    async def handle(msg):
        return f"Received: {msg}"

    @broker.subscriber("response-subject")
    async def consume_responses(msg):
        consumed.put_nowait(msg)

    await broker.start()
    await broker.publish(
        "Hi!",
        subject="test",
        reply_to="response-subject",
    )
    assert await asyncio.wait_for(consumed.get(), 30) == "Received: Hi!"
    await broker.stop()


async def test_the_response_class() -> None:
    from engine import NatsBroker, NatsMessage, Response

    broker = NatsBroker()

    @broker.subscriber("test")
    async def handle(msg):
        return Response(
            body=f"Processed: {msg}",
            headers={"x-token": "some-token"},
            correlation_id="some-correlation-id",
        )

    await broker.start()
    msg: NatsMessage = await broker.request("Hello, NATS!", subject="test")
    assert msg.body == b"Processed: Hello, NATS!"
    assert msg.headers == {"x-token": "some-token"}
    assert msg.correlation_id == "some-correlation-id"
    await broker.stop()


async def test_the_nats_response_class_in_jetstream() -> None:
    from engine import NatsBroker, NatsMessage, NatsResponse

    broker = NatsBroker()

    @broker.subscriber("test", stream="stream")
    async def handle(msg):
        return NatsResponse(
            body=f"Processed: {msg}",
            headers={"x-token": "some-token"},
            correlation_id="some-correlation-id",
            stream="stream",
        )

    await broker.start()
    msg: NatsMessage = await broker.request("Hello, NATS!", subject="test", stream="stream")
    assert msg.body == b"Processed: Hello, NATS!"
    assert msg.headers == {"x-token": "some-token"}
    assert msg.correlation_id == "some-correlation-id"
    await broker.stop()


async def test_no_reply() -> None:
    from engine import NatsBroker
    from engine.errors import RequestTimeout

    broker = NatsBroker()
    seen: asyncio.Queue[str] = asyncio.Queue()

    @broker.subscriber("test", no_reply=True)
    async def handle(msg):
        seen.put_nowait(msg)
        return "never sent"

    await broker.start()
    with pytest.raises(RequestTimeout):
        await broker.request("Hello, NATS!", subject="test", timeout=0.2)
    assert await asyncio.wait_for(seen.get(), 30) == "Hello, NATS!"
    await broker.stop()
