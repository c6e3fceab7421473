"""The figures in the frame of the exchanges: how many there are, and how fast they come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from engine.filter.hidden import HiddenCount
from engine.filter.lens import Lens
from engine.journal.view import View
from engine.words import counted

from .exchange_list import ExchangeList

_RATE_EVERY = 1.0
_MIN_BEHIND = 2000
"""Messages not tested yet from which on it is told."""


class ListFigures:
    def __init__(self, whole: View, hidden: HiddenCount) -> None:
        """`whole` is of all exchanges."""
        self._whole = whole
        self._hidden = hidden
        self._counted = (time.monotonic(), whole.journal.next)
        self._rate = 0.0
        self.left_out: Callable[[], int] = lambda: 0
        """How many messages of bursts are not listed."""
        self.live = True
        """False for a recording: nothing comes."""

    def measure(self) -> None:
        then, known = self._counted
        now, newest = time.monotonic(), self._whole.journal.next
        if now - then >= _RATE_EVERY:
            self._rate = (newest - known) / (now - then)
            self._counted = now, newest

    def of(self, rows: ExchangeList, lens: Lens, folded: bool) -> Iterator[str]:
        """Those of a list; what the filter leaves out is told where it counts."""
        view = rows.view
        notes = view.notes
        count = len(view) - notes
        if not lens.empty:
            yield f"{count:,} of {max(count, len(self._whole) - self._whole.notes):,}"
            if notes:
                yield f"and {counted(notes, 'note')}"
        elif count:
            yield counted(count, "exchange")
        if hidden := self._hidden.count(lens.hides):
            yield f"{hidden:,} hidden"
        if left_out := self.left_out():
            yield f"{left_out:,} of bursts left out"
        if view.behind >= _MIN_BEHIND and not rows.exchanges.still:
            yield f"{view.behind:,} behind"
        if dropped := view.journal.dropped:
            yield f"{counted(dropped, 'message')} dropped"
        if self._rate >= 1 and self.live:
            yield f"{self._rate:,.0f} msg/s"
        if folded:
            yield "folded (z)"
        if len(view) and self.live and rows.exchanges.arrivals is None:
            yield "following" if rows.follow else "f follows"
