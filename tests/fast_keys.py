"""Keys as a hurried hand types them: at random gaps, into whatever screen is there.

Run by hand it hunts: `python -m fast_keys 3000` in `tests` types 3,000 sequences, and prints
those that end natstap, or leave it on a screen that no key leads away from.
"""

from __future__ import annotations

import asyncio
import random
import sys
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from helpers.quick_paint import painted
from helpers.tried import tried
from textual import events
from textual.keys import _character_to_key

from tui.app import NatstapApp
from tui.desk.desk import Desk

OPENERS = (
    *(key for command in Desk.TABLE for key in command.keys.split(",")),
    *(
        "m",
        "equals_sign",
        "r",
        "e",
        "slash",
        "ctrl+p",
        "f1",
        "y",
        "i",
        "x",
        "p",
        "A",
        "h",
        "B",
        "L",
    ),
)
"""Keys that open a screen, or change what the desk shows."""
MOVERS = (
    *("enter", "tab", "shift+tab", "up", "down", "left", "right", "home", "end", "space"),
    *("1", "2", "3", "4", "y", "n", "u", "delete", "d", "j", "k", "q", "b", "g", "o", "P", "R"),
    *("ctrl+t", "left_square_bracket", "right_square_bracket", "f1", "f4", "ctrl+z", "pagedown"),
    *("ctrl+shift+left", "ctrl+shift+right", "ctrl+shift+up", "ctrl+shift+down"),
)
"""Keys that act on what is there."""
GAPS = (0.0, 0.0, 0.005, 0.02, 0.033)
"""Seconds between two keys: at once, and as fast as a held key repeats."""
MAX_ESCAPES = 40
SETTLE = 0.05
"""Seconds between two looks at the app, while it is led back to the desk."""
ANSWERS = 60.0
"""Seconds within which a living app has dealt with the keys of a sequence."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Keys, each with the seconds that pass before the next."""

    steps: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return " ".join(key for key, _ in self.steps) + f"   gaps {[gap for _, gap in self.steps]}"


class Dead(Exception):
    """No key leads back to the desk, or natstap has ended."""


def sequences(seed: int) -> Iterator[Sequence]:
    """Endless, and the same for the same seed."""
    dice = random.Random(seed)
    while True:
        gap = dice.choice(GAPS)
        keys = [dice.choice(OPENERS)]
        for _ in range(dice.randint(1, 7)):
            kind = dice.random()
            keys.append("escape" if kind < 0.4 else dice.choice(OPENERS if kind < 0.65 else MOVERS))
        yield Sequence(tuple((key, gap if dice.random() < 0.8 else 0.0) for key in keys))


def press(app: NatstapApp, key: str) -> None:
    """As the driver does, and without waiting for anything."""
    character = key if len(key) == 1 else None
    event = events.Key(_character_to_key(key) if character else key, character)
    event.set_sender(app)
    app.post_message(event)


async def type_fast(app: NatstapApp, sequence: Sequence) -> None:
    """Type a sequence, then lead the app back to the desk by Escape.

    Raises `Dead` when that cannot be done, and what ended the app.
    """
    for key, gap in sequence.steps:
        press(app, key)
        tried("keys in a hurry")
        await asyncio.sleep(gap)
    await lead_back(app)


async def lead_back(app: NatstapApp) -> None:
    for _ in range(MAX_ESCAPES):
        await answered(app)
        if at_rest(app):
            return
        press(app, "escape")
        await asyncio.sleep(SETTLE)
    raise Dead(f"stuck on {app.screen}, of {app.screen_stack}")


async def answered(app: NatstapApp) -> None:
    """Return when the app has worked through what was posted to it and to its screen."""
    done = asyncio.Event()

    def there() -> None:
        app.screen.call_later(done.set)

    app.call_later(there)
    try:
        async with asyncio.timeout(ANSWERS):
            while not done.is_set() and app.is_running:
                await asyncio.sleep(0.002)
                if not app.screen_stack or not app.screen.is_running:
                    there()
    except TimeoutError:
        raise Dead(f"{app.screen} does not answer") from None
    if app._exception is not None:
        raise app._exception
    if not app.is_running or app._exit:
        raise Dead("natstap has ended")


def at_rest(app: NatstapApp) -> bool:
    """On the desk, with the desk's widgets there, and nothing over it."""
    screen = app.screen
    return isinstance(screen, Desk) and len(screen.query("#subject")) == 1


@asynccontextmanager
async def at_the_desk() -> AsyncIterator[NatstapApp]:
    app = NatstapApp({}, {}, demo=True)
    with painted():
        async with app.run_test(size=(120, 40), notifications=True):
            async with asyncio.timeout(ANSWERS):
                while app.session is None:
                    await asyncio.sleep(SETTLE)
            for key in ("ctrl+j", "ctrl+j", "escape"):
                press(app, key)
            await asyncio.sleep(0.5)
            yield app


async def hunt(count: int, seed: int) -> int:
    """How many of so many sequences ended the app, or left it dead; each is printed."""
    source, failures, done = sequences(seed), 0, 0
    while done < count:
        sequence = None
        try:
            async with at_the_desk() as app:
                while done < count:
                    done += 1
                    sequence = next(source)
                    await type_fast(app, sequence)
        except (Exception, ExceptionGroup) as error:
            failures += 1
            print(f"{done}: {sequence}")
            traceback.print_exception(error, limit=-6)
    return failures


if __name__ == "__main__":
    wanted, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(asyncio.run(hunt(wanted, seed)), "of", wanted)
