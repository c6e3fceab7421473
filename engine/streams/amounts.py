"""Spans of time and sizes as people write them: 1h30m, 7d, 10 MB; and back into words."""

from __future__ import annotations

import re

from engine.durations import parse_duration
from engine.errors import InvalidInput

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)i?b?")
_MOST = 1 << 62
LONGEST = 100 * 365 * 86_400.0
"""Seconds: what is longer is a slip, and no date of ours can be so far away."""


def parse_age(written: str, what: str = "time") -> float:
    """Seconds of "90s", "1h30m", "7d"; raises `InvalidInput`."""
    try:
        seconds = parse_duration(written.lower(), bare=False)
    except InvalidInput as error:
        raise InvalidInput(f"the {what} {error}") from None
    if seconds > LONGEST:
        raise InvalidInput(f"a {what} of more than a hundred years is not meant")
    return seconds


def parse_size(written: str, what: str = "size") -> int:
    """Bytes of "500", "64 KB", "1.5 GB"; raises `InvalidInput`."""
    found = _SIZE.fullmatch(written.strip().lower().replace(",", ""))
    if not found or (size := int(float(found[1]) * _SIZES[found[2]])) > _MOST:
        raise InvalidInput(f"the {what} {written.strip()!r} is no size: write it as 64 KB or 10 MB")
    return size


def write_age(seconds: float) -> str:
    """The two largest units: 1h30m, 7d, 250ms."""
    left, parts = seconds, []
    for unit in ("w", "d", "h", "m", "s", "ms"):
        whole = int(left / _UNITS[unit] + 1e-9)
        if whole and not (unit == "w" and left % _UNITS[unit]):
            parts.append(f"{whole}{unit}")
            left -= whole * _UNITS[unit]
    return "".join(parts[:2]) or "0s"


def write_size(count: int) -> str:
    """As much as three figures tell: 512 B, 64 KB, 1.5 GB."""
    size, unit = float(min(count, _MOST)), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} {unit}" if unit == "B" or size >= 9.95 else f"{size:.1f} {unit}"
