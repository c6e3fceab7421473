"""The headers that the `--schedule-*` flags of `nats pub` stand for, as the CLI writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.drafts.draft import Pairs
from engine.drafts.template import escape
from engine.durations import go_duration

from .flags import Given
from .shell import InvalidCommand

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
    times = [f"--schedule-{when}" for when in _TIMES if given.has(f"schedule-{when}")]
    if len(times) > 1:
        said = " and ".join(times)
        raise InvalidCommand(f"{said} say different times: nats takes one of them")
    if not given.has("schedule-dest") and any(
        flag.startswith("schedule-") for flag in given.values
    ):
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
