"""Latencies drawn: the percentiles on one line, the histogram with its axes below."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from engine.statistics.histogram import Latencies
from engine.words import interval

from .chart import Bins, axis, bins, columns, towers
from .rows import duration

GUTTER = 8
"""Cells to the left of the chart."""
LEAST = 2
MOST = 12
"""Lines of the histogram."""
_MUTED = "$foreground 60%"


def latency_lines(told: Latencies, width: int, height: int) -> Iterator[Content]:
    """At most `height` lines of `width` cells; there must be a latency to draw."""
    words = ((name, figure(told, name)) for name in ("min", "p50", "p90", "p99", "max"))
    yield Content.assemble(*(part for name, value in words for part in _pair(name, value)))
    room = width - GUTTER
    yield from _histogram(bins(told.bars, room), room, min(MOST, height - 3))


def figure(told: Latencies, name: str, room: int = 0) -> str:
    """One of the figures, as exactly as it is known."""
    return interval(*told.bounds(name), figure=duration, room=room)


def _pair(name: str, value: str) -> Iterator[tuple[str, str] | str]:
    yield f"{name} ", _MUTED
    yield f"{value}   "


def _histogram(shown: Bins, room: int, height: int) -> Iterator[Content]:
    if height < LEAST:
        return
    cells = columns(shown, room)
    for at, line in enumerate(towers(cells, height)):
        label = f"{max(shown.counts):,} ┤" if at == 0 else "│"
        blank = " " * (len(line) - len(line.lstrip(" ")))
        yield Content.assemble(*_gutter(label), blank, (line.lstrip(" "), "$text-primary"))
    rule, times = axis(shown, len(cells))
    yield Content.assemble(*_gutter(f"0 ┴{rule}", 3))
    indent = len(times) - len(times.lstrip(" "))
    yield Content.assemble(" " * (GUTTER + indent), (times.lstrip(" "), _MUTED))


def _gutter(words: str, inside: int = 0) -> tuple[str, tuple[str, str]]:
    """Words of which so many cells (or all) end where the chart begins."""
    return " " * max(0, GUTTER - (inside or len(words))), (words, _MUTED)
