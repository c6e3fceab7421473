"""Names on the left and values on the right; everything in them is inert and can be selected."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.widgets import Static

from tui.kit.rewriting import rewrite
from tui.safe import clean, fit

Fact = tuple[str, str]
_UNIT = re.compile(r"(?<=\d) (?=(?:[nµm]?s|min|h|days?|%|[KMG]?i?B|bytes?)\b)")
"""The blank between a figure and its unit, which stay on one line."""
_TIED = "\N{NO-BREAK SPACE}"
_MAX_FACTS = 200
_MAX_CHARACTERS = 2000
"""Of one value."""
_MAX_NAME, _MAX_HEADER = 18, 28
"""Cells of the longest name that is shown whole."""
_GAP = "  "
_QUIET = "$foreground 60%"
_TELLING = {"correlation_id": "$text-accent", "Nats-Service-Error": "$text-error"}
"""Headers that stand out."""


class Facts(Static):
    """`show` takes the pairs: values wrap by words, and a name that repeats is shown once.

    `headers` are shown as they were sent: in wire order, every name, values folded anywhere.
    """

    DEFAULT_CSS = "Facts { height: auto; } VerticalScroll > Facts { padding: 0 1 0 0; }"

    def __init__(self, id: str, *, headers: bool = False) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self.facts: Sequence[Fact] = ()
        self._headers = headers

    def show(self, facts: Sequence[Fact]) -> None:
        self.facts = facts
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines = list(_lines(self.facts[:_MAX_FACTS], self.size.width or 80, self._headers))
        if (more := len(self.facts) - _MAX_FACTS) > 0:
            lines.append(Content(f"… and {more:,} more{': see Raw' * self._headers}"))
        if self._headers and not lines:
            lines = [Content.styled("no headers", _QUIET)]
        rewrite(self, Content("\n").join(lines))


def _lines(facts: Sequence[Fact], width: int, headers: bool) -> Iterator[Content]:
    longest = max((cell_len(clean(name)) for name, _ in facts), default=0)
    most = min(_MAX_HEADER, width // 2) if headers else min(_MAX_NAME, width // 3)
    column = max(1, min(longest, most))
    room = max(8, width - column - len(_GAP))
    before = ""
    for name, value in facts:
        lead = "" if name == before and not headers else name
        before = name
        ink = _TELLING.get(name, "$foreground") if headers else ""
        for part in _folded(value, room) if headers else wrapped(value, room):
            yield Content.styled(fit(lead, column) + _GAP, _QUIET) + Content.styled(part, ink)
            lead = ""


def wrapped(words: str, width: int) -> list[str]:
    """The words, clean, in lines of at most `width` cells."""
    tied = _UNIT.sub(_TIED, clean(words[:_MAX_CHARACTERS]))
    lines = [line.replace(_TIED, " ") for line in textwrap.wrap(tied, width)] or [""]
    return [part for line in lines for part in (chop_cells(line, width) or [""])]


def _folded(value: str, width: int) -> list[str]:
    shown = clean(value[:_MAX_CHARACTERS])
    if (more := len(value) - _MAX_CHARACTERS) > 0:
        shown += f"… and {more:,} characters more: see Raw"
    return chop_cells(shown, width) or [""]
