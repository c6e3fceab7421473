"""Without colours, without movement and without a mouse, natstap says the same."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import select
import sys
import termios
import time
from pathlib import Path

import pytest
from helpers.desk import sitting, until
from helpers.outside import DEADLINE, running
from textual import constants
from textual.widgets import Input

from engine.diagnosis.result import Tone
from engine.journal import State
from tui.kit.glyphs import KINDS, ONLY_US, STATES, TO_WATCHED, UNHEARD
from tui.presenter.slides import SIGNS

COLOUR = re.compile(rb"[34]8;2;(\d+);(\d+);(\d+)(?=[;m])")
"""Whole: what was read may end within one."""
BASIC = re.compile(rb"\x1b\[(?:[01];)*(?:3[1-6]|4[1-6]|9[1-6])m")
"""One of the coloured inks of old terminals."""
SIZE = (40, 120)


def test_each_state_has_a_glyph_and_a_word_that_no_other_has() -> None:
    signs = [*STATES.values(), ONLY_US, TO_WATCHED, UNHEARD]
    assert set(STATES) == set(State) - {State.NONE}
    for part in ("word", "short", "glyph"):
        values = [getattr(sign, part) for sign in STATES.values()]
        assert len(set(values)) == len(values), part
    assert all(len(sign.glyph) == 1 and sign.word for sign in (*signs, *KINDS.values()))


def test_the_presenter_says_how_it_ended_by_a_sign_as_well() -> None:
    assert set(SIGNS) == set(Tone)
    assert len(set(SIGNS.values())) == len(SIGNS)


async def test_without_colours_and_movement_a_guided_flow_is_followed_by_keys(
    tmp_path: Path,
) -> None:
    """The real terminal: `natstap demo FLOW`, its strip, its first key and what comes of it."""
    env = {**os.environ, "NO_COLOR": "1", "TEXTUAL_ANIMATIONS": "none", "COLORTERM": "truecolor"}
    env |= {"TERM": "xterm-256color", "HOME": str(tmp_path)}
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, SIZE)
    command = (sys.executable, "-m", "tui", "demo", "request-and-reply")
    options = {"stdin": inner, "stderr": inner, "start_new_session": True, "cwd": tmp_path}
    async with running(*command, stdout=inner, env=env, **options):
        painted = await asyncio.to_thread(read_until, outer, b"1 of 5")
        os.write(outer, b"\x0a")
        painted += await asyncio.to_thread(read_until, outer, b"answered", b"2 of 5")
    os.close(outer)
    os.close(inner)
    colours = {found.groups() for found in COLOUR.finditer(painted)}
    assert colours, "greys are left"
    assert all(len(set(colour)) == 1 for colour in colours), colours
    assert not BASIC.search(painted)


def read_until(outer: int, *words: bytes) -> bytes:
    """What is painted until all the words came, in any order."""
    painted, deadline = b"", time.monotonic() + DEADLINE
    while not all(word in painted for word in words) and time.monotonic() < deadline:
        if select.select([outer], [], [], 0.1)[0]:
            painted += os.read(outer, 65536)
    assert all(word in painted for word in words), painted[-2000:]
    return painted


@pytest.mark.parametrize("level", ["none", "full"])
async def test_no_cursor_blinks(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be sent twice a second while nothing changes, and who wants no movement has none."""
    monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", level)
    async with sitting() as hand:
        await hand.press("ctrl+p")
        await until(hand.pilot, lambda: isinstance(hand.app.focused, Input))
        fields = [*hand.app.desk.query("Input, TextArea"), hand.app.focused]
        assert not any(field.cursor_blink for field in fields)
