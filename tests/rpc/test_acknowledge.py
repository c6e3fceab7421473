"""Acknowledging by hand: what a stream is told of a delivered message, and what it confirms."""

from __future__ import annotations

import pytest
from helpers.composer import state, write
from helpers.desk import sitting, until

from engine import NatsBroker
from engine.drafts.draft import Kind
from engine.errors import NoResponders
from engine.journal import State
from engine.rpc.handling.acknowledge import AckWord, Delivery, read_delivery
from tui.inspect.acknowledge import AcknowledgeScreen
from tui.inspect.inspect import Inspect

PATIENCE = 60.0
NEXT = "$JS.API.CONSUMER.MSG.NEXT.WQ.w"


async def make_queue(broker: NatsBroker, *, ack_policy: str = "explicit") -> None:
    api = broker.jetstream
    await api.api("STREAM.CREATE.WQ", {"name": "WQ", "subjects": ["wq.>"]})
    config = {"name": "w", "durable_name": "w", "ack_policy": ack_policy}
    await api.create_consumer("WQ", config)
    for n in range(3):
        await broker.publish(f"job {n}", f"wq.{n}", stream="WQ")


async def waiting(broker: NatsBroker) -> int:
    """Messages that wait to be acknowledged."""
    return int((await broker.jetstream.consumer("WQ", "w"))["num_ack_pending"])


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("$JS.ACK.WQ.w.2.17.3.1795423694060255926.0", Delivery("WQ", "w", 2, 17)),
        ("$JS.ACK.hub.szMpdrwD.WQ.w.1.4.1.1795423864243973676.1", Delivery("WQ", "w", 1, 4)),
        ("$JS.ACK._.szMpdrwD.WQ.w.1.4.1.1795423864243973676.1.more", Delivery("WQ", "w", 1, 4)),
        ("$JS.ACK.WQ.w.x.17.3.1.0", None),
        ("$JS.ACK.WQ.w.1." + "9" * 5000 + ".3.1.0", None),
        ("$JS.ACK.WQ.w.1.²", None),
        ("_INBOX.a", None),
        ("", None),
    ],
)
def test_who_delivered_is_read_from_the_reply_subject(reply: str, found: Delivery | None) -> None:
    assert read_delivery(reply) == found


@pytest.mark.parametrize(
    ("word", "left"),
    [(AckWord.ACK, 0), (AckWord.TERM, 0), (AckWord.NAK, 1), (AckWord.IN_PROGRESS, 1)],
)
async def test_the_server_confirms_what_it_is_told(
    broker: NatsBroker, word: AckWord, left: int
) -> None:
    await make_queue(broker)
    message = await broker.request(b"1", NEXT, timeout=PATIENCE)
    await broker.jetstream.acknowledge(message.raw_message.reply, word)
    assert await waiting(broker) == left
    again = await broker.request({"no_wait": True}, NEXT, timeout=PATIENCE)
    assert again.body == (b"job 0" if word is AckWord.NAK else b"job 1")


async def test_nobody_takes_it_when_the_consumer_is_gone(broker: NatsBroker) -> None:
    await make_queue(broker)
    message = await broker.request(b"1", NEXT, timeout=PATIENCE)
    await broker.jetstream.delete_consumer("WQ", "w")
    with pytest.raises(NoResponders):
        await broker.jetstream.acknowledge(message.raw_message.reply, AckWord.ACK)


async def test_a_pulled_message_is_acknowledged_by_key() -> None:
    async with sitting() as hand:
        broker = hand.app.session.broker
        await make_queue(broker)
        await write(hand, Kind.REQUEST, NEXT, '{"batch":2}')
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await hand.press("ctrl+o", "3")
        await hand.see("A Acknowledge")
        await hand.press("A")
        await hand.see("sequence 1 of stream WQ, delivered 1 time by consumer w")
        await hand.press("escape")
        assert await waiting(broker) == 2
        await hand.press("A", "a")
        await hand.see("Acknowledged: the server confirmed it for consumer w of stream WQ")
        assert await waiting(broker) == 1
        await hand.press("right_square_bracket", "A")
        await hand.see("sequence 2 of stream WQ")
        await hand.press("down", "down", "enter")
        await hand.see("Terminated: the server confirmed it")
        assert await waiting(broker) == 0


async def test_what_no_stream_delivered_has_no_such_key() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "nobody.here", "x")
        await hand.press("ctrl+j")
        await state(hand, State.NO_RESPONDERS)
        await hand.press("ctrl+o", "3")
        inspect = hand.app.desk.query_one(Inspect)
        await until(hand.pilot, lambda: hand.app.focused is not None)
        assert inspect.delivery is None
        assert "Acknowledge" not in hand.screen
        await hand.press("A")
        assert not isinstance(hand.app.screen, AcknowledgeScreen)


async def test_a_consumer_that_is_gone_is_said() -> None:
    async with sitting() as hand:
        broker = hand.app.session.broker
        await make_queue(broker)
        await write(hand, Kind.REQUEST, NEXT, "1")
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await broker.jetstream.delete_consumer("WQ", "w")
        await hand.press("ctrl+o", "3", "A", "a")
        await hand.see("nobody takes acknowledgements for consumer w")
