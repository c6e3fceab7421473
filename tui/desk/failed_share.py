"""How many of the newest requests failed, as the line at the top of the desk tells it."""

from __future__ import annotations

from collections.abc import Callable

from engine.filter.lens import Lens
from engine.filter.state_terms import Hearsay
from engine.journal import ExchangeKind, State
from engine.journal.view import View

MAX_JUDGED = 100
"""Requests of which the share of failures is told, the newest."""
MIN_JUDGED = 5
"""Requests before which a share says nothing."""


class FailedShare:
    """Of the newest requests that are over, the part that `~e` shows."""

    def __init__(self, view: View, look: Callable[[int], int]) -> None:
        self._view = view
        self._fails = Lens.parse("~e").on(view.journal, Hearsay(look=look))
        self._share: float | None = None
        self._looked = (0.0, -1)

    def look(self, now: float) -> float | None:
        """At most once in a second, and not while nothing happens."""
        at, count = self._looked
        if now - at >= 1.0 and count != (beats := self._view.journal.pulse.count):
            self._looked = now, beats
            self._share = self._measure()
        return self._share

    def _measure(self) -> float | None:
        self._view.forget()
        over = failed = 0
        for place in range(len(self._view) - 1, -1, -1)[: 2 * MAX_JUDGED]:
            number = self._view[place]
            code = self._view.journal.glances.mark(number) & 255
            if code >> 4 == ExchangeKind.REQUEST and over < MAX_JUDGED:
                fails = self._fails(number, code)
                over += fails or code & 15 != State.WAITING
                failed += fails
        return failed / over if over >= MIN_JUDGED else None
