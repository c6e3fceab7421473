"""Search: the next or the previous exchange that holds a text, for n and N in a list.

It goes by the order of the exchanges, though the text may be in a reply that came much
later: a stretch of messages is searched as one block of bytes, and exchanges of the stretch
that were answered after it are looked at one by one.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator

from engine.journal.journal import Journal
from engine.journal.segment import Segment
from engine.journal.view import Test
from engine.journal.walk import Unfinished, Walk
from engine.message import text

from .byte_search import Needle, owner_of, owners
from .content_search import coded_positions, holding
from .state_terms import NOTHING_KNOWN, Hearsay

_MESSAGES = 2048


class Search:
    """From just after (`direction` 1) or before (-1) exchange `start`, in slices.

    A hit is a text in a subject, a header or a body, or in what that is read as;
    `accepts` may leave exchanges out.
    """

    def __init__(
        self,
        journal: Journal,
        needle: bytes,
        start: int,
        direction: int = 1,
        accepts: Test | None = None,
        *,
        fold: bool = False,
        known: Hearsay = NOTHING_KNOWN,
    ) -> None:
        self.journal = journal
        self.found: int | None = None
        self.done = False
        self._needle = Needle(needle.lower() if fold else needle, fold)
        self._walk = Walk(journal)
        self._holds = holding(text(needle), self._walk, known, fold=fold)
        self._accepts = accepts
        self._forward = direction > 0
        self._at = start + 1 if self._forward else start
        """Where to go on: the next number to look at, or the one after it going back."""

    def catch_up(self, budget: float) -> bool:
        """Search for about `budget` seconds; True when `found` is final."""
        deadline = time.perf_counter() + budget
        while not self.done:
            self._step()
            if time.perf_counter() >= deadline:
                break
        return self.done

    def _step(self) -> None:
        stretch = self._stretch()
        if stretch is None:
            self.done = True
            return
        segment, since, until = stretch
        hits = self._hits(segment, since, until)
        self._walk.begin()
        for number in hits if self._forward else reversed(hits):
            self._at = number if self._forward else number + 1
            if self._walk.over:
                return
            try:
                self.done = self._passes(segment, number)
            except Unfinished:
                return
            if self.done:
                self.found = number
                return
        self._at = segment.first + (until if self._forward else since)

    def _passes(self, segment: Segment, number: int) -> bool:
        place = number - segment.first
        passes = self._accepts is None or self._accepts(number, segment.codes[place])
        return passes and self._holds(segment, place)

    def _stretch(self) -> tuple[Segment, int, int] | None:
        first, after = self.journal.first, self.journal.next
        at = max(self._at, first) if self._forward else min(self._at, after) - 1
        if not first <= at < after:
            return None
        segment = self.journal.segment(at)
        place = at - segment.first
        if self._forward:
            return segment, place, min(place + _MESSAGES, len(segment.ends))
        return segment, max(0, place + 1 - _MESSAGES), place + 1

    def _hits(self, segment: Segment, since: int, until: int) -> list[int]:
        """The exchanges that begin in the stretch and may hold the needle."""
        begin, end = segment.first + since, segment.first + until
        found = set(owners(segment, self._needle, since, until, begin))
        found.update(owner_of(segment, at) for at in coded_positions(segment, since, until))
        return sorted(
            {*(number for number in found if begin <= number < end), *_open(segment, since, until)}
        )


def _open(segment: Segment, since: int, until: int) -> Iterator[int]:
    """Exchanges of a stretch that have messages after it, or an answer heard before it."""
    heads, links, first = segment.heads, segment.links, segment.first
    within = range(first + since, first + until)
    for at in heads[bisect_left(heads, since) : bisect_left(heads, until)]:
        if (links[at] and links[at] not in within) or (segment.more and first + at in segment.more):
            yield first + at


def find(journal: Journal, needle: bytes, start: int, direction: int = 1) -> int | None:
    """The next (1) or previous (-1) exchange with a text; None when there is none."""
    search = Search(journal, needle, start, direction)
    search.catch_up(float("inf"))
    return search.found
