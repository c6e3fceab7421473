"""A server that takes no headers is spoken to without them: a single one closes the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from helpers.recording_proxy import DEADLINE, RecordingProxy

from engine import Journal, NatsBroker, NatsMessage, Profile, PullSub
from engine.audience.audience import audience
from engine.drafts.draft import Draft, Kind
from engine.drafts.send import begin, send
from engine.errors import (
    CannotTrace,
    HeadersUnsupported,
    NatstapError,
    RequestTimeout,
)
from engine.link.events import Happening
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.rpc.handling.consumer import StreamConsumer
from engine.rpc.handling.response import Response
from engine.server.server import EmbeddedServer
from engine.services.discovery import discover
from engine.tracing.trace import Tracing, dry_run


@pytest.fixture
async def bare() -> AsyncIterator[Profile]:
    async with EmbeddedServer(config="no_header_support: true") as server:
        yield server.profile()


@dataclass
class Seat:
    broker: NatsBroker
    proxy: RecordingProxy
    journal: Journal
    lost: list[str]

    def unharmed(self) -> None:
        """No header went out, and the connection was never closed."""
        assert not [one for one in self.proxy.published if one.startswith(b"HPUB")]
        assert not self.lost


@asynccontextmanager
async def sitting(bare: Profile) -> AsyncIterator[Seat]:
    journal, lost = Journal(), []
    async with (
        RecordingProxy.before(bare) as proxy,
        NatsBroker(proxy.profile, journal=journal) as broker,
    ):
        broker.link.events.listeners.append(
            lambda event: lost.append(event.words) if event.what is Happening.LOST else None
        )
        seat = Seat(broker, proxy, journal, lost)
        yield seat
        await broker.link.barrier()
        seat.unharmed()


@asynccontextmanager
async def service(bare: Profile) -> AsyncIterator[NatsBroker]:
    broker = NatsBroker(bare)

    async def answer(message: NatsMessage) -> Response:
        return Response({"got": message.body.decode()})

    broker.subscriber("svc.*")(answer)
    await broker.start()
    yield broker
    await broker.stop()


async def test_the_server_says_so(bare: Profile, profile: Profile) -> None:
    async with NatsBroker(bare) as without, NatsBroker(profile) as usual:
        assert not without.link.server.takes_headers
        assert usual.link.server.takes_headers


async def test_the_library_asks_and_answers_there(bare: Profile) -> None:
    async with service(bare), sitting(bare) as seat:
        reply = await seat.broker.request({"a": 1}, "svc.a", timeout=30)
        assert reply.body == b'{"got":"{\\"a\\":1}"}'
        replies = seat.broker.request_many(b"x", "svc.b", timeout=30, count=1)
        assert [one.body for one in await replies.all()] == [b'{"got":"x"}']
        await seat.broker.publish("news", "svc.c")


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.MANY, Kind.PUBLISH, Kind.STREAM_PUBLISH])
async def test_what_is_composed_goes_without_what_natstap_adds(bare: Profile, kind: Kind) -> None:
    async with service(bare), sitting(bare) as seat:
        await seat.broker.jetstream.ensure_stream("KEPT", ["kept.>"])
        subject = "kept.a" if kind.streamed else "svc.a"
        draft = Draft(subject, b"{}", kind, timeout=1)
        sent = await send(seat.broker, draft)
        if kind.asks:
            assert sent.replies[0].body == b'{"got":"{}"}'
        if kind.streamed:
            assert sent.stored is not None
            assert sent.stored.stream == "KEPT"
        await seat.broker.link.barrier()
        frames = [one for one in seat.proxy.published if f" {subject} ".encode() in one]
        assert len(frames) == 1
        assert frames[0].endswith(b" 2\r\n{}")


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft("svc.a", headers=(("X-Who", "ann"),)), "remove X-Who"),
        (Draft("svc.a", kind=Kind.MANY, headers=(("X-Who", "ann"),)), "remove X-Who"),
        (Draft("svc.a", kind=Kind.PUBLISH, headers=(("X-Who", "ann"),)), "remove X-Who"),
        (Draft("svc.a", correlation_id="c"), "remove correlation_id"),
        (Draft("svc.a", message_id="m"), "remove Nats-Msg-Id"),
        (Draft("kept.a", kind=Kind.STREAM_PUBLISH, ttl="5s"), "remove Nats-TTL"),
        (Draft("kept.a", kind=Kind.STREAM_PUBLISH, stream="KEPT"), "name none"),
        (Draft("kept.a", kind=Kind.STREAM_PUBLISH, reply_to="x.y"), "ask without a stream"),
        (Draft("kept.a", kind=Kind.STREAM_REQUEST), "ask without a stream|name none|remove"),
    ],
)
async def test_what_the_user_gave_is_refused_unsent(
    bare: Profile, draft: Draft, words: str
) -> None:
    async with sitting(bare) as seat:
        await seat.broker.jetstream.ensure_stream("KEPT", ["kept.>"])
        before = len(seat.proxy.published)
        with pytest.raises(HeadersUnsupported, match=words):
            await send(seat.broker, draft)
        await seat.broker.link.barrier()
        sent = [one for one in seat.proxy.published[before:] if b" $JS.API" not in one]
        assert not sent


async def test_the_library_refuses_what_its_user_gave(bare: Profile) -> None:
    async with sitting(bare) as seat:
        ask = seat.broker.request
        for more in ({"headers": {"a": "1"}}, {"correlation_id": "c"}, {"stream": "KEPT"}):
            with pytest.raises(HeadersUnsupported):
                await ask("x", "svc.a", timeout=1, **more)
        with pytest.raises(HeadersUnsupported):
            seat.broker.link.publish(b"a", b"", b"", b"NATS/1.0\r\na: 1\r\n\r\n")


async def test_natstap_does_not_probe_there(bare: Profile) -> None:
    async with service(bare), sitting(bare) as seat:
        found = await audience(seat.broker, "svc.a")
        assert [one.pattern for one in found.listeners] == ["svc.*"]
        assert any("takes no headers" in one for one in found.unknown)
        with pytest.raises(CannotTrace, match="takes no headers"):
            await dry_run(seat.broker, "svc.a")
        with pytest.raises(CannotTrace, match="takes no headers"):
            Tracing(seat.broker)


@pytest.mark.parametrize(
    "draft",
    [
        ReplyDraft("lab.a"),
        ReplyDraft("lab.a", Recipe.CANNED, b"{}"),
        ReplyDraft("lab.a", Recipe.TEMPLATE, b"{{Request}}"),
        ReplyDraft("lab.a", service="Lab"),
    ],
    ids=lambda draft: f"{draft.recipe} {draft.service}",
)
async def test_responders_answer_there(bare: Profile, draft: ReplyDraft) -> None:
    async with sitting(bare) as seat, NatsBroker(bare) as other:
        responder = Responder(seat.broker, draft)
        await responder.start()
        assert (await other.request(b"{}", "lab.a", timeout=30)).body == b"{}"
        if draft.service:
            [found] = await discover(other)
            assert found.name == "Lab"
        await responder.stop()


@pytest.mark.parametrize(
    "draft",
    [
        ReplyDraft("lab.a", headers=(("X", "1"),)),
        ReplyDraft("lab.a", Recipe.FAILING),
        ReplyDraft("lab.a", Recipe.NO_RESPONDERS),
        ReplyDraft("lab.a", fail_chance=0.5),
    ],
)
async def test_a_responder_that_needs_headers_is_refused(bare: Profile, draft: ReplyDraft) -> None:
    async with sitting(bare) as seat:
        responder = Responder(seat.broker, draft)
        with pytest.raises(HeadersUnsupported):
            await responder.start()
        assert not responder.on


async def test_a_handler_that_fails_does_not_close_the_connection(bare: Profile) -> None:
    async def answer(message: NatsMessage) -> Response:
        raise ValueError("no")

    async with sitting(bare) as seat, NatsBroker(bare) as other:
        seat.broker.subscriber("svc.*")(answer)
        await seat.broker.start()
        with pytest.raises(RequestTimeout):
            await other.request(b"x", "svc.a", timeout=0.3)
        seat.unharmed()


@pytest.mark.parametrize("pull", [None, PullSub(5, timeout=0.5)], ids=["push", "pull"])
async def test_a_stream_subscriber_takes_no_status_for_a_message(
    bare: Profile, pull: PullSub | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without headers the server's heartbeats and timeouts are messages without a body."""
    monkeypatch.setattr("engine.rpc.handling.consumer.HEARTBEAT", 0.5)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    said = status_seen(monkeypatch)

    async def answer(message: NatsMessage) -> None:
        heard.put_nowait(message.body)

    async with sitting(bare) as seat, NatsBroker(bare) as other:
        seat.broker.subscriber("kept.*", stream="KEPT", pull_sub=pull)(answer)
        await seat.broker.start()
        for body in (b"1", b"", b"2"):
            begin(other, Draft("kept.a", body, Kind.STREAM_PUBLISH))
            async with asyncio.timeout(DEADLINE):
                assert await heard.get() == body
                said.clear()
                await said.wait()


def status_seen(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set when the server says something that no stream stored."""
    said, plain = asyncio.Event(), StreamConsumer._is_status

    def seen(self: StreamConsumer, *message: object) -> bool:
        status = plain(self, *message)
        if status:
            said.set()
        return status

    monkeypatch.setattr(StreamConsumer, "_is_status", seen)
    return said


async def test_nobody_there_is_a_timeout_at_the_latest(bare: Profile) -> None:
    async with sitting(bare) as seat:
        with suppress(NatstapError):
            await seat.broker.request(b"x", "nobody.here", timeout=0.3)
