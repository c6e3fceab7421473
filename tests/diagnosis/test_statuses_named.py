"""Statuses that end, pace or refuse: what they are is said, and nothing that was not seen."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from helpers.asking import asking, journal_of, newest, why
from helpers.pulls import NEXT, PATIENT, stream
from helpers.raw import Raw

from engine import Profile
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.errors import NatstapError
from engine.journal import State


async def answered(profile: Profile, *answers: tuple[bytes, bytes]) -> tuple[Diagnosis, State]:
    """What is said when a client answers one request with these first lines and bodies."""
    async with asking(profile) as broker, Raw.to(profile) as service:
        await service.send(b"SUB svc 1\r\n")
        asked = asyncio.create_task(broker.request(b"?", "svc", timeout=10))
        line = (await service.read(b"?\r\n")).partition(b"\r\n")[0]
        for status, body in answers:
            head = b"NATS/1.0 %b\r\n\r\n" % status
            await service.publish(line.split()[-3], body, head=head)
        with suppress(NatstapError):
            await asked
        return await why(broker, "svc"), journal_of(broker).state(newest(broker, "svc"))


async def test_a_status_of_success_with_a_body_is_an_answer(profile: Profile) -> None:
    found, state = await answered(profile, (b"200 OK", b"hello"))
    assert (found.cause, found.tone, state) == (Cause.ANSWERED, Tone.GOOD, State.ANSWERED)
    assert "5 bytes" in found.sentence


@pytest.mark.parametrize("status", [b"204 No Content", b"200 OK"])
async def test_an_empty_status_of_a_service_says_nothing_of_a_stream(
    profile: Profile, status: bytes
) -> None:
    found, state = await answered(profile, (status, b""))
    assert (found.cause, state) == (Cause.NO_MESSAGES, State.ANSWERED)
    assert status.decode() in found.sentence
    assert "stored" not in found.advice


async def test_who_is_told_to_wait_on_waits_for_the_answer(profile: Profile) -> None:
    found, state = await answered(profile, (b"100 Processing", b""), (b"200 OK", b"hello"))
    assert (found.cause, state) == (Cause.ANSWERED, State.ANSWERED)
    found, state = await answered(profile, (b"100 Processing", b""), (b"500 Failed", b""))
    assert (found.cause, state) == (Cause.STATUS, State.STATUS)
    assert "500 Failed" in found.sentence


@pytest.mark.parametrize("consumer", ["paused", "full"])
async def test_a_pull_that_ends_with_a_status_asks_the_consumer_why(
    profile: Profile, consumer: str
) -> None:
    """404 and 408 are what a paused consumer answers too, however much is stored."""
    settings = {"paused": {"pause_until": "2099-01-01T00:00:00Z"}, "full": {"max_ack_pending": 1}}
    soon = {"batch": 1, "expires": 200_000_000}
    async with asking(profile) as broker:
        await stream(broker, **settings[consumer])
        for _ in range(2):
            await broker.publish(b"work", "s.a")
        if consumer == "full":
            await broker.request(PATIENT, NEXT, timeout=10)
        with suppress(NatstapError):
            await broker.request(soon, NEXT, timeout=10)
        expected = {"paused": Cause.CONSUMER_PAUSED, "full": Cause.CONSUMER_FULL}
        found = await why(broker, NEXT)
        assert found.cause is expected[consumer]
        if consumer == "paused":
            assert " until 2" in found.sentence, "years do not fit into a time of day"


async def test_a_heartbeat_does_not_end_a_pull(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        beating = {"batch": 1, "expires": 900_000_000, "idle_heartbeat": 200_000_000}
        with suppress(NatstapError):
            await broker.request(beating, NEXT, timeout=10)
        exchange = journal_of(broker).exchange(newest(broker, NEXT))
        assert exchange.state is State.STATUS, "408, and not the heartbeat before it"
        assert (await why(broker, NEXT)).sentence.startswith("No messages for consumer w")
