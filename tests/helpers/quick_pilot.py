"""A pilot that waits for the widgets that have something to do, and asks no others.

Textual's has every widget of the screen say that it has done all: a hundred messages a key, more
than all that the key itself makes. It waits twice after each key until nothing goes on, for what
may move in between; here that is for what does move.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable

from textual import events
from textual._wait import wait_for_idle
from textual.app import App
from textual.keys import REPLACED_KEYS, _character_to_key, _get_unicode_name_from_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout

wait = Pilot._wait_for_screen
"""Textual's own."""
press_keys = App._press_keys


def install() -> None:
    """For all apps that follow."""
    Pilot._wait_for_screen = _wait_for_busy
    App._press_keys = _press_keys


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


async def _press_keys(app: App[object], keys: Iterable[str]) -> None:
    """One after the other, each when nothing goes on that the one before has begun."""
    assert app._driver is not None
    for key in keys:
        app._driver.send_message(_event(app, key))
        await wait_for_idle(0)
        if not app._animator._complete_event.is_set():
            await app._animator.wait_until_complete()
            await wait_for_idle(0)


def _event(app: App[object], key: str) -> events.Key:
    if len(key) == 1 and not key.isalnum():
        key = _character_to_key(key)
    try:
        char = unicodedata.lookup(_get_unicode_name_from_key(REPLACED_KEYS.get(key, key)))
    except KeyError:
        char = key if len(key) == 1 else None
    event = events.Key(key, char)
    event.set_sender(app)
    return event
