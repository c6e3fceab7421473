"""What a pause needs: how many exchanges came since, and a test that ends where it began."""

from __future__ import annotations

import time

from engine.journal import Journal
from engine.journal.segment import Segment
from engine.journal.view import Sieve, View


class Arrivals:
    """Counts the exchanges that begin from now on, without keeping them."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.began = journal.next
        """The first number that is counted."""
        self.count = 0
        self._sieve = View(journal).accepts
        self._next = self.began

    def catch_up(self, budget: float) -> None:
        """Count for about `budget` seconds."""
        deadline = time.perf_counter() + budget
        self._next = max(self._next, self.journal.first)
        while self._next < self.journal.next:
            segment = self.journal.segment(self._next)
            found, until = self._sieve.sift(segment, self._next - segment.first)
            self.count += len(found)
            self._next = segment.first + until
            if time.perf_counter() >= deadline:
                break


class Until:
    """A view's test that lets nothing pass from a number on."""

    def __init__(self, sieve: Sieve, end: int) -> None:
        self.sieve = sieve
        self._end = end

    def __call__(self, number: int, code: int) -> bool:
        return number < self._end and self.sieve(number, code)

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        found, until = self.sieve.sift(segment, since, end)
        return [number for number in found if number < self._end], until
