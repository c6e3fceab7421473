"""A read-only connection: questions go out, and whatever else is tried ends at one gate.

What reached the wire is read by a proxy before the real server.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from helpers.questions import QUESTIONS, SHORT
from helpers.recording_proxy import RecordingProxy, SentCommand
from helpers.systems import responder

from engine import Journal, NatsBroker, Profile, Session
from engine.api_subjects import on_consumer, on_stream
from engine.errors import NatstapError, ReadOnly
from engine.responders.reply import ReplyDraft
from engine.rpc.handling.acknowledge import AckWord
from engine.tracing.trace import Tracing

pytestmark = pytest.mark.one_server

NAME = r"[^\s.*>]+"
READS = re.compile(
    rf"\$SRV\.(PING|INFO|STATS)|\$SYS\.REQ\.(USER\.INFO|ACCOUNT\.PING\.CONNZ)"
    rf"|\$JS\.API\.(INFO|STREAM\.(NAMES|LIST)|(STREAM\.(INFO|MSG\.GET)|CONSUMER\.LIST)\.{NAME})"
    rf"|\$JS\.API\.(CONSUMER\.INFO\.{NAME}\.{NAME}|DIRECT\.GET\.{NAME})"
)
READING = {
    "typing",
    "typing for the API",
    "completing",
    "listening",
    "services",
    "streams",
    "consumers",
    "one stream",
    "one consumer",
    "messages",
    "older messages",
    "one by one",
    "one message",
    "since",
    "searching",
    "requesters",
    "participants",
    "hosting",
    "holding",
}
"""Questions that are answered all the same."""


def sent(commands: list[SentCommand]) -> list[SentCommand]:
    """What was published beside questions, and subscriptions that take from others."""
    return [
        command
        for command in commands
        if (command.verb in ("PUB", "HPUB") and not READS.fullmatch(command.subject))
        or (command.verb in ("PUB", "HPUB") and not command.reply.startswith("_INBOX."))
        or (command.verb == "SUB" and command.reply)
        or command.verb == "?"
    ]


@pytest.fixture
async def stored(profile: Profile) -> AsyncIterator[None]:
    """A stream ORDERS with a consumer w and three messages, and somebody who answers."""
    async with NatsBroker(profile) as broker:
        api = broker.jetstream
        config = {"name": "ORDERS", "subjects": ["orders.>"], "allow_direct": True}
        await api.api(on_stream("CREATE", "ORDERS"), config)
        consumer = {"name": "w", "durable_name": "w", "ack_policy": "explicit"}
        made = {"stream_name": "ORDERS", "config": consumer}
        await api.api(on_consumer("CREATE", "ORDERS", "w"), made)
        for number in range(3):
            await broker.publish(b"%d" % number, "orders.a", stream="ORDERS")
    async with responder(profile, "shop.price", b"7") as answering:
        await answering.link.barrier()
        yield


@pytest.fixture
async def proxy(profile: Profile, stored: None) -> AsyncIterator[RecordingProxy]:
    async with RecordingProxy.before(replace(profile, read_only=True)) as proxy:
        yield proxy


@pytest.mark.parametrize("name", QUESTIONS)
async def test_whatever_natstap_asks_only_questions_go_out(
    proxy: RecordingProxy, name: str
) -> None:
    journal = Journal()
    told: NatstapError | None = None
    async with NatsBroker(proxy.profile, journal=journal) as broker:
        try:
            await QUESTIONS[name](broker, journal)
        except NatstapError as error:
            told = error
        await broker.link.barrier()
    assert sent(proxy.commands) == []
    assert (told is None) or name not in READING, told


async def publish(broker: NatsBroker) -> None:
    await broker.publish(b"x", "shop.order")


async def answer_into_the_air(broker: NatsBroker) -> None:
    broker.post(b"x", "_INBOX.somebody.1")


async def acknowledge(broker: NatsBroker) -> None:
    await broker.jetstream.acknowledge("$JS.ACK.ORDERS.w.1.1.1.1.0", AckWord.ACK)


async def acknowledge_at_once(broker: NatsBroker) -> None:
    broker.tell("$JS.ACK.ORDERS.w.1.1.1.1.0", b"+ACK")


async def pull(broker: NatsBroker) -> None:
    broker.tell("$JS.API.CONSUMER.MSG.NEXT.ORDERS.w", b"1", broker.fresh_inbox())


async def let_the_server_publish(broker: NatsBroker) -> None:
    broker.post(b"", "$JS.API.INFO", reply_to="shop.order")


async def let_the_server_report(broker: NatsBroker) -> None:
    broker.post(b"", "$JS.API.INFO", headers={"Nats-Trace-Dest": "shop.order"})


async def ride_along(broker: NatsBroker) -> None:
    async with Tracing(broker, "shop.price") as tracing:
        await broker.request(b"x", "shop.price", headers=tracing.headers, timeout=SHORT)


async def shut_the_server(broker: NatsBroker) -> None:
    await broker.request(b"", "$SYS.REQ.SERVER.NABC.RELOAD", timeout=SHORT)


async def serve(broker: NatsBroker) -> None:
    @broker.subscriber("shop.price")
    async def handle(body: Any) -> str:
        return "8"

    await broker.start()


async def share(broker: NatsBroker) -> None:
    broker.link.subscribe(b"shop.>", lambda *frame: None, b"workers")


@pytest.mark.parametrize(
    "deed",
    [
        publish,
        answer_into_the_air,
        acknowledge,
        acknowledge_at_once,
        pull,
        let_the_server_publish,
        let_the_server_report,
        ride_along,
        shut_the_server,
        serve,
        share,
    ],
)
async def test_what_is_more_than_a_question_is_refused(
    proxy: RecordingProxy, deed: Callable[[NatsBroker], Awaitable[None]]
) -> None:
    async with NatsBroker(proxy.profile) as broker:
        with pytest.raises(NatstapError, match="read-only"):
            await deed(broker)
        await broker.link.barrier()
    assert sent(proxy.commands) == []


async def test_the_error_says_where_and_what_to_do(proxy: RecordingProxy) -> None:
    prod = replace(proxy.profile, source="context prod")
    async with NatsBroker(prod) as broker:
        with pytest.raises(ReadOnly) as caught:
            await broker.request(b"x", "shop.price")
    assert (caught.value.subject, caught.value.where) == ("shop.price", "context prod")
    assert str(caught.value) == (
        "context prod is read-only, so nothing is sent on 'shop.price': to change that, "
        "take read_only out of settings.toml, or start without --read-only"
    )


async def test_others_are_watched_and_no_responder_is_hosted(proxy: RecordingProxy) -> None:
    flags = {
        "server": proxy.profile.servers[0],
        "user": proxy.profile.user,
        "password": proxy.profile.password,
        "read_only": True,
    }
    journal = Journal()
    session = await Session.open(journal, flags, {}, watch=["shop.>"])
    try:
        assert session.profile.read_only
        async with NatsBroker(replace(proxy.profile, read_only=False, name="asker")) as asker:
            before = len(proxy.commands)
            assert await asker.request(b"x", "shop.price") is not None
        asked = [each for each in proxy.commands[before:] if each.subject == "shop.price"]
        assert journal.next > 1  # what the asker said was heard
        for draft in (ReplyDraft("shop.price"), ReplyDraft("shop.other", service="shop")):
            with pytest.raises(ReadOnly):
                await session.responders.add(draft)
        with suppress(NatstapError):
            await session.watches.watch_everything(confirmed=True, seconds=1)
    finally:
        await session.close()
    answers = [each for each in sent(proxy.commands) if each not in asked]
    assert [each for each in answers if each.verb != "SUB"] == []
