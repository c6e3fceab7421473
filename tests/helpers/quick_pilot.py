"""A pilot that waits for the widgets that have something to do, and asks no others.

Textual's has every widget of the screen say that it has done all: a hundred messages a key, more
than all that the key itself makes.
"""

from __future__ import annotations

import asyncio

from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

wait = Pilot._wait_for_screen
"""Textual's own."""


def install() -> None:
    """For all apps that follow."""
    Pilot._wait_for_screen = _wait_for_busy


def is_busy(pump: MessagePump) -> bool:
    """Whether it has a message, or is at one, or has not begun."""
    ready = pump._message_queue.ready_event
    return ready.is_set() or not ready._waiters


async def _wait_for_busy(pilot: Pilot[object], timeout: float = 30.0) -> bool:
    """Until all that is asked of the screen now is done; False where the app has failed."""
    app = pilot.app
    if not app.screen_stack:
        return False
    failed = asyncio.create_task(app._exception_event.wait())
    busy = filter(is_busy, (app, *app.screen.walk_children(with_self=True)))
    left = {asyncio.create_task(done.wait()) for pump in busy if (done := _asked(pump))}
    while left and not failed.done():
        done, _ = await asyncio.wait(
            {*left, failed}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        left -= done
        if not done:
            raise WaitForScreenTimeout(f"{len(left)} widgets have messages left")
    for task in (*left, failed):
        task.cancel()
    return not left


def _asked(pump: MessagePump) -> asyncio.Event | None:
    """Is set when it has done what it is asked before; None where it is closed."""
    done = asyncio.Event()
    return done if pump.call_later(done.set) else None
