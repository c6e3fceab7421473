"""Fair rounds: every contestant in each round, the order turned each time, medians told."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable

Contest = dict[str, Callable[[], Awaitable[float]]]


async def interleave(contest: Contest, rounds: int) -> dict[str, float]:
    """The median figure of each contestant over `rounds` rounds, after one to warm up."""
    figures: dict[str, list[float]] = {name: [] for name in contest}
    names = list(contest)
    for turn in range(rounds + 1):
        for name in names if turn % 2 else reversed(names):
            figure = await contest[name]()
            if turn:
                figures[name].append(figure)
    return {name: statistics.median(values) for name, values in figures.items()}


def row(what: str, ratio: float, budget: float, *, least: bool = True) -> str:
    """One line of the report: a ratio beside its budget."""
    good = ratio >= budget if least else ratio <= budget
    sign = ">=" if least else "<="
    return f"  {'ok  ' if good else 'MISS'} {what:<58} {ratio:6.2f}x   budget {sign} {budget:g}x"


def limit(what: str, value: float, unit: str, budget: float) -> str:
    """One line of the report: a figure that is to stay under its budget."""
    sign = "ok  " if value <= budget else "MISS"
    return f"  {sign} {what:<58} {value:5.1f} {unit:<2}  budget <= {budget:g} {unit}"
