"""How much a layer may unpack to: a few bytes can stand for gigabytes."""

from __future__ import annotations

MAX_UNPACKED = 16 << 20
"""Bytes that one layer unpacks to, at most."""
TOO_LARGE = f"it unpacks to more than {MAX_UNPACKED >> 20} MiB, so natstap does not open it"
