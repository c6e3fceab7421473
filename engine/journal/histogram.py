"""A histogram of latencies: a fixed kilobyte, however many there were, right to five percent."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

_BASE = 1e-6
_GROWTH: float = 1.1
_BUCKETS = 256
_SCALE = 1 / math.log(_GROWTH)


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds to the first answer; percentiles are right to 5 %, `max` and `min` exactly."""

    count: int = 0
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0
    min: float = 0.0
    max: float = 0.0
    bars: tuple[tuple[float, int], ...] = ()
    """How many were at most so long, and longer than the bar before; no empty ends."""


class Histogram:
    """Counts in buckets, each a tenth wider than the one before: from 1 µs to eleven hours."""

    __slots__ = ("count", "counts", "max", "min")

    def __init__(self) -> None:
        self.counts = array("I", bytes(4 * _BUCKETS))
        self.count = 0
        self.min = math.inf
        self.max = 0.0

    def add(self, value: float, bucket: int) -> None:
        """Count a value, which belongs in the bucket that `bucket_of` says."""
        self.count += 1
        self.counts[bucket] += 1
        if value > self.max:
            self.max = value
        if value < self.min:
            self.min = value

    def merge(self, other: Histogram) -> None:
        if not other.count:
            return
        for bucket in range(bucket_of(other.min), bucket_of(other.max) + 1):
            self.counts[bucket] += other.counts[bucket]
        self.count += other.count
        self.min, self.max = min(self.min, other.min), max(self.max, other.max)

    def percentiles(self, *shares: float) -> list[float]:
        """The values that so large a share (0 to 1, rising) of all does not exceed."""
        found, passed, buckets = [], 0, enumerate(self.counts)
        bucket = -1
        for share in shares:
            rank = max(1, math.ceil(share * self.count))
            while passed < rank <= self.count:
                bucket, count = next(buckets)
                passed += count
            found.append(min(self.max, max(self.min, _middle(bucket))) if self.count else 0.0)
        return found

    def snapshot(self) -> Latencies:
        if not self.count:
            return Latencies()
        p50, p90, p99 = self.percentiles(0.5, 0.9, 0.99)
        return Latencies(self.count, p50, p90, p99, self.min, self.max, self._bars())

    def _bars(self) -> tuple[tuple[float, int], ...]:
        bars = range(bucket_of(self.min), bucket_of(self.max) + 1)
        return tuple((_BASE * math.pow(_GROWTH, one + 1), self.counts[one]) for one in bars)


def bucket_of(value: float) -> int:
    if value <= _BASE:
        return 0
    return min(int(math.log(value / _BASE) * _SCALE), _BUCKETS - 1)


def _middle(bucket: int) -> float:
    return _BASE * math.pow(_GROWTH, bucket + 0.5)
