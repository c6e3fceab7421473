"""The latencies of a burst: as in statistics, but right to one percent. Values are seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from engine.statistics import histogram
from engine.statistics.histogram import FINE


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many lasted longer than `begin` and at most `end`."""

    begin: float
    end: float
    count: int


class Histogram(histogram.Histogram):
    """Latencies added one by one, and what can be asked of them at any time."""

    __slots__ = ()

    def __init__(self, values: Iterable[float] = ()) -> None:
        super().__init__(FINE)
        for value in values:
            self.add(value)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def percentile(self, percent: float) -> float:
        """The time within which `percent` of all were done; 0 when there are none."""
        return self._ranked([math.ceil(self.count * percent / 100)], 1.0)[0]

    def buckets(self, wanted: int = 20) -> tuple[Bucket, ...]:
        """At most `wanted` buckets from the least to the most, each wider by the same factor."""
        used = self.used
        width = max(1, math.ceil(len(used) / wanted))
        begins = range(used.start, used.stop, width)
        return tuple(
            Bucket(FINE.edge(one), FINE.edge(one + width), sum(self.counts[one : one + width]))
            for one in begins
        )
