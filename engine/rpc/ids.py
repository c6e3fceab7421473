"""Fresh names: correlation ids that look like FastStream's, and inbox tokens."""

from __future__ import annotations

import os
from collections.abc import Callable
from os import urandom

DRAWN = 256
"""Ids that are made at a time: asking the system for each would cost more than writing it."""


class _Drawn:
    """Ids that are made of so many random bytes each; a process that forks shares none."""

    def __init__(self, size: int, write: Callable[[str], str]) -> None:
        self._size = size
        self._write = write
        self._ids: list[str] = []
        if hasattr(os, "register_at_fork"):  # else there is no fork
            os.register_at_fork(after_in_child=self._ids.clear)

    def next(self) -> str:
        while True:
            try:
                return self._ids.pop()
            except IndexError:
                self._draw()

    def _draw(self) -> None:
        drawn, digits = urandom(self._size * DRAWN).hex(), 2 * self._size
        ids = (drawn[at : at + digits] for at in range(0, len(drawn), digits))
        self._ids.extend(map(self._write, ids))


def _uuid(raw: str) -> str:
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


_uuids = _Drawn(16, _uuid)
_short_ids = _Drawn(11, str)


def new_id() -> str:
    """A random id in the form of a version 4 UUID."""
    return _uuids.next()


def new_short_id() -> str:
    """A random id as long as those of the `nats` CLI: 22 bytes."""
    return _short_ids.next()


def new_token() -> str:
    """22 random characters, as long as the clients' own inbox names."""
    return urandom(11).hex().upper()
