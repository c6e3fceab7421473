"""A rate limit: so many answers a second, with one second's worth at once."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimiter:
    """A bucket of permissions that fills at `rate` a second and holds as many. How full it is is
    found out when it looks empty."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._left = float(rate)
        self._then = clock()

    def take(self) -> bool:
        """True when one more may go out now."""
        if self._left < 1:
            now = self._clock()
            self._left = min(self.rate, self._left + (now - self._then) * self.rate)
            self._then = now
            if self._left < 1:
                return False
        self._left -= 1
        return True
