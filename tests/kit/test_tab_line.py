"""A line of tabs: the one in front is in sight however narrow it is, and all where they fit."""

from __future__ import annotations

import pytest
from helpers.waiting import until
from textual.app import App, ComposeResult

from tui.kit.tab_line import TabLine

WORDS = ("Body as MessagePack", "Headers +2", "Options")
ALL = sum(map(len, WORDS)) + 2 * 3
"""As wide as all of them, with what is between them."""


class OneLine(App[None]):
    def compose(self) -> ComposeResult:
        yield TabLine(*WORDS, id="tabs")


@pytest.mark.parametrize("active", range(len(WORDS)))
async def test_the_tab_in_front_is_in_sight_and_all_where_they_fit(active: int) -> None:
    app = OneLine()
    async with app.run_test(size=(80, 1)) as pilot:
        tabs = app.query_one(TabLine)
        for width in range(24, ALL + 5):
            await pilot.resize_terminal(width, 1)
            await until(lambda width=width: tabs.size.width == width)
            tabs.active = active
            shown = tabs.render().plain
            assert WORDS[active] in shown, width
            assert all(word in shown for word in WORDS) is (width >= ALL), width
            assert len(shown.rstrip()) <= width
