"""Latencies drawn: the percentiles on one line, the histogram with its axes below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.content import Content

from engine.latency_words import interval
from engine.statistics.histogram import Latencies
from tui.kit.chart import AXES, GUTTER, bins, columns, histogram
from tui.kit.rows import duration

LEAST = 2
"""Lines of the towers at least."""
_MAX_HEIGHT = 14
"""Lines of the histogram, its axes included."""
_MUTED = "$foreground 60%"
_NAMES: tuple[str, ...] = ("min", "p50", "p90", "p99", "max")
_FEWER = (("p50", "p90", "p99", "max"), ("p50", "p99", "max"), ("p50", "p99"))
_GAP = "   "


def latency_lines(told: Latencies, width: int, height: int) -> Iterator[Content]:
    """At most `height` lines of `width` cells; there must be a latency to draw."""
    yield Content(_GAP).join(_figures(told, width))
    if (high := min(_MAX_HEIGHT, height - 1)) >= LEAST + AXES:
        room = width - GUTTER
        shown = bins(told.bars, room)
        most = max(shown.counts, default=0)
        yield from histogram(columns(shown, room), most, shown.low, shown.high, high)


def figure(told: Latencies, name: str, room: int = 0) -> str:
    """One of the figures, as exactly as it is known."""
    return interval(*told.bounds(name), figure=duration, room=room)


def _figures(told: Latencies, width: int) -> list[Content]:
    """All on one line: where bounds would not fit they are told more coarsely, and where that
    does not fit either, only the figures that say most are told.
    """
    names, values = _NAMES, [figure(told, name) for name in _NAMES]
    room = width - _needed(names, ())
    if sum(map(cell_len, values)) > room:
        values = [figure(told, name, room // len(names)) for name in names]
    for fewer in _FEWER:
        if _needed(names, values) <= width:
            break
        names = fewer
        values = [figure(told, name) for name in names]
    return [
        Content.assemble((f"{name} ", _MUTED), value)
        for name, value in zip(names, values, strict=True)
    ]


def _needed(names: Sequence[str], values: Sequence[str]) -> int:
    return len(_GAP.join(names)) + len(names) + sum(map(cell_len, values))
