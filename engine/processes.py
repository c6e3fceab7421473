"""Other programs: started so that a cancelled start leaves no pipe open, and ended with theirs."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Any


async def start_process(*command: str, **options: Any) -> Process:
    """As `asyncio.create_subprocess_exec`, which leaves its pipes open where it is cancelled."""
    starting = asyncio.ensure_future(asyncio.create_subprocess_exec(*command, **options))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(OSError):  # it was cancelled: nobody is there to hear that it did not start
            await end_process(await starting)
        raise


async def end_process(process: Process) -> None:
    """Kill it if it still runs, and close its pipes, which what it started may still hold."""
    with suppress(ProcessLookupError):
        process.kill()
    transport: asyncio.SubprocessTransport = vars(process)["_transport"]
    for number in range(3):
        pipe = transport.get_pipe_transport(number)
        if isinstance(pipe, asyncio.WriteTransport):
            if pipe.get_write_buffer_size() or not pipe.is_closing():
                pipe.abort()  # what it did not read would be waited for
        elif pipe is not None:
            pipe.close()
    await process.wait()  # for its pipes too
    await asyncio.sleep(0)
