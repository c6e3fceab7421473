"""The pilot that asks busy widgets alone waits for all that Textual's own waits for."""

from __future__ import annotations

import asyncio

import pytest
from helpers import quick_pilot
from helpers.waiting import until
from textual import events
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


class KeyedApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, str | None, str]] = []
        self.moved = 0.0

    def on_key(self, event: events.Key) -> None:
        self.heard.append((event.key, event.character, event.name))


KEYS = ("a", "Z", "7", "enter", "ctrl+j", "slash", "/", "?", "left_square_bracket", "[", "é", " ")


async def test_a_key_is_the_one_that_textual_presses(monkeypatch: pytest.MonkeyPatch) -> None:
    async with KeyedApp().run_test() as pilot:
        await pilot.press(*KEYS)
        mine, pilot.app.heard = pilot.app.heard, []
        monkeypatch.setattr(App, "_press_keys", quick_pilot.press_keys)
        await pilot.press(*KEYS)
        assert mine == pilot.app.heard
        assert len(mine) == len(KEYS)


async def test_what_a_key_moves_has_come_to_rest() -> None:
    class Moving(KeyedApp):
        def on_key(self, event: events.Key) -> None:
            self.animate("moved", 9.0, duration=0.1, delay=0.3, level="none")

    async with Moving().run_test() as pilot:
        await pilot.press("a")
        assert pilot.app.moved == 9.0
