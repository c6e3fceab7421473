"""A responder as a `$SRV` service: read by nats-py, by natstap's own discovery, byte by byte."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import nats
import nats.micro
import pytest
from helpers.waiting import until
from nats.errors import NoRespondersError

from engine import NatsBroker, Profile
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.services.discovery import discover

DRAFT = ReplyDraft(
    "shop.{what}",
    Recipe.TEMPLATE,
    b"{{.Body.item}}",
    service="shop",
    version="1.2.3-beta",
    description="Sells tea",
)


@pytest.fixture
async def client(profile: Profile) -> AsyncIterator[nats.NATS]:
    url = f"nats://{profile.servers[0].partition('://')[2]}"
    client = await nats.connect(url, user=profile.user, password=profile.password)
    yield client
    await client.close()


@pytest.fixture
async def shop(broker: NatsBroker) -> AsyncIterator[Responder]:
    responder = Responder(broker, DRAFT)
    await responder.start()
    yield responder
    await responder.stop()


async def told(client: nats.NATS, subject: str) -> dict:
    return json.loads((await client.request(subject, b"", timeout=30)).data)


async def test_it_tells_all_that_the_adr_wants(shop: Responder, client: nats.NATS) -> None:
    await client.request("shop.tea", b'{"item": "tea"}', timeout=30)
    await client.request("shop.tea", b"nonsense", timeout=30)
    await until(lambda: shop.figures.requests == 2)
    ping = await told(client, "$SRV.PING")
    identity = {"name": "shop", "id": ping["id"], "version": "1.2.3-beta", "metadata": {}}
    endpoint = {"name": "shop-what", "subject": "shop.*", "queue_group": "natstap"}
    assert ping == {"type": "io.nats.micro.v1.ping_response", **identity}
    for last in ("shop", f"shop.{ping['id']}"):
        assert await told(client, f"$SRV.PING.{last}") == ping
        assert await told(client, f"$SRV.INFO.{last}") == {
            "type": "io.nats.micro.v1.info_response",
            **identity,
            "description": "Sells tea",
            "endpoints": [{**endpoint, "metadata": {}}],
        }
        stats = await told(client, f"$SRV.STATS.{last}")
        assert stats["type"] == "io.nats.micro.v1.stats_response"
        (figures,) = stats["endpoints"]
        assert endpoint.items() <= figures.items()
        assert (figures["num_requests"], figures["num_errors"]) == (2, 1)
        assert "no JSON" in figures["last_error"]
        assert 0 < figures["average_processing_time"] <= figures["processing_time"]


async def test_nats_py_reads_the_figures(shop: Responder, client: nats.NATS) -> None:
    """Its own classes take what natstap tells, and what its own services tell has the same keys."""
    theirs = await nats.micro.add_service(client, name="theirs", version="1.0.0")
    await theirs.add_endpoint(name="e", subject="theirs.e", handler=lambda _: _nothing())
    for verb in ("PING", "INFO", "STATS"):
        own = await told(client, f"$SRV.{verb}.shop")
        other = await told(client, f"$SRV.{verb}.theirs")
        assert own.keys() == other.keys()
        if verb != "PING":
            missing = other["endpoints"][0].keys() - own["endpoints"][0].keys()
            assert missing <= {"data", "metadata"}
    await theirs.stop()


async def _nothing() -> None: ...


async def test_it_is_discovered_while_it_is_on(shop: Responder, profile: Profile) -> None:
    async with NatsBroker(profile) as asker:
        (found,) = await discover(asker)
        (endpoint,) = found.endpoints
        assert (found.name, found.description, found.versions) == (
            "shop",
            "Sells tea",
            ("1.2.3-beta",),
        )
        assert (endpoint.subject, endpoint.queue) == ("shop.*", "natstap")
        await shop.stop()
        assert await discover(asker) == ()
        await shop.start()
        assert len(await discover(asker)) == 1


async def test_each_of_several_answers_for_itself(
    shop: Responder, broker: NatsBroker, client: nats.NATS
) -> None:
    other = Responder(broker, ReplyDraft("b", service="other"))
    await other.start()
    inbox = client.new_inbox()
    heard = await client.subscribe(inbox)
    await client.publish("$SRV.PING", b"", reply=inbox)
    names = [json.loads((await heard.next_msg(timeout=30)).data)["name"] for _ in range(2)]
    assert sorted(names) == ["other", "shop"]
    await other.stop()
    with pytest.raises(NoRespondersError):
        await client.request("$SRV.PING.other", b"", timeout=30)


async def test_a_question_with_a_command_for_its_answer_gets_none(
    shop: Responder, client: nats.NATS
) -> None:
    heard = await client.subscribe("$KV.x.y")
    await client.publish("$SRV.PING", b"", reply="$KV.x.y")
    await told(client, "$SRV.PING")
    assert heard.pending_msgs == 0
