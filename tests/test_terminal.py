"""The app in a real terminal: whatever ends, stops or closes it, the terminal is given back."""

from __future__ import annotations

import asyncio
import gzip
import os
import pty
import select
import signal
import sys
import termios
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers.outside import DEADLINE, ended, running
from helpers.waiting import until

READY = b"orders.create"
TAKEN = b"\x1b[?1049h"
"""What takes the terminal to natstap's screen."""
LEFT = b"\x1b[?1049l"
"""What takes the terminal back to its own screen."""


class Terminal:
    """A pseudo terminal with natstap in it."""

    def __init__(self, process: Process, outer: int, inner: int) -> None:
        self.process = process
        self.outer = outer
        self._inner = inner
        self.before = termios.tcgetattr(inner)
        self.painted = b""

    async def see(self, words: bytes, count: int = 1) -> None:
        """Read what is painted until the words came so often."""
        await asyncio.to_thread(self._read_until, words, count)

    async def see_desk(self, count: int) -> None:
        """Read what is painted until the terminal was taken so often, and the desk drawn on it.

        The desk alone does not tell: how often it draws a word in one go is its own business.
        """
        await self.see(TAKEN, count)
        before = self.painted[: self.painted.rindex(TAKEN)]
        await self.see(READY, before.count(READY) + 1)

    async def press(self, keys: bytes, words: bytes) -> None:
        """Press keys, again and again while natstap is not ready for them, until words come."""
        async with asyncio.timeout(DEADLINE):
            while words not in self.painted:
                os.write(self.outer, keys)
                await asyncio.to_thread(self._read)

    def _read(self) -> None:
        """What comes within a second, or until nothing comes for a moment."""
        until = time.monotonic() + 1
        while time.monotonic() < until and select.select([self.outer], [], [], 0.3)[0]:
            self.painted += os.read(self.outer, 65536)

    def _read_until(self, words: bytes, count: int) -> None:
        deadline = time.monotonic() + DEADLINE
        while self.painted.count(words) < count and time.monotonic() < deadline:
            if select.select([self.outer], [], [], 0.1)[0]:
                self.painted += os.read(self.outer, 65536)
        assert self.painted.count(words) >= count

    @property
    def raw(self) -> bool:
        return not termios.tcgetattr(self._inner)[3] & termios.ICANON

    @property
    def stopped(self) -> bool:
        about = Path(f"/proc/{self.process.pid}/stat").read_text()
        return about.rpartition(")")[2].split()[0] == "T"

    @property
    def children(self) -> list[int]:
        """What natstap started: its server's guard among it."""
        number = self.process.pid
        told = Path(f"/proc/{number}/task/{number}/children").read_text()
        return [int(child) for child in told.split()]

    async def is_given_back(self, children: list[int]) -> None:
        """As it was before: its screen, its modes, its mouse; and nothing goes on."""
        while select.select([self.outer], [], [], 0)[0]:
            self.painted += os.read(self.outer, 65536)
        assert termios.tcgetattr(self._inner) == self.before
        for mode in (b"1049", b"1000", b"1003", b"1006", b"2004", b"1004"):
            if b"\x1b[?%bh" % mode in self.painted:
                assert self.painted.rfind(b"\x1b[?%bl" % mode) > self.painted.rfind(
                    b"\x1b[?%bh" % mode
                ), mode
        assert self.painted.rfind(b"\x1b[?25h") > self.painted.rfind(b"\x1b[?25l")
        assert b"Traceback" not in self.painted
        await until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


@asynccontextmanager
async def natstap(folder: Path, *program: str) -> AsyncIterator[Terminal]:
    """In a session of its own, as under make: no signal comes from the terminal.

    `program` is what is run in the place of natstap's module.
    """
    outer, inner = pty.openpty()
    started = program or ("-m", "tui")
    command = (sys.executable, *started, "--demo", "--collection", str(folder))
    options = {"stdin": inner, "stderr": inner, "start_new_session": True}
    try:
        before = termios.tcgetattr(inner)
        async with running(*command, stdout=inner, **options) as process:
            terminal = Terminal(process, outer, inner)
            terminal.before = before
            await terminal.see(READY)
            yield terminal
    finally:
        for end in (outer, inner):
            try:
                os.close(end)
            except OSError:
                pass  # a test has closed it


@pytest.mark.parametrize(
    "numbers",
    [
        [signal.SIGTERM],
        [signal.SIGHUP],
        [signal.SIGQUIT],
        [signal.SIGINT],
        [signal.SIGINT, signal.SIGINT],
        [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT],
    ],
    ids=lambda numbers: "-".join(number.name for number in numbers),
)
async def test_whatever_signal_ends_it_the_terminal_is_given_back(
    numbers: list[signal.Signals], tmp_path: Path
) -> None:
    async with natstap(tmp_path) as terminal:
        children = terminal.children
        assert children
        for number in numbers:
            terminal.process.send_signal(number)
        await terminal.see(LEFT)
        assert await ended(terminal.process) - 128 in numbers
        await terminal.is_given_back(children)


