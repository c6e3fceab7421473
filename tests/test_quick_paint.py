"""What a test sees at a look is what a user has, for whom each change is drawn."""

from __future__ import annotations

from helpers.desk import sitting
from helpers.quick_paint import glance, look, painted
from helpers.waiting import until
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Static


class Counting(Static):
    drawn = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.drawn += 1
        return super().render_lines(crop)


class CountingApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Counting("as it was")


async def test_nothing_is_drawn_that_nobody_looks_at() -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        shown = app.query_one(Counting)
        shown.update("as it is")
        await pilot.pause()
        assert shown.drawn == 0
        assert look(app)[0].text.startswith("as it is")


async def test_all_is_drawn_where_a_test_wants_it() -> None:
    with painted():
        async with CountingApp().run_test() as pilot:
            assert pilot.app.query_one(Counting).drawn


async def test_a_look_finds_what_drawing_all_of_it_finds() -> None:
    async with sitting() as hand:
        for key in ("ctrl+j", "tab", "ctrl+p", "escape", "S", "escape", "h", "escape", "slash"):
            await hand.press(key)
            seen = look(hand.app)
            for widget in hand.app.screen.walk_children(with_self=True):
                widget.refresh()
            assert look(hand.app) == seen, key


async def test_a_glance_is_the_same_until_something_changes() -> None:
    app = CountingApp()
    async with app.run_test() as pilot:
        shown = app.query_one(Counting)
        await until(lambda: glance(app) is glance(app))
        shown.update("as it is")
        await until(lambda: glance(app)[0].text.startswith("as it is"))
        await app.push_screen(Screen())
        await until(lambda: not glance(app)[0].text.strip())
        await pilot.resize_terminal(40, 5)
        await until(lambda: len(glance(app)) == 5)
