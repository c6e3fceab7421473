"""A screen fits the terminal from its first line on."""

from __future__ import annotations

import pytest
from helpers.waiting import until
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
        await until(lambda: page.styled)
        await pilot.pause()
        assert page.first == page.classes == classes
        assert page.styled == 1  # when it comes to the front
        await pilot.resize_terminal(80, 24)
        await until(lambda: page.classes == {"-narrow"})
