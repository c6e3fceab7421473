"""A real nats-server for each test, and brokers on it."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from helpers import quick_messages, quick_paint, quick_pilot, quick_reads, quick_styles
from helpers.one_server import left_as_found
from helpers.tried import TriedReport
from hypothesis import HealthCheck, settings
from textual import constants

from engine import Journal, NatsBroker, Profile
from engine.server.server import EmbeddedServer
from engine.testing.fixtures import lasting_server

# A busy machine is no failure, and what one run finds the next one finds too: 24 examples do.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _CALM, derandomize=True, max_examples=24)
settings.register_profile("hunt", _CALM, max_examples=5000)
settings.load_profile("same")

quick_styles.install()
quick_paint.install()
quick_messages.install()
quick_pilot.install()
quick_reads.install()
constants.TEXTUAL_ANIMATIONS = "none"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(TriedReport())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """What is imported is no garbage, and is never looked through for it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(300_000, 2, 10)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test sends stays out of the history of whoever runs it, and their settings of it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="session")
def _lasting_server() -> Iterator[EmbeddedServer]:
    with lasting_server() as running:
        yield running


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[EmbeddedServer]:
    """One of its own, or for all tests with the mark `one_server` the same."""
    marked = request.node.get_closest_marker
    if marked("one_server") and not marked("own_server"):
        running = request.getfixturevalue("_lasting_server")
        yield running
        await left_as_found(running)
        return
    async with EmbeddedServer() as running:
        yield running


@pytest.fixture
def profile(server: EmbeddedServer) -> Profile:
    return server.profile()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
async def connect(profile: Profile) -> AsyncIterator[Callable[..., Awaitable[NatsBroker]]]:
    """Makes started brokers on the test's server, and stops them afterwards."""
    made: list[NatsBroker] = []

    async def start(**settings: object) -> NatsBroker:
        broker = NatsBroker(profile, **settings)
        made.append(broker)
        await broker.start()
        return broker

    yield start
    for broker in made:
        await broker.stop()


@pytest.fixture
async def broker(profile: Profile, journal: Journal) -> AsyncIterator[NatsBroker]:
    """A connected broker with a journal; start it after declaring subscribers."""
    async with NatsBroker(profile, journal=journal) as connected:
        yield connected
