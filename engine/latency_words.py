"""How long something took, in words: as exactly as it is known, and no more exactly."""

from __future__ import annotations

import math
from collections.abc import Callable

ALIKE = 0.02
"""Bounds that differ by no more than this share of the larger are one figure."""
ALIKE_OWN = 0.1
"""So are those of natstap's own requests, which were sent at a known moment."""
ALIKE_MOMENTS = 0.005
"""And those of moments in a row, which are told from one another by their last figure."""
SHORT = 1e-3
"""Seconds that own times need not be right to; those of others as far as it is a tenth."""
_TENTH = 0.1
FINE = 1e-4
"""Bounds that differ by at most so many seconds are one figure too, where the larger is at most
twice the smaller: a program's own turns take as long."""
_NOTHING = 0.01
"""A lower bound below this share of the upper one says nothing."""


def span(seconds: float) -> str:
    """A time span as people say it: 0.41 ms, 3.2 ms, 2.4 s, 2 s, 3 min 5 s."""
    ms = max(0.0, seconds) * 1000
    if ms < 999.5:
        return f"{ms:.2f} ms" if ms < 0.995 else f"{ms:.1f} ms" if ms < 99.95 else f"{ms:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def agree(low: float, high: float, own: bool = False, alike: float | None = None) -> bool:
    """True when one figure may stand for a time (seconds) that has these bounds."""
    share = alike if alike is not None else ALIKE_OWN if own else ALIKE
    apart, short = high - low, SHORT if own else min(SHORT, _TENTH * high)
    return apart <= max(share * high, short) or (apart <= FINE and 2 * low >= high)


def settled(low: float, high: float, own: bool = False) -> tuple[float, float]:
    """Bounds as they are shown and compared: both alike where one figure stands for them."""
    return (high, high) if agree(low, high, own) else (low, high)


def interval(
    low: float,
    high: float,
    *,
    own: bool = False,
    alike: float | None = None,
    figure: Callable[[float], str] = span,
    at_most: str = "≤ ",
    unknown: str = "?",
    room: int = 0,
) -> str:
    """A time (seconds) as exactly as it is known: "5.1 ms", "≤ 41 ms", "0.3–12 ms", "?".

    One figure is written by `figure`; bounds are rounded outward. Where the lower one does not
    fit into `room` cells, not even in whole numbers, it is left out: what stands there is true.
    """
    if high == math.inf:
        return unknown
    if agree(low, high, own, alike):
        return figure(high)
    if high >= 99.5:
        most, both = figure(high), f"{figure(low)}–{figure(high)}"
        unit, size = "min", 60.0
    else:
        unit, size = ("ms", 1e-3) if high < 0.9995 else ("s", 1.0)
        most = f"{_outward(high / size, math.ceil)} {unit}"
        both = f"{_outward(low / size, math.floor)}–{most}"
    if low < _NOTHING * high or both.startswith("0–"):
        return f"{at_most}{most}"
    if not room or len(both) <= room:
        return both
    return _coarse(low / size, high / size, unit, room) or f"{at_most}{most}"


def _coarse(low: float, high: float, unit: str, room: int) -> str:
    """Bounds in whole numbers, where these fit and the lower one is more than nothing."""
    said = f"{math.floor(low)}–{math.ceil(high)} {unit}"
    return said if low >= 1 and len(said) <= room else ""


def spoken(low: float, high: float, own: bool = False) -> str:
    """`interval` as it stands in a sentence: "5.1 ms", "at most 41 ms", "an unknown time"."""
    return interval(low, high, own=own, at_most="at most ", unknown="an unknown time")


def _outward(value: float, rounded: Callable[[float], int]) -> str:
    """Two figures or so, rounded up or down."""
    places = 0 if value >= 9.95 else 1
    scale = 10**places
    kept = rounded(round(value * scale, 3)) / scale
    return f"{kept:.{places}f}".rstrip("0").rstrip(".") if places else f"{kept:.0f}"
