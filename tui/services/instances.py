"""The instances of a service, one to a line: who is there, who is gone, how each does."""

from __future__ import annotations

import time

from engine.fields import moment
from engine.services.service import Endpoint, Stats
from engine.services.service_registry import Rates, SeenInstance
from tui.kit.columns import Column
from tui.kit.rows import clock, duration

from .service_rows import NONE, average, rate

INSTANCES = (
    Column("instance", 8, grow=True, middle=True),
    Column("state", 6),
    Column("version", 8, rank=2),
    Column("started", 12, rank=4),
    Column("requests", 8, right=True),
    Column("req/s", 6, right=True, rank=3),
    Column("errors", 6, right=True),
    Column("average", 8, right=True, rank=5),
)
_DAY = 86_400


def instance_row(seen: SeenInstance, part: Endpoint | None, now: float) -> tuple[str, ...]:
    stats = (part.stats if part else None) or Stats()
    rates = seen.rates.get(part.place, Rates()) if part else Rates()
    return (
        seen.instance.id or "(no id)",
        "● up" if seen.gone is None else "◌ gone",
        seen.instance.version or NONE,
        started(seen.instance.started, now),
        f"{stats.requests:,}" if part else "without",
        rate(rates.requests),
        f"{stats.errors:,}" if stats.errors else NONE,
        average(stats),
    )


def started(written: str, now: float) -> str:
    """How long ago an instance started, or what it said instead of a time."""
    at = moment({"at": written}, "at")
    if at is None:
        return written or NONE
    if now - at < _DAY:
        return f"{duration(max(0.0, now - at), ticking=True)} ago"
    return day(at)


def day(at: float) -> str:
    """Local day and minute of a time in seconds since the epoch."""
    return f"{time.strftime('%d %b', time.localtime(at))} {clock(at)[:5]}"
