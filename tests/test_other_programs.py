"""Other programs: no pipe of theirs stays open, whenever one stops waiting for them."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings
from asyncio.subprocess import PIPE

import pytest

from engine.processes import end_process, start_process
from engine.server.server import EmbeddedServer

HOLDS_ITS_PIPE = "sleep 60 & exec sleep 0"


def left_open(work: object) -> list[str]:
    """What Python says of files and transports that nobody closed while that ran."""
    gc.freeze()  # what other tests left is none of it
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(work)  # type: ignore[arg-type]
        gc.collect()
    return [str(one.message) for one in told]


@pytest.mark.parametrize("turns", range(6))
def test_a_server_whose_start_is_cancelled_leaves_nothing_open(turns: int) -> None:
    async def cancelled() -> None:
        starting = asyncio.create_task(EmbeddedServer.start())
        for _ in range(turns):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting

    assert left_open(cancelled()) == []


@pytest.mark.parametrize("unread", [b"", b"x" * (1 << 20)])
def test_ending_one_that_ended_is_nothing(unread: bytes) -> None:
    """The number of a pipe that is closed may be another file's by then."""

    async def ended() -> None:
        process = await start_process("sh", "-c", HOLDS_ITS_PIPE, stdin=PIPE)
        assert process.stdin is not None
        process.stdin.write(unread)
        process.stdin.close()
        await end_process(process)
        heard, speaker = os.pipe()
        asyncio.get_running_loop().add_reader(heard, os.read, heard, 1)
        await end_process(process)
        assert asyncio.get_running_loop().remove_reader(heard)
        os.close(heard)
        os.close(speaker)

    assert left_open(ended()) == []


def test_a_pipe_that_a_grandchild_holds_is_closed_too() -> None:
    async def ended() -> None:
        process = await start_process("sh", "-c", HOLDS_ITS_PIPE, stdout=PIPE)
        assert process.stdout is not None
        await asyncio.wait_for(end_process(process), 30)
        assert await asyncio.wait_for(process.stdout.read(), 30) == b""

    assert left_open(ended()) == []
