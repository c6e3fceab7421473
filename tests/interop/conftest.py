"""Fixtures of the interoperation tests: natstap and FastStream in either place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import faststream.nats
import pytest
from helpers.peers import AnyBroker
from helpers.peers import faststream as faststream_broker

from engine import Link, NatsBroker, Profile


@pytest.fixture
async def peer(profile: Profile) -> AsyncIterator[faststream.nats.NatsBroker]:
    made = faststream_broker(profile)
    yield made
    await made.stop()


@pytest.fixture(params=["faststream asks natstap", "natstap asks faststream"])
def pair(
    request: pytest.FixtureRequest, broker: NatsBroker, peer: faststream.nats.NatsBroker
) -> tuple[AnyBroker, AnyBroker]:
    """Who asks, and who answers."""
    return (peer, broker) if request.param.startswith("faststream") else (broker, peer)


@pytest.fixture(params=["natstap", "faststream"])
def either(
    request: pytest.FixtureRequest, broker: NatsBroker, peer: faststream.nats.NatsBroker
) -> AnyBroker:
    return broker if request.param == "natstap" else peer


@pytest.fixture
async def link(profile: Profile) -> AsyncIterator[Link]:
    """A bare connection, neither of the two."""
    async with Link.opened(profile) as opened:
        yield opened
