"""What natstap asks by itself, and what its screens ask for a user: one entry for each.

They are shared by the tests that answer with spite and by those that watch what is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from helpers.asking import list_requesters

from engine import Journal, NatsBroker
from engine.audience.audience import audience
from engine.audience.known_subjects import known_subjects, listened_subjects
from engine.burst.burst import Burst
from engine.clients.names import ask_names
from engine.diagnosis.diagnosis import diagnose
from engine.errors import NatstapError
from engine.responders.overlapping_listeners import company
from engine.services.discovery import discover
from engine.streams.browse import page_after, page_before, read_one, sequence_since
from engine.streams.find import find, find_everywhere
from engine.streams.listing import list_consumers, list_streams, look, look_at_consumer
from engine.streams.new_stream import NewStream, create_stream
from engine.streams.removal import What, Wish
from engine.streams.removing import carry_out, plan
from engine.streams.stream_state import StreamState
from engine.streams.undo import changes_of
from engine.tracing.trace import dry_run

SHORT = 0.15
"""Seconds that an answer is waited for where that can be said."""
PATIENCE = 60.0
OWN = ("$JS.API.>", "$SRV.>", "$SYS.REQ.>")
"""Where natstap asks."""
STATE = StreamState("ORDERS", messages=3, first=1, last=3, subjects=("orders.>",), direct=True)

Question = Callable[[NatsBroker, Journal], Awaitable[Any]]


async def ask_and_diagnose(broker: NatsBroker, journal: Journal) -> None:
    call = broker.call(b"x", "orders.a", timeout=SHORT)
    with suppress(NatstapError):
        await call.answer()
    await diagnose(broker, journal, call.number, timeout=4 * SHORT)


async def search(broker: NatsBroker, journal: Journal) -> None:
    async for _ in find(broker, STATE, "id"):
        pass
    async for _ in find_everywhere(broker, (await list_streams(broker)).streams[:3], "id"):
        pass


async def remove(broker: NatsBroker, journal: Journal) -> None:
    for what in What:
        wish = Wish(what, "ORDERS", sequence=1, consumer="w")
        await carry_out(broker, await plan(broker, wish))


async def undo(broker: NatsBroker, journal: Journal) -> None:
    changes = changes_of(broker)
    await changes.remove(broker, await plan(broker, Wish(What.STREAM, "ORDERS")))
    await changes.undo(broker)


async def burst(broker: NatsBroker, journal: Journal) -> None:
    async with asyncio.timeout(PATIENCE):
        await Burst(broker, "orders.a", b"x", count=5, timeout=SHORT).run()


async def through_streams(broker: NatsBroker, journal: Journal) -> None:
    subscriber = broker.subscriber("orders.>", stream="ORDERS", durable="w", pull_sub=2)

    @subscriber
    async def handle(body: Any) -> str:
        return "answer"

    try:
        await broker.start()
    finally:
        await broker.remove(subscriber)


QUESTIONS: dict[str, Question] = {
    "typing": lambda broker, _: audience(broker, "orders.create", timeout=SHORT),
    "typing for the API": lambda broker, _: audience(broker, "$JS.API.INFO", timeout=SHORT),
    "diagnosing": ask_and_diagnose,
    "completing": lambda broker, _: known_subjects(broker),
    "listening": lambda broker, _: listened_subjects(broker.link),
    "services": lambda broker, _: discover(broker, gap=SHORT),
    "streams": lambda broker, _: list_streams(broker),
    "consumers": lambda broker, _: list_consumers(broker, "ORDERS"),
    "one stream": lambda broker, _: look(broker, "ORDERS"),
    "one consumer": lambda broker, _: look_at_consumer(broker, "ORDERS", "w"),
    "messages": lambda broker, _: page_after(broker, STATE, 1),
    "older messages": lambda broker, _: page_before(broker, STATE, 4),
    "one by one": lambda broker, _: page_after(broker, replace(STATE, direct=False), 1),
    "one message": lambda broker, _: read_one(broker, STATE, 1),
    "since": lambda broker, _: sequence_since(broker, STATE, 1.0),
    "searching": search,
    "removing": remove,
    "undoing": undo,
    "creating": lambda broker, _: create_stream(broker, NewStream("NEW", ("new.>",))),
    "requesters": lambda broker, _: list_requesters(broker),
    "participants": lambda broker, _: ask_names(broker.link),
    "hosting": lambda broker, _: company(broker, "orders.>", timeout=SHORT),
    "dry run": lambda broker, _: dry_run(broker, "orders.a", timeout=SHORT),
    "stored request": lambda broker, _: broker.request(
        b"x", "orders.a", stream="ORDERS", timeout=SHORT
    ),
    "stored publish": lambda broker, _: broker.publish(
        b"x", "orders.a", stream="ORDERS", timeout=SHORT
    ),
    "request": lambda broker, _: broker.request(b"x", "orders.a", timeout=SHORT),
    "many": lambda broker, _: broker.request_many(b"x", "orders.a", timeout=SHORT).all(),
    "finding": lambda broker, _: broker.find_response("id", "ORDERS", timeout=SHORT),
    "declaring": lambda broker, _: broker.jetstream.ensure_stream("ORDERS", ["orders.>"]),
    "holding": lambda broker, _: broker.jetstream.subjects("ORDERS"),
    "subscribing": through_streams,
}
