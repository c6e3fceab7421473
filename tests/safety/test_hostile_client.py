"""A client of the account answers whatever natstap asks by itself, on a server without JetStream.

Nothing that it says ends natstap, or goes out again as a command. S1 of the findings is the first
test here; the others play every question against every kind of answer.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from helpers.hostile import HUNT, NAMES, SMUGGLED, Spite, hostile_client, nothing_slips
from helpers.peers import Tap
from helpers.questions import OWN, PATIENCE, QUESTIONS, SHORT
from helpers.waiting import until

from engine import Journal, Link, NatsBroker, Profile
from engine.audience.audience import audience
from engine.errors import NatstapError
from engine.link.link import LinkState
from engine.server.server import EmbeddedServer
from engine.services.discovery import discover
from engine.streams.listing import list_consumers, list_streams


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
