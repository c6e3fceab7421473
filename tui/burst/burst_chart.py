"""The histogram of a burst, drawn: a scale of round times that moves as little as it can."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from textual.content import Content

from engine.burst.burst import BurstReport
from engine.statistics.histogram import Bucket
from tui.kit.chart import GUTTER, histogram, labelled

_SPREAD = 8.0
"""The scale's ends lie at least this factor apart: a single latency is no wall."""
_STEPS = (1.0, 2.0, 5.0, 10.0)
_MIN_HEIGHT = 2
_EXACT = 1000
"""A count may be shared by several cells: its parts are drawn in thousandths."""


def chart(
    report: BurstReport,
    fine: Sequence[Bucket],
    width: int,
    height: int,
    before: Sequence[Bucket] = (),
) -> Iterator[Content]:
    """Exactly `height` lines: the towers, the axis, the times and the percentiles' places.

    The buckets of the run `before` are drawn behind them, as if it had been as many.
    """
    room = width - GUTTER
    if height < _MIN_HEIGHT + 3 or room < 16 or not fine:
        return
    ends = [report.least, report.most, *_ends(before)]
    low, high = scale(min(ends), max(ends))
    cells = spread(fine, low, high, room)
    exact = [round(count * _EXACT) for count in cells]
    as_many = sum(cells) / max(1, sum(bucket.count for bucket in before)) * _EXACT
    ghost = [round(count * as_many) for count in spread(before, low, high, room)]
    most = math.ceil(max((*exact, *ghost)) / _EXACT)
    yield from histogram(exact, most, low, high, height - 1, ghost)
    yield labelled("", _places(report, low, high, room), "$text-accent")


def _ends(buckets: Sequence[Bucket]) -> Iterator[float]:
    """The least and the most seconds that are in any."""
    seen = [bucket for bucket in buckets if bucket.count]
    if seen:
        yield from (max(seen[0].begin, 1e-6), seen[-1].end)


def scale(least: float, most: float) -> tuple[float, float]:
    """Round times around both, far enough from each other to tell one place from another."""
    low, high = _below(max(least, 1e-6)), _above(max(most, 1e-6))
    while high / low < _SPREAD:
        low, high = _below(low * 0.99), _above(high * 1.01)
    return low, high


def _below(seconds: float) -> float:
    power = 10.0 ** math.floor(math.log10(seconds))
    return max(step * power for step in _STEPS if step * power <= seconds * 1.0001)


def _above(seconds: float) -> float:
    power = 10.0 ** math.floor(math.log10(seconds))
    return min(step * power for step in _STEPS if step * power >= seconds * 0.9999)


def spread(fine: Sequence[Bucket], low: float, high: float, width: int) -> list[float]:
    """The counts of narrow buckets shared out to cells that are wider, or narrower, than they."""
    cells = [0.0] * width
    each = math.log(high / low) / width
    for bucket in fine:
        begin = min(max(math.log(bucket.begin / low) / each, 0.0), width - 1e-9)
        end = min(max(math.log(bucket.end / low) / each, begin + 1e-9), float(width))
        for cell in range(int(begin), min(width, math.ceil(end))):
            share = min(end, cell + 1) - max(begin, cell)
            cells[cell] += bucket.count * max(0.0, share) / (end - begin)
    return cells


def _places(report: BurstReport, low: float, high: float, width: int) -> str:
    """Where the percentiles lie; what would touch another is left out, the higher first."""
    line = [" "] * width
    free = 0
    for name, seconds in (("50", report.p50), ("90", report.p90), ("99", report.p99)):
        at = min(
            width - 1, max(0, int(math.log(max(seconds, low) / low) / math.log(high / low) * width))
        )
        words = f"▴p{name}"
        if at >= free and at + len(words) <= width:
            line[at : at + len(words)] = words
            free = at + len(words) + 1
    return "".join(line).rstrip()
