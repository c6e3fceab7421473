"""When the event loop looked at its sockets: what it reports came after the look before.

A loop that draws, or is held up in any other way, does not look; then a request and its answer
lie in the socket and are read at the same moment. So the loop's own poll is timed. Three cases:
it waited, and what came woke it: that is when it came. It found something at once: that came
after the poll before. Or it was not the loop that was late but the machine, which let a woken
process wait for a processor: Linux counts that (`schedstat`), and it is added.
Source: https://docs.kernel.org/scheduler/sched-stats.html, /proc/<pid>/schedstat.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from time import monotonic, time
from typing import Any

from engine.arrival import Arrival

from .wire import Wire

READ_ALL = 1 << 17
"""A shorter read left nothing in the socket: the stock one takes up to 256 KiB, and what TLS
adds to that is less than half."""
AT_ONCE = 50e-6
"""Seconds in which a poll returns that does not wait."""
BUSY = 1e-3
"""Seconds after which the loop looks before it waits, so as to know whether something waits."""

Select = Callable[[float | None], Any]


class Turns:
    """How a thread gets its turn on a processor. Made in the thread that is meant.

    Stays at nothing where the system does not count it.
    """

    _file = -1

    def __init__(self) -> None:
        try:
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            pass  # another system

    def taken(self) -> tuple[float, int]:
        """Seconds that it was ready and had to wait, and how often it got its turn, so far."""
        if self._file < 0:
            return 0.0, 0
        try:
            _, waited, count = os.pread(self._file, 64, 0).split()
            return int(waited) * 1e-9, int(count)
        except (OSError, ValueError):  # a loop may not end because of it
            self._close()
            return 0.0, 0

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    __del__ = _close


class PollClock:
    """Takes the place of a selector's `select`; its times are those of `time.monotonic`."""

    def __init__(self, select: Select) -> None:
        self.since = monotonic()
        """What the newest poll reported came after this moment."""
        self._looked = self.since
        """What the newest poll did not report came after this moment."""
        self._select = select
        self._turns = Turns()

    @classmethod
    def of_loop(cls) -> PollClock | None:
        """The running loop's, begun at the first call; None for a loop that cannot be timed."""
        selector = getattr(asyncio.get_running_loop(), "_selector", None)
        select = getattr(selector, "select", None)
        if selector is None or select is None:
            return None
        known = getattr(select, "__self__", None)
        if isinstance(known, cls):
            return known
        clock = cls(select)
        selector.select = clock.select
        return clock

    def select(self, timeout: float | None = None) -> Any:
        before, entered = self._looked, monotonic()
        self.since, self._looked = before, entered
        if timeout is not None and timeout <= 0:
            return self._select(timeout)
        if entered - before > BUSY:
            if found := self._select(0):
                return found
            self.since = entered
        waited, turns = self._turns.taken()
        found = self._select(timeout)
        back = monotonic()
        if back - entered > AT_ONCE:
            waited_since, turns_since = self._turns.taken()
            self._woken(entered, back, waited_since - waited, turns_since - turns)
        return found

    def _woken(self, entered: float, back: float, waited: float, turns: int) -> None:
        """Say when it was woken, unless it did not sleep.

        Each further turn may have ended a wait for another thread of this program, which lets
        go of the interpreter after a switch interval.
        """
        woken = back - max(0.0, waited) - max(0, turns - 1) * sys.getswitchinterval()
        if woken - entered > AT_ONCE:
            self.since = self._looked = woken


class TimedReads:
    """What is read from a socket goes to a wire; `fail` takes what cannot be read.

    Reads are timed from when somebody wants to know when they came: that costs as much as a tenth
    of what a request takes.
    """

    def __init__(self, wire: Wire, fail: Callable[[Exception], None]) -> None:
        self.polls: PollClock | None = None
        self._arrival = Arrival()
        self._timed = False
        self._wire = wire
        self._fail = fail
        self._since = 0.0
        """What is read next came after this moment, at the earliest."""
        self._left_some = False

    @property
    def arrival(self) -> Arrival:
        """When what is read just now came."""
        if not self._timed:
            self._timed = True
            self.polls = self.polls or PollClock.of_loop()
        return self._arrival

    @property
    def spread(self) -> float:
        """Seconds before now at which what is read just now came at the earliest."""
        return self._arrival.spread if self._timed else monotonic() - self._since

    def begin(self) -> None:
        """Another connection."""
        self.polls = PollClock.of_loop() if self._timed else None
        self._since, self._left_some = monotonic(), False

    def received(self, data: bytes) -> None:
        if self.polls is not None and not self._left_some:
            self._since = self.polls.since
        try:
            self.feed(data)
        except Exception as error:  # raised to the event loop, it would end without a word
            self._fail(error)
        self._left_some = len(data) >= READ_ALL
        if self.polls is None and not self._left_some:
            self._since = monotonic()

    def feed(self, data: bytes) -> None:
        """Read it, and let the sinks know when it came."""
        if not self._timed:
            self._wire.feed(data)
            return
        self._arrival.begin(time(), monotonic() - self._since)
        try:
            self._wire.feed(data)
        finally:
            self._arrival.end()
