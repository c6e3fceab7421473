"""Titles and texts in two columns: texts wrap by words, and everything in them is inert."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.widgets import Static

from tui.safe import clean, fit

Fact = tuple[str, str]
_WIDEST_TITLE = 18
_LONGEST = 2000
_GAP = "  "
_QUIET = "$foreground 60%"


class Facts(Static):
    """`show` takes the pairs; a title that repeats is shown once."""

    DEFAULT_CSS = "Facts { height: auto; }"

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._facts: Sequence[Fact] = ()

    def show(self, facts: Sequence[Fact]) -> None:
        self._facts = facts
        self._draw(self.size.width)

    def on_resize(self) -> None:
        self._draw(self.size.width)

    def _draw(self, width: int) -> None:
        self.update(Content("\n").join(_lines(self._facts, width or 80)))


def _lines(facts: Sequence[Fact], width: int) -> Iterator[Content]:
    longest = max((cell_len(clean(title)) for title, _ in facts), default=0)
    column = max(1, min(longest, _WIDEST_TITLE, width // 3))
    before = ""
    for title, words in facts:
        lead = "" if title == before else title
        before = title
        for part in wrapped(words, max(8, width - column - len(_GAP))):
            yield Content.styled(fit(lead, column) + _GAP, _QUIET) + Content(part)
            lead = ""


def wrapped(words: str, width: int) -> list[str]:
    """The words, clean, in lines of at most `width` cells."""
    lines = textwrap.wrap(clean(words[:_LONGEST]), width) or [""]
    return [part for line in lines for part in (chop_cells(line, width) or [""])]
