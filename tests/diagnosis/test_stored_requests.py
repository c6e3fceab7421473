"""What a consumer does with a stored request, in the sentence and in the forecast before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from helpers.asking import asking, failed, why
from helpers.pulls import NEXT, PATIENT, stream
from helpers.waiting import STORE_WAIT

from engine import NatsBroker, Profile
from engine.audience.audience import audience
from engine.audience.forecast import forecast
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Tone
from engine.errors import NotAcknowledged, StoredOnly


@asynccontextmanager
async def consumed(profile: Profile, **consumer: Any) -> AsyncIterator[NatsBroker]:
    async with asking(profile) as broker:
        await stream(broker, **consumer)
        yield broker


async def took(broker: NatsBroker) -> Any:
    """A worker's pull; it waits for its message."""
    return await broker.request(PATIENT, NEXT, timeout=10)


async def test_a_worker_that_is_busy_with_another_message_is_not_called_missing(
    profile: Profile,
) -> None:
    """One that pulls messages one by one has no pull at the server while it works."""
    async with consumed(profile) as broker:
        await broker.publish(b"the one before", "s.a")
        await took(broker)
        found = await failed(broker, "s.a", StoredOnly, stream="S", timeout=STORE_WAIT)
        assert found.cause is Cause.READER_BEHIND
        assert "holds 1 unacknowledged message" in found.sentence


async def test_a_message_that_was_terminated_is_not_said_to_be_acknowledged(
    profile: Profile,
) -> None:
    async with consumed(profile) as broker:
        request = asyncio.create_task(
            failed(broker, "s.a", StoredOnly, stream="S", timeout=STORE_WAIT)
        )
        await (await took(broker)).reject()
        found = await request
        assert found.cause is Cause.ACKNOWLEDGED_ONLY
        assert "acknowledged or terminated" in found.sentence


async def test_a_consumer_that_delivers_once_is_not_said_to_deliver_again(
    profile: Profile,
) -> None:
    async with consumed(profile, max_deliver=1, ack_wait=30_000_000_000) as broker:
        request = asyncio.create_task(
            failed(broker, "s.a", StoredOnly, stream="S", timeout=STORE_WAIT)
        )
        await took(broker)
        found = await request
        assert found.cause is Cause.NOT_ACKNOWLEDGED
        assert "again" not in f"{found.sentence} {found.detail}"


@pytest.mark.parametrize(
    ("consumer", "words"),
    [
        ({}, "where nobody reads now"),
        ({"pause_until": "2099-01-01T00:00:00Z"}, "which is paused"),
    ],
)
async def test_the_forecast_says_what_the_diagnosis_would(
    profile: Profile, consumer: dict[str, Any], words: str
) -> None:
    async with consumed(profile, **consumer) as broker:
        assert forecast(await audience(broker, "s.a")) == f"stored in S, read by w, {words}"


async def test_a_stream_without_acknowledgements_is_said_to_have_none(profile: Profile) -> None:
    async with asking(profile) as broker:
        muted = {"name": "MUTE", "subjects": ["mute.>"], "no_ack": True}
        await broker.jetstream.api("STREAM.CREATE.MUTE", muted)
        found = await failed(broker, "mute.a", NotAcknowledged, stream="MUTE")
        assert (found.cause, found.tone) == (Cause.NOT_ACKNOWLEDGED, Tone.WARN)
        assert "MUTE stores mute.a, but it has no_ack" in found.sentence


async def test_a_guard_in_other_capitals_is_no_guard(profile: Profile) -> None:
    """The server stores it whatever the header says, and a plain success would hide that."""
    async with asking(profile) as broker:
        await stream(broker)
        guard = {"nats-expected-last-sequence": "99"}
        await broker.publish(b"x", "s.a", headers=guard, stream="S", timeout=30)
        assert (await why(broker, "s.a")).cause is Cause.HEADER_CASE
