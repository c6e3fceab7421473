"""A terminal that takes what is drawn slowly, or not at all for a while: keys are heard all the
same, and what it shows in the end is what is there."""

from __future__ import annotations

import asyncio
import os
import pty
import sys

import pytest
from helpers.quick_paint import painted
from rich.console import RenderableType
from textual.screen import Screen

from tui.slow_line import PacedApp, SlowLine, go_on

APP = """
import os, sys
from itertools import cycle
from textual.widgets import Input, Static
from tui.slow_line import PacedApp
from tui.terminal import outlive_terminal

class Busy(PacedApp):
    CSS = "Static { height: 1fr; }"

    def __init__(self):
        super().__init__()
        self.shown = cycle(chr(10).join([letter * 79] * 20) for letter in "abcdef")

    def get_driver_class(self):
        return outlive_terminal(super().get_driver_class(), self.line)

    def compose(self):
        yield Input()
        yield Static()

    def on_mount(self):
        self.set_interval(1 / 60, self.change)

    def change(self):
        self.query_one(Static).update(next(self.shown))
        os.write(int(sys.argv[1]), b".")

    def on_input_changed(self, event):
        os.write(int(sys.argv[1]), event.value[-1:].encode())

Busy().run()
"""


class Busy:
    """An app that draws all the time, on a terminal that is read only when it is asked for."""

    def __init__(self) -> None:
        self.heard, heard = os.pipe()
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.set_inheritable(heard, True)
            os.environ["TERM"] = "xterm-256color"
            os.execv(sys.executable, [sys.executable, "-c", APP, str(heard)])
        os.close(heard)

    async def until_drawn(self, what: bytes) -> int:
        """Read until this is drawn; how many bytes that took."""
        shown, size = b"", 0
        async with asyncio.timeout(30):
            while what not in shown:
                part = await asyncio.to_thread(os.read, self.terminal, 1 << 16)
                shown, size = (shown + part)[-100_000:], size + len(part)
        return size

    async def changes(self, count: int) -> None:
        """Wait until what it shows has changed so many times."""
        async with asyncio.timeout(30):
            while count > 0:
                count -= (await asyncio.to_thread(os.read, self.heard, 100)).count(b".")

    async def press(self, key: bytes) -> None:
        """Wait until it is heard."""
        os.write(self.terminal, key)
        async with asyncio.timeout(30):
            while key not in await asyncio.to_thread(os.read, self.heard, 100):
                pass

    async def end(self) -> None:
        os.kill(self.pid, 9)
        await asyncio.to_thread(os.waitpid, self.pid, 0)
        os.close(self.terminal)
        os.close(self.heard)


async def test_keys_are_heard_while_the_terminal_takes_nothing_and_frames_are_left_out() -> None:
    busy = Busy()
    try:
        await busy.until_drawn(b"aaa")
        await busy.changes(120)
        for key in (b"x", b"y", b"z"):
            await busy.press(key)
        assert await busy.until_drawn(b"xyz") < 120 * 79 * 20 // 2
    finally:
        await busy.end()


def test_a_line_is_slow_from_a_write_that_was_waited_for_until_several_were_not() -> None:
    line = SlowLine()
    line.queue(5000)
    assert (line.behind, line.pause) == (True, 0)
    line.wrote(5000, 0.05)
    assert not line.behind
    assert line.pause == pytest.approx(0.075)
    line.queue(1_000_000)
    assert line.pause == 1
    line.wrote(1_000_000, 10)
    assert line.rate == pytest.approx(100_000)
    for _ in range(30):
        line.queue(100)
        line.wrote(100, 0.001)
    assert line.pause == 0


async def test_what_was_laid_out_while_a_frame_was_on_its_way_is_drawn_after_it() -> None:
    """Textual takes a new size for drawn at once, and would show the old one until a key."""
    shown: list[RenderableType | None] = []

    class Shown(PacedApp):
        def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
            super()._display(screen, renderable)
            if renderable is not None and not self._batch_count:
                shown.append(renderable)

    app = Shown()
    with painted():
        async with app.run_test(size=(40, 10)) as pilot:
            await pilot.pause()
            app._waits = True
            app._begin_batch()
            shown.clear()
            screen = app.screen
            screen._compositor._dirty_regions.add(screen.region)
            screen.call_later(screen._compositor_refresh)  # as Textual does with a new size
            async with asyncio.timeout(30):
                while not app._left_out:
                    await pilot.pause(0.01)
                assert shown == []
                go_on(app)
                while not shown:
                    await pilot.pause(0.01)
