"""Every widget is told its size, whoever asked for it before the screen was laid out."""

from __future__ import annotations

from helpers.desk import until
from textual.app import App, ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from tui.body.view import BodyView
from tui.kit.page import Page

LINES = b'{"result": 3}'


class Scrolled(Page[None]):
    CSS = "#scrolled { height: 5; }"

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="scrolled"):
            yield Static("\n".join(f"line {number}" for number in range(100)))
        yield Vertical(id="below")


async def test_a_widget_that_is_looked_for_after_a_scroll_is_told_its_size() -> None:
    app = App[None]()
    async with app.run_test(size=(80, 20)) as pilot:
        await app.push_screen(screen := Scrolled())
        await pilot.pause()
        screen.query_one("#scrolled").scroll_to(y=10, animate=False)
        await pilot.pause()
        view = BodyView(LINES)
        await screen.query_one("#below").mount(view)
        assert view.region.height == 15
        await until(pilot, lambda: lines_of(view)[:3] == ["{", '  "result": 3', "}"])


def lines_of(view: BodyView) -> list[str]:
    return [strip.text.rstrip() for strip in view.render_lines(view.region.reset_offset)]
