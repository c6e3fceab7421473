"""The instances of a service, one to a line: who is there, who is gone, how each does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widgets import Static

from engine.fields import moment
from engine.services.service import Endpoint, Stats
from engine.services.service_registry import Rates, SeenInstance
from tui.kit.listing import Column, fitted
from tui.kit.rows import clock, duration
from tui.safe import clean, fit

from .service_rows import NONE, average, rate

_COLUMNS = (
    Column("instance", 8),
    Column("state", 6),
    Column("version", 8, rank=2),
    Column("started", 12, rank=4),
    Column("requests", 8, right=True),
    Column("req/s", 6, right=True, rank=3),
    Column("errors", 6, right=True),
    Column("average", 8, right=True, rank=5),
)
_LONGEST_ID = 24
_MOST = 200
"""Instances that are listed."""
_GAP = "  "
_DAY = 86_400

Part = tuple[SeenInstance, Endpoint | None]
"""An instance, and the endpoint on it; None where it has none."""


class Instances(Static):
    DEFAULT_CSS = "Instances { height: auto; }"

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._parts: Sequence[Part] = ()

    def show(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._draw(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        self.update(Content("\n").join(_lines(self._parts, width or 80)))


def _lines(parts: Sequence[Part], width: int) -> Iterator[Content]:
    now = time.time()
    rows = [_cells(one, part, now) for one, part in parts[:_MOST]]
    most = sum(max(one.width, 0) + len(_GAP) for one in _COLUMNS[1:]) + _LONGEST_ID
    columns = fitted(_COLUMNS, 0, min(width, most))
    yield Content.styled(_line(tuple(one.name for one in _COLUMNS), columns), "$foreground 60%")
    for (one, _), cells in zip(parts, rows, strict=False):
        yield Content.styled(_line(cells, columns), "$text-warning" if one.gone else "$foreground")
    if len(parts) > _MOST:
        yield Content(f"… and {len(parts) - _MOST:,} more")


def _line(cells: Sequence[str], columns: tuple[tuple[int, int], ...]) -> str:
    """Ids of one client differ at their ends, so the beginning gives way."""
    (_, room), *rest = columns
    number = cells[0] if cell_len(clean(cells[0])) <= room else f"…{cells[0][1 - room :]}"
    others = (fit(cells[at], each, _COLUMNS[at].right) for at, each in rest)
    return _GAP.join((fit(number, room), *others)).rstrip()


def _cells(one: SeenInstance, part: Endpoint | None, now: float) -> tuple[str, ...]:
    stats = (part.stats if part else None) or Stats()
    rates = one.rates.get(part.place, Rates()) if part else Rates()
    return (
        one.instance.id or "(no id)",
        "● up" if one.gone is None else "◌ gone",
        one.instance.version or NONE,
        started(one.instance.started, now),
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
