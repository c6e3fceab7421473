"""Durations as people and the nats CLI write them: 2 s, 500ms, 1m30s, 7d; and back."""

from __future__ import annotations

import re
from decimal import Decimal

from engine.errors import InvalidInput

_UNITS = {
    "ns": "1e-9",
    "us": "1e-6",
    "µs": "1e-6",
    "μs": "1e-6",
    "ms": "1e-3",
    "s": "1",
    "m": "60",
    "min": "60",
    "h": "3600",
    "d": "86400",
    "w": "604800",
    "M": "2592000",
    "y": "31536000",
}
"""Seconds; exact, so that what natstap wrote is read back as it was. Months are the CLI's."""
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(min|ns|us|µs|μs|ms|[smhdDwWMyY])\s*", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+", re.ASCII)
_MAX_LENGTH = 100


def parse_duration(written: str, *, bare: bool = True) -> float:
    """Seconds of "2 s", "500ms", "1m30s", "7d"; raises `InvalidInput`.

    `bare` says that a number without a unit is seconds. M is a month, m a minute.
    """
    plain = written.strip()
    if _NUMBER.fullmatch(plain) and (bare or not plain.strip("0")):
        plain += "s"
    if len(plain) > _MAX_LENGTH or not _WHOLE.fullmatch(plain):
        raise InvalidInput(f"{written.strip()[:_MAX_LENGTH]!r} is not a duration: try 2 s")
    parts = _PART.findall(plain)
    units = ((number, _UNITS.get(unit) or _UNITS[unit.lower()]) for number, unit in parts)
    return float(sum(Decimal(number) * Decimal(unit) for number, unit in units))


def write_duration(seconds: float) -> str:
    """As it is written into a field, and read back: 2 s, 500 ms."""
    return f"{seconds:g} s" if seconds >= 1 or not seconds else f"{seconds * 1000:g} ms"
