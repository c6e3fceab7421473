"""Reading a stream from its end back, as quickly as the server gives it: several batches are on
their way while one is looked at, and what comes stays as it came until somebody wants it.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from .stored import ALL, BATCH_BYTES, BATCH_SIZE, StreamReader, stored_message
from .stream_state import StreamState

IN_FLIGHT = 3
"""Batches that are on their way side by side."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """All that a stream has from sequence `begin` on, below `end`, in order, as it came."""

    frames: list[bytes]
    begin: int
    end: int


def stretch_size(state: StreamState) -> int:
    """How many sequences are asked for at once."""
    return max(4, min(BATCH_SIZE, BATCH_BYTES // max(1, state.average)))


async def read_back(
    reader: StreamReader, state: StreamState, end: int, until: float
) -> AsyncGenerator[Stretch, None]:
    """Stretches, the newest first, down to the stream's first message or until the loop's clock
    shows `until`; at least one. Raises as `StreamReader.run`; `reader` has to know batches.
    """
    clock = asyncio.get_running_loop().time
    asked: deque[asyncio.Task[Stretch]] = deque()
    size, at = stretch_size(state), end
    try:
        while True:
            while len(asked) < IN_FLIGHT and at > state.first and (at == end or clock() < until):
                start = max(state.first, at - size)
                asked.append(asyncio.create_task(_stretch(reader, start, at)))
                at = start
            if not asked:
                return
            found = await asked.popleft()
            size = _next_size(size, len(found.frames), stretch_size(state))
            yield found
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def _next_size(size: int, found: int, wanted: int) -> int:
    """Larger where most is gone: a batch brings no more than there is."""
    if found < wanted // 2:
        return size * 2
    return max(wanted, size // 2) if found > wanted else size


async def _stretch(reader: StreamReader, begin: int, end: int) -> Stretch:
    frames: list[bytes] = []
    at = begin
    while at < end:
        run = await reader.raw_run(at, ALL, end - at)
        frames += run.frames if run.last < end else run.frames[: _below(run.frames, end)]
        at = run.reached
    return Stretch(frames, begin, end)


def _below(frames: list[bytes], end: int) -> int:
    """How many of them are older than a sequence."""
    return bisect_left(frames, end, key=lambda frame: stored_message(frame).sequence)
