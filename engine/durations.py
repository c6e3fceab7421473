"""Durations as people, the nats CLI, Go and ISO 8601 write them: 2 s, 1m30s, 7d; and back."""

from __future__ import annotations

import re
from datetime import timedelta

from engine.errors import InvalidInput, InvalidOption

FORECAST_TIMEOUT = 1.0
"""Seconds for each question about who would get a message."""
DIAGNOSIS_TIMEOUT = 3.0
"""Seconds: so that each question waits as long as the forecast's, which then can be shared."""
FEED_REPLY_WAIT = 5.0
"""Seconds that a reply may take before a watched request counts as unanswered."""
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
MAX_WAIT = 86_400.0
"""Seconds that a request may wait, or an answer be put off."""
MAX_AGE = 100 * 365 * 86_400.0
"""Seconds: what is longer is a slip, and no date of ours can be so far away."""
_GO_UNITS = (("ms", 10**6), ("µs", 10**3), ("ns", 1))


def parse_duration(written: str, *, bare: bool = True) -> float:
    """Seconds of "2 s", "500ms", "1m30s", "7d"; raises `InvalidInput`.

    `bare` says that a number without a unit is seconds. M is a month, m a minute.
    """
    plain = written.strip()
    if plain.isascii() and plain[:-1].isdigit() and plain[-1] == "s" and len(plain) < 10:
        return float(plain[:-1])
    from decimal import Decimal  # costs time, and most durations are whole seconds

    if _NUMBER.fullmatch(plain) and (bare or not plain.strip("0")):
        plain += "s"
    if len(plain) > _MAX_LENGTH or not _WHOLE.fullmatch(plain):
        raise InvalidInput(f"{written.strip()[:_MAX_LENGTH]!r} is not a duration: try 2 s")
    parts = _PART.findall(plain)
    units = ((number, _UNITS.get(unit) or _UNITS[unit.lower()]) for number, unit in parts)
    return float(sum(Decimal(number) * Decimal(unit) for number, unit in units))


def check_wait(name: str, seconds: float | None) -> float:
    """A time to wait, None for a day; raises `InvalidOption`. Less than 0 is 0."""
    if seconds is None:
        return MAX_WAIT
    number = type(seconds) is float or (
        isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    )
    if not number or seconds != seconds:
        raise InvalidOption(name, f"{seconds!r} is not a number of seconds")
    return seconds if seconds < MAX_WAIT else MAX_WAIT


def parse_age(written: str, what: str = "time") -> float:
    """Seconds of "90s", "1h30m", "7d"; raises `InvalidInput`."""
    try:
        seconds = parse_duration(written.lower(), bare=False)
    except InvalidInput as error:
        raise InvalidInput(f"the {what} {error}") from None
    if seconds > MAX_AGE:
        raise InvalidInput(f"a {what} of more than a hundred years is not meant")
    return seconds


def write_duration(seconds: float) -> str:
    """As it is written into a field, and read back: 2 s, 500 ms."""
    return f"{seconds:g} s" if seconds >= 1 or not seconds else f"{seconds * 1000:g} ms"


def write_age(seconds: float) -> str:
    """The two largest units: 1h30m, 7d, 250ms."""
    left, parts = seconds, []
    for unit in ("w", "d", "h", "m", "s", "ms"):
        size = float(_UNITS[unit])
        whole = int(left / size + 1e-9)
        if whole and not (unit == "w" and left % size):
            parts.append(f"{whole}{unit}")
            left -= whole * size
    return "".join(parts[:2]) or "0s"


def go_duration(seconds: float) -> str:
    """As Go prints durations: 1h0m0s, 1m30s, 1.5s, 20ms.

    Source: Duration.String in Go's package time.
    """
    whole = round(seconds * 1e9)
    if 0 < whole < 10**9:
        unit, size = next(known for known in _GO_UNITS if whole >= known[1])
        return f"{_shortest(whole, size)}{unit}"
    minutes, rest = divmod(whole, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    parts = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{parts}{_shortest(rest, 10**9)}s"


def _shortest(nanoseconds: int, unit: int) -> str:
    whole, rest = divmod(nanoseconds, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


def iso_duration(value: timedelta) -> str:
    """ISO 8601, e.g. P1DT2.5S."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    days = f"{value.days}D" if value.days else ""
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    second = f"{seconds}.{value.microseconds:06d}".rstrip("0") if value.microseconds else seconds
    parts = [
        f"{hours}H" if hours else "",
        f"{minutes}M" if minutes else "",
        f"{second}S" if second else "",
    ]
    clock = "".join(parts)
    if not days and not clock:
        return "PT0S"
    return f"{sign}P{days}{'T' + clock if clock else ''}"
