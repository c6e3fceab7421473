"""What went before on the subject of an exchange: whether it was always so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from textual.content import Content
from textual.widgets import Static

from engine.journal import Exchange, Journal
from engine.journal.view import View
from tui.kit.glyphs import Role
from tui.kit.rewriting import rewrite
from tui.kit.rows import LATENCY, cells
from tui.safe import clean, fit

_MAX_SHOWN = 10
_LOOKED_BACK = 4000
"""Messages among which they are looked for."""
_STATE = 15
_INKS: dict[Role, str] = {
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "$text-error",
    "active": "$text-primary",
}
_QUIET = "$foreground 60%"


class Earlier(Static):
    DEFAULT_CSS = "Earlier { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }"

    def __init__(self, journal: Journal) -> None:
        super().__init__(id="earlier", markup=False)
        self.border_title = "Before"
        self._view = View(journal)
        self._numbers: list[int] = []

    def show(self, exchange: Exchange) -> None:
        """The newest first; nothing is shown where there were none."""
        self._numbers = list(islice(self._before(exchange), _MAX_SHOWN))
        self.display = bool(self._numbers)
        self.refresh_from_journal()

    def refresh_from_journal(self) -> None:
        """What was open when it was shown may have an answer now."""
        journal = self._view.journal
        lines = [self._line(number) for number in self._numbers if number in journal]
        rewrite(self, Content("\n").join(lines))

    def _before(self, exchange: Exchange) -> Iterator[int]:
        view, journal = self._view, self._view.journal
        since = max(journal.first, exchange.number - _LOOKED_BACK)
        heads = [number for number, _ in journal.heads(since) if number < exchange.number]
        wanted = exchange.subject, exchange.kind
        for number in reversed(heads):
            seen = view.glance(number)
            if (seen.subject, seen.kind) == wanted:
                yield number

    def _line(self, number: int) -> Content:
        said = cells(self._view, self._view.glance(number), time.time())
        return Content.assemble(
            (f"{said.time}  ", _QUIET),
            (fit(f"{said.glyph} {said.word}", _STATE), _INKS.get(said.role, _QUIET)),
            f"  {fit(said.latency, LATENCY, right=True)}",
            (f"  {clean(said.preview)}", _QUIET),
        )
