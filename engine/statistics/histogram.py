"""A histogram of latencies: a fixed kilobyte, however many there were, right to five percent.

Buckets grow by a factor, from 1 µs to eleven hours; with the fine scale it is right to one percent.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial

_BASE = 1e-6


@dataclass(frozen=True)
class Scale:
    """How wide buckets are: each is `growth` times as wide as the one before."""

    growth: float
    buckets: int

    @cached_property
    def bucket_of(self) -> Callable[[float], int]:
        """Gives the bucket of a value; the first also has what is smaller, the last the rest."""
        return partial(bisect_right, [self.edge(bucket) for bucket in range(1, self.buckets)])

    def edge(self, bucket: float) -> float:
        """Where a bucket begins; half a bucket further is its middle."""
        return _BASE * math.pow(self.growth, bucket)


COARSE = Scale(1.1, 256)
FINE = Scale(1.01, 2450)
bucket_of = COARSE.bucket_of


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds to the first answer; percentiles are right to 5 %, `max` and `min` exactly.

    Where some were not taken exactly these are the most that each figure can be.
    """

    count: int = 0
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0
    min: float = 0.0
    max: float = 0.0
    bars: tuple[tuple[float, int], ...] = ()
    """How many were at most so long, and longer than the bar before; no empty ends."""
    least: Latencies | None = None
    """The least that each figure can be; None where all were taken exactly."""

    def bounds(self, name: str) -> tuple[float, float]:
        """The least and the most that a figure can be, by its name here."""
        return getattr(self.least or self, name), getattr(self, name)


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many lasted longer than `begin` and at most `end`."""

    begin: float
    end: float
    count: int


class Histogram:
    """Counts latencies in the buckets of a scale. Values are seconds.

    Of what was not taken exactly the upper bounds are counted here, and the lower ones beside it:
    a percentile lies between the same percentile of the lower and of the upper bounds.
    """

    __slots__ = ("count", "counts", "least", "lows", "most", "scale", "total")

    def __init__(self, scale: Scale = COARSE, values: Iterable[float] = ()) -> None:
        self.scale = scale
        self.counts = array("I", bytes(4 * scale.buckets))
        self.count, self.total = 0, 0.0
        self.least, self.most = math.inf, 0.0
        self.lows: Histogram | None = None
        for value in values:
            self.add(value)

    def add(self, value: float, bucket: int | None = None, low: float | None = None) -> None:
        """Count a value; who knows its bucket may say it, and a lower bound if there is one."""
        if low is not None and self.lows is None:
            self.lows = self._copy()
        if self.lows is not None:
            self.lows.add(value if low is None else low)
        self.counts[self.scale.bucket_of(value) if bucket is None else bucket] += 1
        self.count += 1
        self.total += value
        if value > self.most:
            self.most = value
        if value < self.least:
            self.least = value

    def take_back(self, value: float, low: float | None = None) -> None:
        """Let it be as if this had not been counted; `least` and `most` stay while others do."""
        if self.lows is not None:
            self.lows.take_back(value if low is None else low)
        bucket = self.scale.bucket_of(value)
        if self.counts[bucket]:
            self.counts[bucket] -= 1
            self.count -= 1
            self.total -= value
        if not self.count:
            self.least, self.most = math.inf, 0.0

    def merge(self, other: Histogram) -> None:
        """Count what another one of the same scale has counted."""
        if self.lows is None and other.lows is not None:
            self.lows = self._copy()
        if self.lows is not None:
            self.lows.merge(other.lows or other)
        for bucket in other.used:
            self.counts[bucket] += other.counts[bucket]
        self.count += other.count
        self.total += other.total
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)

    def _copy(self) -> Histogram:
        copied = Histogram(self.scale)
        copied.merge(self)
        return copied

    @property
    def used(self) -> range:
        """From the first bucket to the last that has anything in it."""
        if not self.count:
            return range(0)
        return range(self.scale.bucket_of(self.least), self.scale.bucket_of(self.most) + 1)

    def percentiles(self, *shares: float) -> list[float]:
        """The values that so large a share (0 to 1, rising) of all does not exceed."""
        return self._ranked((max(1, math.ceil(share * self.count)) for share in shares), 0.5)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    def percentile(self, percent: float) -> float:
        """The time within which `percent` of all were done; 0 when there are none."""
        return self._ranked([math.ceil(self.count * percent / 100)], 1.0)[0]

    def buckets(self, wanted: int = 20) -> tuple[Bucket, ...]:
        """At most `wanted` buckets from the least to the most, each wider by the same factor."""
        used, edge = self.used, self.scale.edge
        width = max(1, math.ceil(len(used) / wanted))
        return tuple(
            Bucket(edge(begin), edge(begin + width), sum(self.counts[begin : begin + width]))
            for begin in range(used.start, used.stop, width)
        )

    def _ranked(self, ranks: Iterable[int], part: float) -> list[float]:
        """The values of rising ranks, told as `part` of a bucket."""
        found, passed, bucket, buckets = [], 0, -1, enumerate(self.counts)
        for rank in ranks:
            while passed < rank <= self.count:
                bucket, count = next(buckets)
                passed += count
            value = self.scale.edge(bucket + part)
            found.append(min(self.most, max(self.least, value)) if self.count else 0.0)
        return found

    def snapshot(self) -> Latencies:
        if not self.count:
            return Latencies()
        p50, p90, p99 = self.percentiles(0.5, 0.9, 0.99)
        bars = tuple((self.scale.edge(bucket + 1), self.counts[bucket]) for bucket in self.used)
        least = self.lows.snapshot() if self.lows is not None else None
        return Latencies(self.count, p50, p90, p99, self.least, self.most, bars, least)
