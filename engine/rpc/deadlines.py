"""Deadlines: whoever waits too long is told, by one timer for all who wait equally long.

Among those the first to come is the first whose time is over, so that a request costs an entry in
a dict and no timer of its own.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Protocol

MAX_IDLE = 64
"""Lengths of waits whose timers are kept while nobody waits so long."""


class Waits(Protocol):
    """Somebody who waits, and may be in vain."""

    def expire(self) -> None: ...


class Deadlines:
    """Of one connection. `begin` starts a wait; whoever waits no more takes itself out."""

    def __init__(self) -> None:
        self._lanes: dict[float, EqualWaits] = {}
        self._room = MAX_IDLE

    def begin(self, waits: Waits, seconds: float) -> EqualWaits:
        """Call `waits.expire` in `seconds`, at least 0, unless it is taken out of the lane."""
        lane = self._lanes.get(seconds)
        if lane is None:
            lane = self._make(seconds)
        lane[waits] = monotonic() + seconds
        if lane.timer is None:
            lane.arm(seconds)
        return lane

    def _make(self, seconds: float) -> EqualWaits:
        if len(self._lanes) >= self._room:
            self.end_idle()
            self._room = max(MAX_IDLE, 2 * len(self._lanes))
        made = self._lanes[seconds] = EqualWaits(seconds)
        return made

    def end_idle(self) -> None:
        """Drop the timers that nobody waits for."""
        for seconds, lane in list(self._lanes.items()):
            if not lane:
                lane.end()
                del self._lanes[seconds]


class EqualWaits(dict[Waits, float]):
    """Those who wait equally long, in order, and when their time is over."""

    __slots__ = ("seconds", "timer")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.timer: asyncio.TimerHandle | None = None

    def arm(self, seconds: float) -> None:
        self.timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self.timer = None
        now, over = monotonic(), []
        for waits, until in self.items():
            if until > now:
                self.arm(until - now)
                break
            over.append(waits)
        loop = asyncio.get_running_loop()
        for waits in over:
            del self[waits]
            loop.call_soon(waits.expire)

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
