"""Since when a client listens, as far as that can be known."""

from __future__ import annotations

from engine.clients.listeners import Listener

from .case import Case


def connected_after(listener: Listener, moment: float, case: Case) -> bool:
    """True for a client that connected later than `moment`, seconds since the epoch.

    Its age is by its server's clock alone; the look began at natstap's own.
    """
    if listener.age is None or not case.looked_at:
        return False
    return case.looked_at - listener.age > moment


def was_absent(listener: Listener, case: Case) -> bool:
    """True for a client that an earlier, complete look did not show."""
    before = case.before
    if before is None or not before.listeners_known or not listener.counted:
        return False
    return all(
        (earlier.server, earlier.cid) != (listener.server, listener.cid)
        for earlier in before.listeners
    )
