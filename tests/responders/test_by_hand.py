"""By hand: requests wait in a lane, and each is answered, refused, passed on or let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgpack
import pytest
from helpers.desk import sitting_alone, until
from helpers.screens import profile_of
from textual.widgets import TextArea

from engine import Journal, NatsBroker, NatsMessage
from engine.errors import InvalidInput, NoResponders, RequestTimeout, ServiceError
from engine.journal import State
from engine.responders.answer_waiting import answer_waiting, why_not
from engine.responders.lane import ByHand, HeldRequest, LetGo, PassOn, RefuseIt
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.responders.responder_stats import AnswerOutcome

Connect = Callable[..., Awaitable[NatsBroker]]
SUBJECT = "orders.new"


async def next_held(responder: Responder) -> HeldRequest:
    async with asyncio.timeout(30):
        while not (held := list(responder.lane)):
            await asyncio.sleep(0.01)
    return held[0]


async def test_each_request_gets_what_is_decided(connect: Connect, journal: Journal) -> None:
    host, client = await connect(journal=journal), await connect()

    @host.subscriber(f"real.{SUBJECT}")
    async def real(message: NatsMessage) -> bytes:
        return b"real " + message.body

    await host.start()
    draft = ReplyDraft(SUBJECT, "by_hand", b'{"ok": true}').with_own({"pass_to": "real.{subject}"})
    responder = Responder(host, draft)
    await responder.start()

    async def asked(timeout: float = 30.0) -> NatsMessage:
        return await client.request(b"tea", SUBJECT, timeout=timeout)

    waiting = asyncio.create_task(asked())
    held = await next_held(responder)
    assert (held.message.body, held.suggested.body) == (b"tea", b'{"ok": true}')
    assert journal.exchange(held.number).subject == SUBJECT
    assert held.decide(ByHand(b"edited", (("X", "1"),)))
    assert not held.decide(LetGo())
    got = await waiting
    assert (got.body, got.headers["X"]) == (b"edited", "1")

    waiting = asyncio.create_task(asked())
    (await next_held(responder)).decide(RefuseIt("sold out", "409"))
    with pytest.raises(ServiceError) as refused:
        await waiting
    assert (refused.value.code, refused.value.text) == ("409", "sold out")

    waiting = asyncio.create_task(asked())
    (await next_held(responder)).decide(RefuseIt())
    with pytest.raises(NoResponders):
        await waiting

    waiting = asyncio.create_task(asked())
    held = await next_held(responder)
    held.decide(PassOn(held.pass_to))
    assert (await waiting).body == b"real tea"

    waiting = asyncio.create_task(asked(timeout=0.5))
    (await next_held(responder)).decide(LetGo())
    with pytest.raises(RequestTimeout):
        await waiting
    counts = responder.record.counts
    assert counts[AnswerOutcome.ANSWERED] == 1
    assert counts[AnswerOutcome.FAILED] == 2
    assert counts[AnswerOutcome.PASSED_ON] == 1
    assert counts[AnswerOutcome.SILENT] == 1
    await responder.stop()


async def test_what_waits_is_let_go_when_the_responder_is_switched_off(connect: Connect) -> None:
    host, client = await connect(), await connect()
    responder = Responder(host, ReplyDraft(SUBJECT, "by_hand"))
    await responder.start()
    waiting = asyncio.create_task(client.request(b"", SUBJECT, timeout=1.0))
    await next_held(responder)
    await responder.stop()
    assert not len(responder.lane)
    with pytest.raises(RequestTimeout):
        await waiting


async def test_a_watched_request_that_nobody_answered_is_answered_by_hand(
    connect: Connect, journal: Journal
) -> None:
    host, client = await connect(journal=journal), await connect()
    tap = journal.sink(journal.sources.add("watch"))
    host.link.subscribe(SUBJECT.encode(), tap)
    await host.link.barrier()
    waiting = asyncio.create_task(client.request(b"tea", SUBJECT, timeout=30))
    async with asyncio.timeout(30):
        while not len(journal):
            await asyncio.sleep(0.01)
    number = next(number for number, _ in journal.heads())
    assert why_not(journal, number) == ""
    answer_waiting(host, journal, number, b'{"by": "hand"}')
    got = await waiting
    assert (got.body, got.content_type) == (b'{"by": "hand"}', "application/json")
    assert journal.state(number) is State.ANSWERED
    with pytest.raises(InvalidInput, match="answer already"):
        answer_waiting(host, journal, number, b"again")
    with pytest.raises(InvalidInput, match="does not hold"):
        answer_waiting(host, journal, 10_000, b"")


async def test_the_lane_is_worked_by_key() -> None:
    async with sitting_alone() as hand:
        assert hand.app.session is not None
        await hand.app.session.responders.add(ReplyDraft(SUBJECT, "by_hand", b"suggested"))
        async with NatsBroker(profile_of(hand)) as client:
            await client.start()
            first = asyncio.create_task(client.request(b"one", SUBJECT, timeout=60))
            await until(hand.pilot, lambda: len(hand.app.session.responders.held) == 1)
            await hand.press("escape", "H")
            await hand.see("Waiting", SUBJECT, "one", "suggested")
            await hand.press("e", "ctrl+end", *" by hand", "ctrl+j")
            assert (await first).body == b"suggested by hand"
            await hand.see("Answered orders.new")
            second = asyncio.create_task(client.request(b"two", SUBJECT, timeout=60))
            await hand.see("two")
            await until(hand.pilot, lambda: hand.app.screen.chosen is not None)
            await hand.press("x")
            with pytest.raises(ServiceError):
                await second
            await hand.see("Nothing waits")
            body = msgpack.packb({"sku": "tea"})
            packed = asyncio.create_task(client.request(body, SUBJECT, timeout=60))
            await hand.see("MessagePack", '{"sku": "tea"}', "JSON goes as MessagePack")
            hand.app.screen.query_one("#held-answer", TextArea).load_text('{"left": 3}')
            await hand.press("ctrl+j")
            got = await packed
            assert msgpack.unpackb(got.body) == {"left": 3}
            assert got.content_type == "application/msgpack"
            await hand.press("escape")
            assert hand.app.screen is hand.app.desk
