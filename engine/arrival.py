"""When a message came: an interval, for a loop that does other work does not look meanwhile.

What waited in the socket came between two moments: when the loop last looked and found nothing,
and when it read. The link knows both and says them here, while it reads; the journal keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Arrival:
    """Of what a connection reads just now; both are 0 while it reads nothing."""

    at: float = 0.0
    """When it was read, in seconds since the epoch: the latest that it can have come."""
    spread: float = 0.0
    """So many seconds before `at` is the earliest that it can have come."""
