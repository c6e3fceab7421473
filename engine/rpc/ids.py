"""Fresh names: correlation ids that look like FastStream's, and inbox tokens."""

from __future__ import annotations

from os import urandom


def new_id() -> str:
    """A random id in the form of a version 4 UUID."""
    raw = urandom(16).hex()
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def new_short_id() -> str:
    """A random id as long as those of the `nats` CLI: 22 bytes."""
    return urandom(11).hex()


def new_token() -> str:
    """22 random characters, as long as the clients' own inbox names."""
    return urandom(11).hex().upper()
