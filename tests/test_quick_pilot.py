"""The pilot that asks busy widgets alone waits for all that Textual's own waits for."""

from __future__ import annotations

import asyncio

from helpers.waiting import until
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widgets import Static


class Slow(Static):
    class Told(Message):
        pass

    def __init__(self, go_on: asyncio.Event) -> None:
        super().__init__()
        self.go_on = go_on
        self.begun = self.heard = 0

    async def on_slow_told(self) -> None:
        self.begun += 1
        await self.go_on.wait()
        self.heard += 1


class SlowApp(App[None]):
    go_on = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Slow(self.go_on)


async def test_what_a_widget_is_at_and_has_before_it_is_waited_for() -> None:
    async with SlowApp().run_test() as pilot:
        slow = pilot.app.query_one(Slow)
        slow.post_message(Slow.Told())
        slow.post_message(Slow.Told())
        await until(lambda: slow.begun)
        asyncio.get_running_loop().call_later(0.1, slow.go_on.set)
        assert await pilot._wait_for_screen()
        assert slow.heard == 2
