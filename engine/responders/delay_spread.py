"""How long an answer is held back: a fixed time, or one drawn from a distribution."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

MAX_DELAY_FACTOR = 10.0
"""How many times its mean a delay may last, unless a bound is given."""


class Spread(StrEnum):
    """How delays are spread."""

    EVEN = "even"
    """All times between the bounds alike; a fixed time when both are the same."""
    NORMAL = "normal"
    """Round a mean, with a standard deviation."""
    EXPONENTIAL = "exponential"
    """Mostly short and now and then long, with a mean."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Times are seconds; whatever the spread, none is outside of `least` and `most`."""

    spread: Spread = Spread.EVEN
    least: float = 0.0
    most: float = 0.0
    """0 means ten times the mean, where there is a mean."""
    mean: float = 0.0
    deviation: float = 0.0

    def __bool__(self) -> bool:
        """False when there is none at all."""
        return self.most > 0 or self.least > 0 or self.mean > 0 or self.deviation > 0

    @property
    def longest(self) -> float:
        """The upper bound of what is drawn."""
        if self.spread is Spread.EVEN or self.most:
            return self.most
        return max(self.least, MAX_DELAY_FACTOR * max(self.mean, self.deviation))

    def draw(self, random: Random) -> float:
        """The next delay."""
        return max(self.least, min(self.longest, self._drawn(random)))

    def _drawn(self, random: Random) -> float:
        if self.spread is Spread.NORMAL:
            return random.gauss(self.mean, self.deviation)
        if self.spread is Spread.EXPONENTIAL:
            return random.expovariate(1 / self.mean) if self.mean else 0.0
        return random.uniform(self.least, self.most)
