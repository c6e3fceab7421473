"""What watches hear of natstap's own bursts: counted, and kept out of the journal.

A request is known by its reply subject, a message without one by the correlation id that natstap
gave it. A burst whose messages have neither, and no other sign, is heard like any other message.
"""

from __future__ import annotations

from collections.abc import Callable
from os import urandom

from engine.rpc.message import CORRELATION_ID

MAX_BURSTS = 32
"""Bursts whose messages are known; those before them have long been delivered."""


class LeftOut:
    def __init__(self) -> None:
        self.count = 0
        """Messages that were left out so far."""
        self.known = False
        """False while there has been no burst."""
        self._stems: dict[bytes, None] = {}
        """Beginnings of reply subjects, without their last dot."""
        self._ids: dict[bytes, None] = {}
        """Beginnings of correlation ids, with the header's name."""

    def new_ids(self) -> Callable[[], str]:
        """Makes correlation ids for one burst, each as long as natstap's others."""
        begins = urandom(5).hex()
        self.known = True
        _put(self._ids, f"\r\n{CORRELATION_ID}: {begins}".encode())
        return lambda: f"{begins}{urandom(6).hex()}"

    def hide_inbox(self, prefix: str) -> None:
        """Leave out what wants its answers there, and these answers."""
        self.known = True
        _put(self._stems, prefix.encode())

    def takes(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> bool:
        """True for a message of a burst, which is counted; see `engine.message.split_frame`."""
        if not self.known:
            return False
        stems = self._stems
        found = reply.rpartition(b".")[0] in stems or subject.rpartition(b".")[0] in stems
        if not found and head:
            block = frame[start : start + head]
            found = any(begins in block for begins in self._ids)
        self.count += found
        return found


def _put(known: dict[bytes, None], new: bytes) -> None:
    known[new] = None
    while len(known) > MAX_BURSTS:
        del known[next(iter(known))]
