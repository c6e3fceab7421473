"""What is said where the list has no row: what would match, or what is hidden, to be shown."""

from __future__ import annotations

import time

from engine.filter.hidden import HiddenCount
from engine.filter.lens import Lens
from engine.filter.nearby_filters import FilterOffers, Offer
from engine.filter.state_terms import Hearsay
from engine.journal import Journal
from tui.safe import shorten

from .exchange_rows import BUDGET

MAX_TEXT = 48
_OFFERS_EVERY = 0.25
"""Seconds between two looks for what would match."""


class EmptyList:
    def __init__(self, hidden: HiddenCount) -> None:
        self._hidden = hidden
        self._lens = Lens.parse("")
        self._nearby: FilterOffers | None = None
        self._due = 0.0
        """When to look again for what would match, on the monotonic clock."""
        self.advice = ""
        """What to try while there is nothing to see."""
        self.offer: Offer | None = None
        """What Enter shows while the list has no row."""

    def begin(self, lens: Lens, journal: Journal, known: Hearsay) -> None:
        """With another filter."""
        self._lens, self._nearby = lens, FilterOffers(lens, journal, known)
        self._due, self.offer = 0.0, None

    def look(self, behind: int) -> None:
        """Look for an offer; with `behind` messages not tested yet, not for filters nearby."""
        if self._lens.empty:
            hidden = self._hidden.count()
            self.offer = Offer("~k all", hidden) if hidden else None
            return
        now = time.monotonic()
        if self._nearby is not None and not behind and now >= self._due:
            self._due = now + _OFFERS_EVERY
            self._nearby.catch_up(BUDGET)
            self.offer = self._nearby.best

    @property
    def words(self) -> tuple[str, str]:
        """The two lines that stand there."""
        offer, lens = self.offer, self._lens
        if lens.empty:
            empty = "No exchanges yet."
            if offer is None:
                return empty, self.advice
            said = ", ".join(filter(None, (self._hidden.example(kind) for kind in lens.hides)))
            return empty, f"{offer.count:,} hidden: {shorten(said, MAX_TEXT)}  Enter shows them."
        empty = "Nothing matches the filter."
        if offer is None:
            return empty, ""
        if offer.why:
            return empty, f"{offer.count:,} in hidden $ subjects and deliveries: Enter shows them."
        meant = shorten(offer.text, MAX_TEXT)
        return empty, f"Did you mean {meant}?  {offer.count:,} match: Enter."