async def test_a_key_that_stops_it_gives_the_terminal_back_until_it_goes_on(
    tmp_path: Path,
) -> None:
    async with natstap(tmp_path) as terminal:
        children = terminal.children
        terminal.process.send_signal(signal.SIGTSTP)
        await terminal.see(LEFT)
        await until(lambda: terminal.stopped)  # who is told to go on before that stops for good
        assert not terminal.raw
        terminal.process.send_signal(signal.SIGCONT)
        await terminal.see_desk(2)
        await until(lambda: terminal.raw)
        terminal.process.send_signal(signal.SIGTERM)
        await terminal.see(LEFT, 2)
        await ended(terminal.process)
        await terminal.is_given_back(children)


async def test_after_a_stop_that_it_did_not_hear_of_it_still_knows_how_the_terminal_was(
    tmp_path: Path,
) -> None:
    async with natstap(tmp_path) as terminal:
        children = terminal.children
        for count in (2, 3):
            terminal.process.send_signal(signal.SIGSTOP)
            terminal.process.send_signal(signal.SIGCONT)
            await terminal.see_desk(count)
        terminal.process.send_signal(signal.SIGCONT)  # it did not even stop
        await terminal.see_desk(4)
        terminal.process.send_signal(signal.SIGTERM)
        await terminal.see(LEFT, 4)
        await ended(terminal.process)
        await terminal.is_given_back(children)


async def test_it_ends_with_its_terminal_though_nobody_tells_it(tmp_path: Path) -> None:
    async with natstap(tmp_path) as terminal:
        children = terminal.children
        os.close(terminal._inner)
        os.close(terminal.outer)
        async with asyncio.timeout(DEADLINE):
            assert await terminal.process.wait() != 0
        await until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


CRASHING = """
import sys
from tui.__main__ import main
from tui.app import NatstapApp

def fail(app):
    raise RuntimeError("a fault of natstap's own")

NatstapApp.action_help = fail
sys.exit(main())
"""


def kept_files() -> list[Path]:
    return list(Path(os.environ["XDG_STATE_HOME"]).rglob("crash-*.ndjson.gz"))


async def test_a_fault_of_its_own_gives_the_terminal_back_and_keeps_what_was_seen(
    tmp_path: Path,
) -> None:
    async with natstap(tmp_path, "-c", CRASHING) as terminal:
        children = terminal.children
        await terminal.press(b"\n", b"Answered in")
        await terminal.press(b"\x1bOP", LEFT)
        assert await ended(terminal.process) == 1
        await terminal.see(b"is saved in")
        painted, terminal.painted = terminal.painted, terminal.painted.replace(b"Traceback", b"")
        await terminal.is_given_back(children)
    assert b"a fault of natstap's own" in painted
    (kept,) = kept_files()
    assert b'"frame":"HPUB orders.create ' in gzip.decompress(kept.read_bytes())


async def test_a_terminal_that_is_closed_while_much_is_drawn_holds_nothing_up(
    tmp_path: Path,
) -> None:
    """Nobody takes what is drawn then: what would write it must not wait for that."""
    async with natstap(tmp_path) as terminal:
        children = terminal.children
        os.write(terminal.outer, b"\x1b[<35;60;1M\x1b[<35;60;20M" * 100)  # each move draws
        await terminal.see(b"\x1b]22;")
        os.close(terminal._inner)
        os.close(terminal.outer)
        async with asyncio.timeout(DEADLINE):
            assert await terminal.process.wait() != 0
        await until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


@pytest.mark.parametrize("closed", ["stdin", "stderr"])
async def test_without_a_terminal_there_is_a_sentence_and_no_escape_codes(
    closed: str, tmp_path: Path
) -> None:
    outer, inner = pty.openpty()
    options = {"stdin": inner, "stderr": inner} | {closed: DEVNULL if closed == "stdin" else PIPE}
    command = (sys.executable, "-m", "tui", "--demo", "--collection", str(tmp_path))
    async with running(*command, stdout=DEVNULL, **options) as process:
        async with asyncio.timeout(DEADLINE):
            _, told = await process.communicate()
        assert process.returncode == 2
    if closed == "stdin":
        told = os.read(outer, 65536)
    os.close(inner)
    os.close(outer)
    assert b"natstap draws on a terminal, and here is none" in told
    assert b"\x1b" not in told
