"""A client of the account answers whatever natstap asks by itself, on a server without JetStream.

Nothing that it says ends natstap, or goes out again as a command. S1 of the findings is the first
test here; the others play every question against every kind of answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hostile import HUNT, NAMES, SMUGGLED, Spite, hostile_client, nothing_slips
from peers import Tap
from waiting import until

from engine import Journal, Link, NatsBroker, Profile
from engine.audience.audience import audience
from engine.audience.known_subjects import known_subjects, listened_subjects
from engine.burst.burst import Burst
from engine.clients.requesters import list_requesters
from engine.diagnosis.diagnosis import diagnose
from engine.errors import NatstapError
from engine.flow.participants import cast
from engine.link.link import LinkState
from engine.responders.overlapping_listeners import company
from engine.server.server import EmbeddedServer
from engine.services.discovery import discover
from engine.streams.browse import page_after, page_before, read_one, sequence_since
from engine.streams.changes import changes_of
from engine.streams.find import find, find_everywhere
from engine.streams.listing import list_consumers, list_streams, look, look_at_consumer
from engine.streams.new_stream import NewStream, create_stream
from engine.streams.removal import What, Wish
from engine.streams.removing import carry_out, plan
from engine.streams.stream_state import StreamState
from engine.tracing.trace import dry_run

SHORT = 0.15
"""Seconds that an answer is waited for where that can be said."""
PATIENCE = 60.0
STATE = StreamState("ORDERS", messages=3, first=1, last=3, subjects=("orders.>",), direct=True)
OWN = ("$JS.API.>", "$SRV.>", "$SYS.REQ.>")


@pytest.fixture
async def bare() -> AsyncIterator[Profile]:
    """A server on which nobody answers for JetStream."""
    async with EmbeddedServer(jetstream=False) as server:
        yield server.profile()


async def test_a_name_in_an_answer_is_no_command(bare: Profile) -> None:
    answer = json.dumps({"streams": [SMUGGLED], "total": 1}).encode()

    def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        asked.append(subject)
        link.publish(reply, answer)

    asked: list[bytes] = []
    async with Link.opened(bare) as link, Tap(bare, "pwn.>") as tap, NatsBroker(bare) as broker:
        link.subscribe(b"$JS.API.>", hear)
        await link.barrier()
        found = await audience(broker, "orders.create")
        await tap.settle(broker.link, link)
        assert (found.streams, found.stream, found.readers) == ((), "", None)
        assert set(asked) == {b"$JS.API.STREAM.NAMES"}
        assert tap.heard == []


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_no_name_in_any_answer_ends_a_question(bare: Profile, name: str) -> None:
    """The name stands where a stream's, a consumer's and a service's may stand."""
    item = {"config": {"name": name}, "name": name, "id": name, "endpoints": [{"subject": name}]}
    answer = {"streams": [name], "consumers": [item], "missing": [name], **item}

    def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        listed = {"streams": [item]} if subject.endswith(b"LIST") else {}
        link.publish(reply, json.dumps(answer | listed).encode())

    async with Link.opened(bare) as link, Tap(bare, "pwn.>", "pwn") as tap:
        for subject in OWN:
            link.subscribe(subject.encode(), hear)
        await link.barrier()
        async with NatsBroker(bare) as broker:
            await audience(broker, "orders.create", timeout=SHORT)
            listed = await list_streams(broker)
            for state in listed.streams:
                await list_consumers(broker, state.name)
            await discover(broker, gap=SHORT)
            await tap.settle(broker.link, link)
            assert broker.link.state is LinkState.CONNECTED
        assert {one.name for one in listed.streams} <= {"Good", "\x1b[2J"} | set(NAMES)
        assert tap.heard == []


# -- every question ----------------------------------------------------------------------

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
    "participants": lambda broker, _: cast(broker),
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
    "holding": lambda broker, _: broker.jetstream.holds("ORDERS", "orders.a"),
    "subscribing": through_streams,
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_whatever_is_answered_natstap_goes_on(
    bare: Profile, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("engine.rpc.jetstream.API_TIMEOUT", SHORT)
    monkeypatch.setattr("engine.streams.stored.API_TIMEOUT", SHORT)
    spite = Spite(seed=len(name))
    journal = Journal()
    async with hostile_client(bare, spite, *OWN, "orders.>", "push.>") as asked:
        async with Tap(bare, "pwn.>", "pwn") as tap, NatsBroker(bare, journal=journal) as broker:
            with nothing_slips() as slipped:
                for _ in range(6 * HUNT):
                    async with asyncio.timeout(PATIENCE):
                        with suppress(NatstapError):
                            await QUESTIONS[name](broker, journal)
                await tap.settle(broker.link)
            assert slipped == []
            assert tap.heard == []
            assert broker.link.state is LinkState.CONNECTED
            await until(lambda: asked)
