"""A client that reads nothing is cut off by its server, which does not say why."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from pathlib import Path

from helpers.outside import DEADLINE, ended, running

from engine import Link
from engine.server.server import EmbeddedServer

PROGRAM = str(Path(__file__).with_name("slow_reader.py"))
STILL = 2.5


async def test_who_was_stopped_and_cut_off_is_told_what_was_missed() -> None:
    config = 'write_deadline: "1s"\nmax_pending: 1MB'
    async with EmbeddedServer(config=config, jetstream=False) as server:
        own = server.profile()
        program = (sys.executable, PROGRAM, own.servers[0], own.user, own.password)
        async with running(*program) as reader, Link.opened(own) as link:
            assert reader.stdout is not None
            async with asyncio.timeout(DEADLINE):
                assert await reader.stdout.readline() == b"listens\n"
            reader.send_signal(signal.SIGSTOP)
            until = time.monotonic() + STILL
            while time.monotonic() < until:
                for _ in range(100):
                    link.publish(b"flood", bytes(10_000))
                await link.flow()
                await asyncio.sleep(0.05)
            reader.send_signal(signal.SIGCONT)
            async with asyncio.timeout(DEADLINE):
                lost = await reader.stdout.readline()
            assert lost.startswith(b"LOST natstap had stood still for"), lost
            assert b"slow consumer" in lost
            await ended(reader)


async def test_a_server_that_goes_away_is_not_a_slow_reader() -> None:
    async with EmbeddedServer(jetstream=False) as server:
        own = server.profile()
        program = (sys.executable, PROGRAM, own.servers[0], own.user, own.password)
        async with running(*program) as reader:
            assert reader.stdout is not None
            async with asyncio.timeout(DEADLINE):
                assert await reader.stdout.readline() == b"listens\n"
                await server.restart()
                assert b"stood still" not in await reader.stdout.readline()
            await ended(reader)
