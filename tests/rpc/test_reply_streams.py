"""An answer that says where it is to be stored costs no question, and needs no further rights."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.peers import Tap
from helpers.waiting import until

from engine import NatsBroker, NatsMessage, NatsResponse, Profile
from engine.server.server import EmbeddedServer

API = "$JS.API.>"


def answering(broker: NatsBroker, subject: str, stream: str) -> None:
    @broker.subscriber(subject)
    async def handle(body: Any) -> NatsResponse:
        return NatsResponse(f"re: {body}", stream=stream)


@pytest.mark.parametrize("stream", ["ANSWERS", "NOSUCH"])
async def test_an_answer_to_an_inbox_asks_nobody_where_it_is_stored(
    broker: NatsBroker, profile: Profile, stream: str
) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    answering(broker, "ask", stream)
    await broker.start()
    async with Tap(profile, API) as tap:
        for n in range(5):
            assert (await broker.request(n, "ask", timeout=30)).body == f"re: {n}".encode()
        await tap.settle()
    assert tap.heard == []


async def test_a_stream_is_asked_once_for_many_answers(
    broker: NatsBroker, profile: Profile
) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    answering(broker, "ask", "ANSWERS")
    await broker.start()
    async with Tap(profile, API) as tap:
        for n in range(5):
            await broker.publish(n, "ask", reply_to="answers.me", correlation_id=f"c-{n}")
        found = [await broker.find_response(f"c-{n}", "ANSWERS", timeout=30) for n in range(5)]
        await tap.settle()
    assert [answer.body for answer in found] == [f"re: {n}".encode() for n in range(5)]
    looks = [one for one in tap.heard if one.subject == "$JS.API.STREAM.INFO.ANSWERS"]
    assert len(looks) == 1


async def test_a_responder_with_no_right_to_ask_answers_all_the_same() -> None:
    """It may hear its subject and answer, and nothing else: no `$JS.API`, no inbox."""
    config = """
    authorization { users: [
      { user: $natstap_user, password: $natstap_password }
      { user: worker, password: w, permissions: {
        subscribe: ["ask"], publish: ["answers.>"], allow_responses: true } }
    ] }
    """
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(server.profile()) as broker:
            await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
            worker = NatsBroker(f"nats://worker:w@127.0.0.1:{server.port}")
            answering(worker, "ask", "ANSWERS")
            await worker.start()
            heard: list[NatsMessage] = []

            @broker.subscriber("answers.me")
            async def hear(message: NatsMessage) -> None:
                heard.append(message)

            await broker.start()
            assert (await broker.request("x", "ask", timeout=30)).body == b"re: x"
            for n in range(3):
                await broker.publish(n, "ask", reply_to="answers.me")
            await until(lambda: len(heard) == 3)
            await worker.stop()
        assert [message.body for message in heard] == [b"re: 0", b"re: 1", b"re: 2"]
