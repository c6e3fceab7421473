"""Fresh names: correlation ids that look like FastStream's, and inbox tokens."""

from __future__ import annotations

import os
from os import urandom

DRAWN = 256
"""Ids that are made at a time: asking the system for each would cost more than writing it."""
_drawn: list[str] = []


def new_id() -> str:
    """A random id in the form of a version 4 UUID."""
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            _draw()


def _draw() -> None:
    raw = urandom(16 * DRAWN).hex()
    _drawn.extend(
        f"{raw[at : at + 8]}-{raw[at + 8 : at + 12]}-4{raw[at + 13 : at + 16]}"
        f"-a{raw[at + 17 : at + 20]}-{raw[at + 20 : at + 32]}"
        for at in range(0, len(raw), 32)
    )


if hasattr(os, "register_at_fork"):  # else there is no fork
    os.register_at_fork(after_in_child=_drawn.clear)


def new_short_id() -> str:
    """A random id as long as those of the `nats` CLI: 22 bytes."""
    return urandom(11).hex()


def new_token() -> str:
    """22 random characters, as long as the clients' own inbox names."""
    return urandom(11).hex().upper()
