"""Latencies counted in buckets that grow by one percent, so that any number of them is small.

A percentile is right to one percent; the least and the most are exact. Values are seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

GROWTH = 1.01
LEAST = 1e-6
_STEP = math.log(GROWTH)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many lasted longer than `begin` and at most `end`."""

    begin: float
    end: float
    count: int


class Histogram:
    """Latencies added one by one, and what can be asked of them at any time."""

    __slots__ = ("_counts", "count", "least", "most", "total")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.least = math.inf
        self.most = 0.0
        for value in values:
            self.add(value)

    def add(self, seconds: float) -> None:
        step = math.ceil(math.log(seconds / LEAST) / _STEP) if seconds > LEAST else 0
        self._counts[step] = self._counts.get(step, 0) + 1
        self.count += 1
        self.total += seconds
        self.least = min(self.least, seconds)
        self.most = max(self.most, seconds)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def percentile(self, percent: float) -> float:
        """The time within which `percent` of all were done; 0 when there are none."""
        left = math.ceil(self.count * percent / 100)
        for step in sorted(self._counts):
            left -= self._counts[step]
            if left <= 0:
                return min(max(_end(step), self.least), self.most)
        return self.most

    def buckets(self, wanted: int = 20) -> tuple[Bucket, ...]:
        """At most `wanted` buckets from the least to the most, each wider by the same factor."""
        if not self.count:
            return ()
        first, last = min(self._counts), max(self._counts)
        width = max(1, math.ceil((last - first + 1) / wanted))
        sums = [0] * math.ceil((last - first + 1) / width)
        for step, count in self._counts.items():
            sums[(step - first) // width] += count
        edges = [_end(first - 1 + width * n) for n in range(len(sums) + 1)]
        return tuple(map(Bucket, edges, edges[1:], sums))


def _end(step: int) -> float:
    return LEAST * math.exp(step * _STEP)
