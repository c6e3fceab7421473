"""Whether natstap itself stood still: stopped, suspended, or too busy to look at its sockets."""

from __future__ import annotations

import math
from time import monotonic

STANDSTILL = 5.0
"""Seconds without a tick that are worth telling of: longer than any wait of the link's own."""
TOLD_FOR = 10.0
"""Seconds after a standstill in which a lost connection is put down to it."""


class Standstill:
    """`tick` is called whenever the link wakes up, which is every second or two."""

    def __init__(self) -> None:
        self._ticked = monotonic()
        self._ended = -math.inf
        self._seconds = 0.0

    def begin(self) -> None:
        self._ticked = monotonic()

    def tick(self) -> None:
        now = monotonic()
        if now - self._ticked > STANDSTILL:
            self._ended, self._seconds = now, now - self._ticked
        self._ticked = now

    @property
    def words(self) -> str:
        """Why the server has probably cut the connection; "" where that was not it.

        The server says nothing itself, and tells no plain user why a connection ended.
        """
        if monotonic() - self._ended > TOLD_FOR:
            return ""
        return (
            f"natstap had stood still for {self._seconds:.0f} s, and servers cut off who reads "
            "too slowly (slow consumer); what came in that time is missed, and nobody counts it"
        )
