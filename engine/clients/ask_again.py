"""When the servers are asked again who is connected: the later, the more are."""

from __future__ import annotations

PAUSE = 1.0
"""Seconds between two questions to the servers, at the least."""
CONNECTIONS_A_SECOND = 500
"""Of a large account that is asked for again and again."""
MAX_GOOD_FOR = 30.0
"""Seconds for which any answer is good."""


def good_for(connections: int) -> float:
    """Seconds after which an account of so many connections may be asked for again."""
    return min(MAX_GOOD_FOR, connections / CONNECTIONS_A_SECOND)
