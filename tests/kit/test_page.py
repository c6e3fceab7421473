"""A screen fits the terminal from its first line on."""

from __future__ import annotations

import pytest
from helpers import quick_styles
from helpers.desk import sitting, sizes
from helpers.waiting import until
from textual import events
from textual.app import App
from textual.widgets import Static

from tui.kit.page import Page


class Fitting(Page[None]):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(32, "-high")]  # noqa: RUF012
    styled = 0

    def compose(self):
        self.first = set(self.classes)
        yield Static()

    def update_node_styles(self, animate: bool = True) -> None:
        self.styled += 1
        super().update_node_styles(animate)


@pytest.mark.parametrize(
    ("size", "classes"),
    [
        ((80, 24), {"-narrow"}),
        ((100, 31), {"-wide"}),
        ((149, 32), {"-wide", "-high"}),
        ((200, 60), {"-broad", "-high"}),
    ],
)
async def test_its_size_is_no_reason_to_style_a_screen_again(
    size: tuple[int, int], classes: set[str]
) -> None:
    async with App[None]().run_test(size=size) as pilot:
        page = Fitting()
        await pilot.app.push_screen(page)
        await until(lambda: page.is_mounted)
        await pilot.pause()
        assert page.first == page.classes == classes
        assert not page.styled  # what is mounted is styled then
        await pilot.resize_terminal(80, 24)
        await until(lambda: page.classes == {"-narrow"})
        page.styled = 0
        page.post_message(events.ScreenResume())
        await until(lambda: page.styled)  # something may have changed while it was not seen


@sizes
async def test_what_opens_has_the_styles_that_textual_finds(size: tuple[int, int]) -> None:
    """Of every widget and its parts, on every screen that a key opens."""
    async with sitting(size) as hand:
        for keys in ([], ["s"], ["S"], ["w"], ["t"], ["h"], ["c"], ["?"], ["ctrl+p"], ["B"], ["r"]):
            await hand.press(*keys)
            nodes = hand.app.screen.walk_children(with_self=True)
            found = [node.styles.base.get_rules() for node in nodes]
            for node in nodes:
                quick_styles.apply(hand.app.stylesheet, node)
            assert [node.styles.base.get_rules() for node in nodes] == found, keys
            await hand.press("escape")
