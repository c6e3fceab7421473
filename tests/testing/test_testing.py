"""What a user's tests get: a private server, a fixture, and stubs of services."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import nats
import pytest

from engine import NatsBroker, NatsMessage, Response, ServiceError
from engine.errors import InvalidBody, RequestTimeout
from engine.testing import Stub, TestServer, server
from engine.testing.fixtures import nats_server  # noqa: F401


async def test_a_private_server_serves_any_client() -> None:
    async with server() as private:
        client = await nats.connect(private.url)
        async with NatsBroker(private.profile) as broker, Stub(private.url, "ask", "yes"):
            assert (await broker.request("?", "ask", timeout=30)).body == b"yes"
            assert (await client.request("ask", b"?", timeout=30)).data == b"yes"
        await client.close()


async def test_the_fixture_works_in_a_test_that_is_async(nats_server: TestServer) -> None:  # noqa: F811
    async with NatsBroker(nats_server.profile) as broker, Stub(nats_server, "ask", "yes"):
        assert (await broker.request("?", "ask", timeout=30)).body == b"yes"


def test_the_fixture_works_in_a_test_that_is_not(nats_server: TestServer) -> None:  # noqa: F811
    async def work() -> bytes:
        async with NatsBroker(nats_server.profile) as broker, Stub(nats_server, "ask", "yes"):
            return (await broker.request("?", "ask", timeout=30)).body

    assert asyncio.run(work()) == b"yes"


@dataclass
class Item:
    item: str


async def test_a_stub_matches_what_would_be_sent(nats_server: TestServer) -> None:  # noqa: F811
    cases: list[tuple[Any, Any]] = [
        (None, None),
        (Item("tea"), {"item": "tea", "more": 1}),
        ({"on": date(2026, 1, 2)}, {"on": "2026-01-02"}),
        (UUID(int=5), UUID(int=5)),
        (True, True),
        ({"flag": 1}, {"flag": 1}),
    ]
    async with NatsBroker(nats_server.profile) as broker, Stub(nats_server, "ask", "none") as stub:
        for number, (to, _) in enumerate(cases):
            stub.answer(number, to=to)
        stub.answer(KeyError, to="class")
        stub.answer("one", to=1)
        for number, (_, body) in enumerate(cases):
            assert await (await broker.request(body, "ask", timeout=30)).decode() == number
        assert (await broker.request({"flag": True}, "ask", timeout=30)).body == b"none"
        with pytest.raises(ServiceError, match="KeyError"):
            await broker.request("class", "ask", timeout=30)
        with pytest.raises(InvalidBody):
            stub.answer(1, to=object())


async def test_a_stub_answers_by_what_it_is_asked(nats_server: TestServer) -> None:  # noqa: F811
    def bulky(message: NatsMessage) -> bool:
        return len(message.body) > 100

    async def later(message: NatsMessage) -> str:
        return f"later: {message.correlation_id}"

    async with NatsBroker(nats_server.profile) as broker, Stub(nats_server, "ask") as stub:
        stub.answer({"id": 1}, to={"item": "tea"})
        stub.answer(ServiceError(409, "sold out"), to={"item": "tea", "qty": 2})
        stub.answer(Response("large", headers={"k": "v"}), to=bulky)
        stub.answer(lambda message: message.body[::-1], to="abc")
        stub.answer(later, to=7)

        async def ask(body: Any) -> Any:
            answer = await broker.request(body, "ask", correlation_id="c", timeout=30)
            return await answer.decode()

        assert await ask({"item": "tea", "x": 0}) == {"id": 1}
        assert await ask("x" * 101) == "large"
        assert await ask("abc") == b"cba"
        assert await ask(7) == "later: c"
        with pytest.raises(ServiceError, match="sold out") as caught:
            await ask({"item": "tea", "qty": 2})
        assert caught.value.code == "409"
        with pytest.raises(ServiceError, match="has no answer") as caught:
            await ask("something else")
        assert caught.value.code == "501"
        stub.answer("anything")
        assert await ask("something else") == "anything"
        assert len(stub.calls) == 7


async def test_calls_are_waited_for_one_by_one(nats_server: TestServer) -> None:  # noqa: F811
    async with NatsBroker(nats_server.profile) as broker, Stub(nats_server, "ask", None) as stub:
        first = asyncio.create_task(stub.wait_call(30))
        await broker.request(1, "ask", timeout=30)
        await broker.request(2, "ask", timeout=30)
        assert [(await call).body for call in (first, stub.wait_call(30))] == [b"1", b"2"]
        with pytest.raises(RequestTimeout):
            await stub.wait_call(0.01)


async def test_a_stub_may_serve_a_stream(nats_server: TestServer) -> None:  # noqa: F811
    async with NatsBroker(nats_server.profile) as broker:
        async with Stub(nats_server, "jobs", "done", stream="JOBS") as stub:
            answer = await broker.request("x", "jobs", stream="JOBS", timeout=30)
            assert (answer.body, len(stub.calls)) == (b"done", 1)
