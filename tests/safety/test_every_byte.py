"""One byte that is not UTF-8, in a paste or between the keys, is taken and shown, and kept."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from helpers.desk import Hand, sitting, until
from helpers.outside import DEADLINE, running
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers.linux_driver import LinuxDriver

from engine.message import raw_bytes
from tui.compose.compose import Compose
from tui.keyboard import lenient_decoder, take_every_byte

ODD = "caf\udce9\udcff \x00\x1b[2J\u202e\ufffe"
"""What no text is and a terminal may send: bytes as surrogates, controls."""


@given(st.binary())
def test_every_byte_is_text_and_comes_back(data: bytes) -> None:
    decode = lenient_decoder("utf-8")().decode
    pieces = [decode(bytes([byte])) for byte in data]
    assert raw_bytes("".join(pieces) + decode(b"", final=True)) == data


def test_the_driver_decodes_with_it() -> None:
    assert take_every_byte(LinuxDriver) is LinuxDriver
    globals_of_its_thread = LinuxDriver.run_input_thread.__globals__
    assert globals_of_its_thread["getincrementaldecoder"] is lenient_decoder
    assert "getincrementaldecoder" in LinuxDriver.run_input_thread.__code__.co_names


def paints(terminal: int, words: bytes) -> None:
    painted, deadline = b"", time.monotonic() + DEADLINE
    while words not in painted and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            painted += os.read(terminal, 65536)
    assert words in painted


async def test_a_paste_of_latin_1_is_shown_in_a_real_terminal(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    command = (sys.executable, "-m", "tui", "--demo", "--collection", str(tmp_path))
    options = {"stdin": inside, "stderr": inside, "start_new_session": True}
    async with running(*command, stdout=inside, **options) as natstap:
        os.close(inside)
        await asyncio.to_thread(paints, terminal, b"embedded server")
        os.write(terminal, b"\x1b[200~caf\xe9\xff\x1b[201~")
        await asyncio.to_thread(paints, terminal, rb"caf\xe9\xff")
        assert natstap.returncode is None
        natstap.send_signal(signal.SIGKILL)
        await natstap.wait()
        os.close(terminal)


FIELDS = [["ctrl+o", "1"], ["escape", "/"], ["escape", "w"], ["escape", "C"]]


async def test_odd_text_ends_no_field() -> None:
    """Pasted, moved on from and confirmed, wherever the keys lead to."""
    async with sitting() as hand:
        for keys in FIELDS:
            await hand.press(*keys)
            await hand.pilot.pause()
            for _ in range(3):
                hand.app.screen.post_message(events.Paste(ODD))
                await hand.pilot.pause()
                await hand.press("tab")
            await hand.press("enter", "ctrl+j", "ctrl+s")
            await hand.pilot.pause()
            assert hand.screen
            await back(hand)


async def back(hand: Hand) -> None:
    for _ in range(5):
        if hand.app.screen is hand.app.desk:
            break
        await hand.press("escape")
        await hand.pilot.pause()
    assert hand.app.is_running


async def test_what_was_pasted_is_what_is_sent() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+o", "1")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "subject")
        await hand.press("home", "shift+end", "delete")
        await hand.write("caf\udce9")
        await hand.press("ctrl+j")
        await hand.see(r"Nobody listens on caf\xe9")
        draft = hand.app.desk.query_one(Compose).draft()
        assert raw_bytes(draft.subject) == b"caf\xe9"
        assert hand.exchange.subject == "caf\udce9"
