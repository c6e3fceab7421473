"""The line at the top of a screen that is not the desk: what there is, in figures."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui.kit.rewriting import rewrite

_BETWEEN = "   "
_BESIDE = 17
"""Cells that the name and the margins take."""


class Headline(Static):
    """A click opens the palette, as on the desk's status bar."""

    DEFAULT_CSS = """
    Headline {
        height: 1; padding: 0 2; background: $panel;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)

    def say(self, words: str, ink: str = "") -> None:
        """Words that are safe to show, in one colour."""
        said = Content.assemble((f"natstap{_BETWEEN}", "bold $text-primary"), (words, ink))
        rewrite(self, said, layout=False)

    def say_what_fits(self, figures: Iterable[str], ink: str = "") -> None:
        """The first figures, as many as there is room for."""
        words = ""
        for figure in figures:
            if cell_len(words) + cell_len(figure) + _BESIDE > self.app.size.width:
                break
            words += f"{figure}{_BETWEEN}"
        self.say(words, ink)

    async def on_click(self) -> None:
        await self.run_action("app.command_palette")
