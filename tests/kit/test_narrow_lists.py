"""A list of options with no room for its words ends nothing."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Select

from tui.kit import narrow_lists  # noqa: F401


@pytest.mark.parametrize("width", range(8))
async def test_a_list_lives_through_every_width(width: int) -> None:
    """Found by keys in a hurry, while a pane closed."""

    class Narrow(App[None]):
        def compose(self) -> ComposeResult:
            options = OptionList("some words of an option", "more")
            choice = Select([("some words of a choice", 1)], allow_blank=False)
            options.styles.height = "auto"
            with Vertical() as pane:
                pane.styles.width = width
                yield options
                yield choice

    async with Narrow().run_test() as pilot:
        pilot.app.query_one(Select).expanded = True
        await pilot.pause()
        assert pilot.app.is_running
