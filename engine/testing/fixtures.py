"""The pytest fixture: `from engine.testing.fixtures import nats_server` in a conftest.py.

It is a plain fixture, so it works with pytest-asyncio, anyio and tests that are not async.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from engine.server.server import EmbeddedServer

from .private_server import TestServer, describe

Value = TypeVar("Value")
START_TIMEOUT = 30.0
"""Seconds."""


@pytest.fixture
def nats_server() -> Iterator[TestServer]:
    """A private nats-server with JetStream, for one test."""
    with lasting_server() as running:
        yield describe(running)


@contextmanager
def lasting_server() -> Iterator[EmbeddedServer]:
    """On a loop of its own, which outlives that of each test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="nats-server", daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, Value]) -> Value:
        return asyncio.run_coroutine_threadsafe(work, loop).result(START_TIMEOUT)

    try:
        running = wait(EmbeddedServer.start())
        try:
            yield running
        finally:
            wait(running.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
