"""Keys as fast as a held key repeats, and faster: nothing ends natstap, no screen is dead after.

`NATSTAP_HUNT=100` types a hundred times as many.
"""

from __future__ import annotations

import asyncio
import os
from itertools import islice
from pathlib import Path

import pytest
from fast_keys import Sequence, at_the_desk, press, sequences, type_fast

from tui.kit.confirm import Sure

COUNT = 8 * int(os.environ.get("NATSTAP_HUNT", "1"))
SEED = int(os.environ.get("NATSTAP_SEED", "2026"))
FOUND = (
    "F enter escape escape escape",
    "S escape escape",
    "c escape right right_square_bracket",
    "s escape escape",
    "v S escape escape v n escape escape",
    "C escape escape",
    "w escape escape escape",
    "y escape escape a",
    "ctrl+b left",
    "ctrl+p r escape escape",
    "ctrl+p pagedown 1",
    "ctrl+p escape",
    "S v escape f9 g escape escape ctrl+p f9 escape",
    "ctrl+r escape h escape y f9 escape",
    "a a x escape k left P",
    "equals_sign space pagedown escape space",
    "ctrl+p pagedown escape f3 enter",
)
"""What once ended natstap, or left a blank desk."""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the keys save stays out of the project."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("gap", [0.0] if COUNT == 8 else [0.0, 0.02])
async def test_what_once_ended_natstap_does_so_no_more(gap: float) -> None:
    async with at_the_desk() as app:
        for keys in FOUND:
            await type_fast(app, Sequence(tuple((key, gap) for key in keys.split())))


# Textual's own field makes a coroutine for each key, and never comes to those of one that has gone.
@pytest.mark.filterwarnings("ignore:.*Suggester._get_suggestion")
@pytest.mark.timeout(300 + 30 * COUNT)
async def test_random_keys_at_random_gaps_end_nothing() -> None:
    async with at_the_desk() as app:
        for sequence in islice(sequences(SEED), COUNT):
            await type_fast(app, sequence)


async def test_keys_that_come_while_natstap_quits_are_for_nobody() -> None:
    async with at_the_desk() as app:
        press(app, "ctrl+q")
        for key in ("escape", "j", "S", "ctrl+p", "escape"):
            press(app, key)


async def test_who_waits_for_a_dialog_takes_along_nothing_that_the_app_was_to_do() -> None:
    """Given up while natstap quits, he took the desk along that was closing."""
    began, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def close_something() -> None:
        began.set()
        await may_end.wait()
        ended.set()

    async with at_the_desk() as app:

        async def ask() -> None:
            app.call_next(close_something)
            await app.push_screen_wait(Sure("Really?", "Sure?", "Yes"))

        asking = app.desk.run_worker(ask())
        await began.wait()
        asking.cancel()
        may_end.set()
        async with asyncio.timeout(30):
            await ended.wait()
