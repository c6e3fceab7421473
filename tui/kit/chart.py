"""Small charts of block characters: a sparkline, a bar, and a histogram with its axes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from textual.content import Content

GUTTER = 9
"""Cells to the left of a histogram."""
AXES = 2
"""Lines under its towers."""
_MUTED = "$foreground 60%"
_STEPS = " ▁▂▃▄▅▆▇█"
_GROWTH = 1.1
_MIN_BINS = 24
"""Buckets at least, a decade of them: a single latency is no wall."""
_ROUND = (1, 2, 5)
_AXIS, _TICK = "─", "┴"
_INK, _GHOST, _GHOST_INK = "$text-primary", "░", "$foreground 40%"


class Bins(NamedTuple):
    """Counts of equal width on a scale where each is a fixed factor longer."""

    counts: tuple[int, ...]
    low: float
    """Seconds at the left end."""
    high: float
    """Seconds at the right end."""


def spark(series: Sequence[int], width: int) -> str:
    """The newest figures at the right end, as many to a cell as it takes to show all."""
    if width <= 0 or not any(series):
        return " " * max(0, width)
    each = math.ceil(len(series) / width)
    whole = len(series) // each * each
    recent = series[len(series) - whole :]
    cells = [sum(recent[at : at + each]) for at in range(0, whole, each)]
    return "".join(step(count, max(cells)) for count in cells).rjust(width)


def step(value: int, most: int) -> str:
    """One cell, the fuller the more; only nothing is empty."""
    return _STEPS[math.ceil(value * 8 / most)] if most else _STEPS[0]


def bar(value: float, most: float, width: int) -> str:
    return "█" * max(1, round(value * width / most)) if value and most else ""


def bins(bars: Sequence[tuple[float, int]], width: int) -> Bins:
    """The bars of `Latencies` in at most `width` bins, with room at both ends to fill it."""
    if not bars or width <= 0:
        return Bins((), 0.0, 0.0)
    counts = [count for _, count in bars]
    room = width // max(1, width // max(_MIN_BINS, len(counts)))
    missing = max(0, room - len(counts))
    before, after = missing // 2, missing - missing // 2
    counts = [0] * before + counts + [0] * after
    low = bars[0][0] / math.pow(_GROWTH, before + 1)
    each = math.ceil(len(counts) / width)
    counts += [0] * (-len(counts) % each)
    merged = tuple(sum(counts[at : at + each]) for at in range(0, len(counts), each))
    return Bins(merged, low, low * math.pow(_GROWTH, len(counts)))


def columns(shown: Bins, width: int) -> list[int]:
    """The count that each cell of the width stands for; all bins are equally wide."""
    each = width // len(shown.counts) if shown.counts else 0
    return [count for count in shown.counts for _ in range(each)]


def towers(cells: Sequence[int], height: int, most: int = 0) -> Iterator[str]:
    """Lines of the chart, the top one first; `most` is the count of a full tower."""
    most = max(most, *cells, 0)
    eighths = [math.ceil(count * 8 * height / most) if most else 0 for count in cells]
    for floor in range(8 * (height - 1), -1, -8):
        yield "".join(_STEPS[min(8, max(0, high - floor))] for high in eighths)


def histogram(
    cells: Sequence[int],
    most: int,
    low: float,
    high: float,
    height: int,
    ghost: Sequence[int] = (),
) -> Iterator[Content]:
    """`height` lines: towers from `low` to `high` seconds, `most` at the top, and the axes.

    Where the towers of a `ghost` are higher than these, they are seen behind them.
    """
    full, room = max((*cells, *ghost), default=0), height - AXES
    lines = zip(towers(cells, room, full), towers(ghost, room, full), strict=True)
    for at, (line, behind) in enumerate(lines):
        label = f"{most:,} ┤" if at == 0 else "│"
        ahead = " " * max(0, GUTTER - len(label))
        yield Content.assemble(ahead, (label, _MUTED), *_over(line, behind))
    rule, times = axis(low, high, len(cells))
    yield labelled("0 ┴", rule, _MUTED)
    yield labelled("", times, _MUTED)


def _over(line: str, behind: str) -> Iterator[tuple[str, str]]:
    """The parts of a line, each with its ink, in front of another one."""
    drawn = (
        (front, _INK) if front != " " else (_GHOST, _GHOST_INK) if far != " " else (" ", "")
        for front, far in zip_longest(line, behind, fillvalue=" ")
    )
    for ink, found in groupby(drawn, key=lambda cell: cell[1]):
        yield "".join(letter for letter, _ in found), ink


def labelled(label: str, drawn: str, ink: str) -> Content:
    """Blanks stand apart from what is coloured, which some terminals and pictures need."""
    ahead = " " * max(0, GUTTER - len(label))
    blank = " " * (len(drawn) - len(drawn.lstrip(" ")))
    return Content.assemble(ahead, (label, _MUTED), blank, (drawn.strip(" "), ink))


def axis(low: float, high: float, width: int) -> tuple[str, str]:
    """The line under a histogram and the times under that."""
    line, labels, free = [_AXIS] * width, [" "] * (width + 8), 0
    for seconds in _ticks(low, high):
        at = round(math.log(seconds / low) / math.log(high / low) * width)
        words = _time(seconds)
        begin = max(0, at - len(words) // 2)
        if begin >= free and at < width and begin + len(words) <= width:
            line[at] = _TICK
            labels[begin : begin + len(words)] = words
            free = begin + len(words) + 2
    return "".join(line), "".join(labels).rstrip()


def _ticks(low: float, high: float) -> Iterator[float]:
    """Round times between the two; only powers of ten when there are many."""
    if low <= 0 or high <= low:
        return
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = _ROUND if len(decades) < 5 else (1,)
    for decade in decades:
        yield from (n * 10.0**decade for n in steps if low <= n * 10.0**decade <= high)


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * 0.999 or unit == "µs":
            return f"{seconds / size:.4g} {unit}"
    raise AssertionError
