"""Latencies drawn: the percentiles on one line, the histogram with its axes below."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from engine.statistics.histogram import Latencies
from engine.words import interval

from .chart import AXES, GUTTER, bins, columns, histogram
from .rows import duration

LEAST = 2
"""Lines of the towers at least."""
_MAX_HEIGHT = 14
"""Lines of the histogram, its axes included."""
_MUTED = "$foreground 60%"


def latency_lines(told: Latencies, width: int, height: int) -> Iterator[Content]:
    """At most `height` lines of `width` cells; there must be a latency to draw."""
    words = ((name, figure(told, name)) for name in ("min", "p50", "p90", "p99", "max"))
    yield Content.assemble(*(part for name, value in words for part in _pair(name, value)))
    if (high := min(_MAX_HEIGHT, height - 1)) >= LEAST + AXES:
        room = width - GUTTER
        shown = bins(told.bars, room)
        most = max(shown.counts, default=0)
        yield from histogram(columns(shown, room), most, shown.low, shown.high, high)


def figure(told: Latencies, name: str, room: int = 0) -> str:
    """One of the figures, as exactly as it is known."""
    return interval(*told.bounds(name), figure=duration, room=room)


def _pair(name: str, value: str) -> Iterator[tuple[str, str] | str]:
    yield f"{name} ", _MUTED
    yield f"{value}   "
