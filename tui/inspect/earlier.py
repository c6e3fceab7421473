"""What went before on the subject of an exchange: whether it was always so."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from textual import events
from textual.content import Content
from textual.widgets import Static

from engine.arrival import is_timed
from engine.journal import Exchange, Journal, State
from engine.journal.glance import Glance
from engine.latency_words import span
from engine.statistics.histogram import Histogram
from tui.kit.failure_lines import failure_lines
from tui.kit.glyphs import Role
from tui.kit.latency_chart import latency_lines
from tui.kit.rewriting import rewrite
from tui.kit.rows import LATENCY, cells
from tui.safe import clean, fit, shorten

_MAX_SHOWN = 10
_MAX_COUNTED = 500
_LOOKED_BACK = 4000
"""Messages among which they are looked for."""
_MIN_FIGURES = 2
"""Exchanges from which on figures say more than their rows."""
_MIN_DRAWN = 8
"""Answers from which on their latencies are drawn: fewer stand in the rows."""
_BAR = 44
"""Cells of a kind of failure with its bar."""
_CHART = 7
"""Lines of the percentiles and the histogram."""
_STATE = 15
_SUBJECT = 32
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
        self._journal = journal
        self._numbers: Sequence[int] = ()
        self._figures: tuple[Content, ...] = ()
        self._stands: object = None
        """How wide the figures are, and how the rows stood when they were counted."""

    def show(self, exchange: Exchange) -> None:
        """The newest first; nothing is shown where there were none."""
        self._numbers = tuple(islice(self._before(exchange), _MAX_COUNTED))
        self.display = bool(self._numbers)
        if self._numbers:
            self.border_title = Content(clean(self._title(exchange)))
        self.refresh_from_journal()

    def _title(self, exchange: Exchange) -> str:
        """How many, and in how long a time."""
        count, first = len(self._numbers), self._journal.glances.of(self._numbers[-1])
        most = "the last " if count == _MAX_COUNTED else ""
        told = f"Before: {most}{count} on {shorten(exchange.subject, _SUBJECT)}"
        if not is_timed(first.at):
            return told
        return f"{told} in {span(max(0.001, exchange.started - first.at))}"

    def refresh_from_journal(self) -> None:
        """What was open when it was shown may have an answer now."""
        journal = self._journal
        shown = [number for number in self._numbers[:_MAX_SHOWN] if number in journal]
        stands = self._numbers, self.size.width, [journal.glances.mark(number) for number in shown]
        if stands != self._stands:
            self._stands = stands
            self._figures = tuple(self._count())
        rewrite(self, Content("\n").join((*self._figures, *map(self._line, shown))))

    def on_resize(self, event: events.Resize) -> None:
        self.refresh_from_journal()

    def _count(self) -> Iterator[Content]:
        journal = self._journal
        seen = [journal.glances.of(number) for number in self._numbers if number in journal]
        if len(seen) >= _MIN_FIGURES:
            yield from _figures(seen, self.size.width)

    def _before(self, exchange: Exchange) -> Iterator[int]:
        journal = self._journal
        since = max(journal.first, exchange.number - _LOOKED_BACK)
        heads = [number for number, _ in journal.heads(since) if number < exchange.number]
        wanted = exchange.subject, exchange.kind
        for number in reversed(heads):
            seen = journal.glances.of(number)
            if (seen.subject, seen.kind) == wanted:
                yield number

    def _line(self, number: int) -> Content:
        said = cells(self._journal, self._journal.glances.of(number), time.time())
        return Content.assemble(
            (f"{said.time}  ", _QUIET),
            (fit(f"{said.glyph} {said.word}", _STATE), _INKS.get(said.role, _QUIET)),
            f"  {fit(said.latency, LATENCY, right=True)}",
            (f"  {clean(said.preview)}", _QUIET),
        )


def _figures(seen: Sequence[Glance], width: int) -> Iterator[Content]:
    """How many failed and how, and how long the answers took."""
    states, latencies = Counter[State](), Histogram()
    for glance in seen:
        states[glance.state] += 1
        if glance.latency is not None and not glance.state.failed:
            low, high = glance.latency
            latencies.add(high, low=low if low < high else None)
    failures = [(state, count) for state, count in states.most_common() if state.failed]
    yield from failure_lines(failures, states.total(), min(width, _BAR))
    if latencies.count >= _MIN_FIGURES:
        height = _CHART if latencies.count >= _MIN_DRAWN else 1
        yield from latency_lines(latencies.snapshot(), width, height)
