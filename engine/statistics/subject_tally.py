"""A tally: what is counted of one subject, and how it looks at one moment."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from operator import add

from engine.filter.state_terms import ALONE
from engine.journal.states import State

from .histogram import Histogram, Latencies

SPARK_SECONDS = 60
"""Whole seconds that a series tells."""
_SLOTS = 64
_NO_SLOTS = bytes(4 * _SLOTS)
_STANDS = (*State, ALONE)
FAILED = tuple(
    at in (ALONE, *(state for state in State if state.failed)) for at in range(ALONE + 1)
)
"""By state: whether it is a failure."""


@dataclass(frozen=True, slots=True)
class SubjectStats:
    """One subject (or one group of them) at the moment of looking."""

    subject: str
    count: int
    """Exchanges begun."""
    replies: int
    """Messages that came back; copies are not counted."""
    bytes: int
    """Of whole frames as the protocol writes them, replies included."""
    rates: tuple[float, float, float]
    """Exchanges a second over the last 1, 10 and 60 whole seconds."""
    series: tuple[int, ...]
    """Exchanges begun in each of the last 60 whole seconds, the oldest first."""
    latency: Latencies
    states: tuple[tuple[int, int], ...]
    """How many exchanges stand in each `State`, or are `ALONE`; those of no state left out."""

    @property
    def failed(self) -> int:
        return sum(count for state, count in self.states if FAILED[state])

    @property
    def answered(self) -> int:
        return sum(count for state, count in self.states if state in GOT_ANSWER)

    @property
    def failures(self) -> tuple[tuple[int, int], ...]:
        """The states that are failures, the most frequent first."""
        failed = [state for state in self.states if FAILED[state[0]]]
        return tuple(sorted(failed, key=lambda one: -one[1]))


GOT_ANSWER = frozenset(
    {State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR, State.STATUS}
)
"""States in which an answer is there, and a latency where its time is known."""


class Tally:
    """What is counted of one subject."""

    __slots__ = ("bytes", "count", "first", "latency", "replies", "second", "slots", "states")

    def __init__(self) -> None:
        self.count = self.replies = self.bytes = 0
        self.first = self.second = 0
        """The oldest second that was counted in a slot, and the newest that has one."""
        self.slots = array("I", _NO_SLOTS)
        self.states = [0] * len(FAILED)
        self.latency: Histogram | None = None

    def begin(self, second: int, size: int) -> None:
        """Count an exchange that began in this second."""
        self.count += 1
        self.bytes += size
        if second != self.second:
            if second <= self.second - _SLOTS:
                return
            self.turn(second)
            self.first = min(self.first, second)
        self.slots[second % _SLOTS] += 1

    def take_back(self, second: int, size: int) -> None:
        """Let it be as if this exchange had not begun."""
        self.count -= 1
        self.bytes -= size
        slot = second % _SLOTS
        if self.second - _SLOTS < second <= self.second and self.slots[slot]:
            self.slots[slot] -= 1

    def turn(self, second: int) -> None:
        """Empty the slots of the seconds in which nothing was seen."""
        if not self.second:
            self.first = self.second = second
            return
        for passed in range(max(self.second + 1, second - _SLOTS + 1), second + 1):
            self.slots[passed % _SLOTS] = 0
        self.second = max(self.second, second)

    def answered(self, latency: float, bucket: int, low: float | None) -> None:
        if self.latency is None:
            self.latency = Histogram()
        self.latency.add(latency, bucket, low)

    def merge(self, other: Tally) -> None:
        self.count += other.count
        self.replies += other.replies
        self.bytes += other.bytes
        if any(other.states):
            self.states = [*map(add, self.states, other.states)]
        if other.second > self.second:
            self.turn(other.second)
        self.first = min(self.first, other.first)
        mine, theirs = self.slots, other.slots
        for second in range(max(self.second - _SLOTS + 1, other.first), other.second + 1):
            mine[second % _SLOTS] += theirs[second % _SLOTS]
        if other.latency is not None:
            self.latency = self.latency or Histogram()
            self.latency.merge(other.latency)

    def series(self, now: int) -> tuple[int, ...]:
        oldest = self.second - _SLOTS
        return tuple(
            self.slots[second % _SLOTS] if oldest < second <= self.second else 0
            for second in range(now - SPARK_SECONDS, now)
        )

    def snapshot(self, subject: str, now: float) -> SubjectStats:
        series = self.series(int(now))
        return SubjectStats(
            subject=subject,
            count=self.count,
            replies=self.replies,
            bytes=self.bytes,
            rates=(float(series[-1]), sum(series[-10:]) / 10, sum(series) / SPARK_SECONDS),
            series=series,
            latency=self.latency.snapshot() if self.latency else Latencies(),
            states=tuple((state, self.states[state]) for state in _STANDS if self.states[state]),
        )
