"""The headers that the `--schedule-*` flags of `nats pub` stand for, as the CLI writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.drafts.draft import Pairs
from engine.drafts.template import escape

from .flags import Given
from .shell import InvalidCommand

_SMALL = (("ms", 10**6), ("µs", 10**3), ("ns", 1))
_TIMES = ("at", "after", "every", "cron")


def schedule_headers(given: Given) -> Pairs:
    """Raises `InvalidCommand` for what the CLI would refuse."""
    _check(given)
    pairs = [
        ("Nats-Schedule-Target", given.text("schedule-dest")),
        ("Nats-Schedule", _when(given)),
        ("Nats-Schedule-TTL", _duration(given, "schedule-ttl")),
        ("Nats-Schedule-Source", given.text("schedule-source")),
    ]
    return tuple((name, escape(value)) for name, value in pairs if value)


def _when(given: Given) -> str:
    if given.has("schedule-at"):
        return f"@at {_utc(_moment(given.text('schedule-at')))}"
    if given.has("schedule-after"):
        later = timedelta(seconds=given.seconds("schedule-after", 0))
        return f"@at {_utc(datetime.now(UTC) + later)}"
    if given.has("schedule-every"):
        return f"@every {_duration(given, 'schedule-every')}"
    return given.text("schedule-cron")


def _check(given: Given) -> None:
    """One time, and always a destination."""
    times = [f"--schedule-{one}" for one in _TIMES if given.has(f"schedule-{one}")]
    if len(times) > 1:
        said = " and ".join(times)
        raise InvalidCommand(f"{said} say different times: nats takes one of them")
    if not given.has("schedule-dest") and any(one.startswith("schedule-") for one in given.values):
        raise InvalidCommand("--schedule-dest is needed: where the message goes when it is time")


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        words = f"--schedule-at {written!r} is not a time: write 2030-01-31T12:00:00Z"
        raise InvalidCommand(words) from None
    return moment


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _duration(given: Given, flag: str) -> str:
    return go_duration(given.seconds(flag, 0)) if given.has(flag) else ""


def go_duration(seconds: float) -> str:
    """As Go prints durations: 1h0m0s, 1m30s, 1.5s, 20ms.

    Source: Duration.String in Go's package time.
    """
    whole = round(seconds * 1e9)
    if 0 < whole < 10**9:
        unit, size = next(one for one in _SMALL if whole >= one[1])
        return f"{_shortest(whole, size)}{unit}"
    minutes, rest = divmod(whole, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    parts = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{parts}{_shortest(rest, 10**9)}s"


def _shortest(nanoseconds: int, unit: int) -> str:
    whole, rest = divmod(nanoseconds, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
