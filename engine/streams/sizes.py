"""Sizes as people write them: 500, 64 KB, 1.5 GB; and back."""

from __future__ import annotations

import re

from engine.errors import InvalidInput

_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)i?b?")
_MAX_SIZE = 1 << 62


def parse_size(written: str) -> int:
    """Bytes of "500", "64 KB", "1.5 GB"; raises `InvalidInput`."""
    found = _SIZE.fullmatch(written.strip().lower().replace(",", ""))
    if not found or (size := int(float(found[1]) * _SIZES[found[2]])) > _MAX_SIZE:
        raise InvalidInput(f"the size {written.strip()!r} is no size: write it as 64 KB or 10 MB")
    return size


def write_size(count: int) -> str:
    """As much as three figures tell: 512 B, 64 KB, 1.5 GB."""
    size, unit = float(min(count, _MAX_SIZE)), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"
