"""The table of statistics: its columns, and the words in them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar

from engine.journal import State
from engine.statistics.subject_tally import SubjectStats
from tui.kit.chart import spark
from tui.kit.columns import Cell, Column, Columns, Fitted
from tui.kit.glyphs import COUNTED
from tui.kit.latency_chart import figure

_NONE = "–"

COLUMNS = (
    Column(
        "subject",
        48,
        grow=True,
        middle=True,
        narrower=((7, 40), (6, 24), (5, 15), (4, 12), (3, 6), (2, 4)),
        order="subject",
    ),
    Column("60 s", 60, rank=5, narrower=((9, 30), (8, 20), (7, 10))),
    Column("rate/s", 7, right=True, rank=3, order="rate"),
    Column("count", 9, right=True, rank=2, order="count"),
    Column("p50", 8, right=True, rank=3),
    Column("p90", 8, right=True, rank=6),
    Column("p99", 8, right=True, rank=4, order="latency"),
    Column("replies", 7, right=True, rank=7),
    Column("failed", 7, right=True, rank=3, order="failed"),
    Column("by kind", 30, rank=8, narrower=((9, 18),)),
)


class StatRows:
    """The subjects in order; only those in sight are looked at."""

    steady: ClassVar[bool] = False

    def __init__(self, names: Sequence[str], look: Callable[[str], SubjectStats]) -> None:
        self.names = names
        self._look = look
        self._places = {name: at for at, name in enumerate(names)}
        self._looked: dict[str, SubjectStats] = {}

    def __len__(self) -> int:
        return len(self.names)

    def key(self, index: int) -> str:
        return self.names[index]

    def place_of(self, key: Hashable, near: int) -> int:
        return self._places.get(str(key), near)

    def look(self, index: int) -> SubjectStats:
        return self.figures(self.names[index])

    def figures(self, name: str) -> SubjectStats:
        if name not in self._looked:
            self._looked[name] = self._look(name)
        return self._looked[name]

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[Cell]:
        assert isinstance(look, SubjectStats)
        return [_cell(look, COLUMNS[at].name, cells) for at, cells in sizes]

    def held(self, columns: Columns) -> tuple[int, ...]:
        longest = max(map(len, self.names), default=0)
        return (max(longest, len(columns[0].name)), *(0,) * (len(columns) - 1))


def _cell(seen: SubjectStats, name: str, width: int) -> Cell:
    match name:
        case "subject":
            return Cell(seen.subject)
        case "60 s":
            return Cell(spark(seen.series, width), "active")
        case "p50" | "p90" | "p99":
            told = seen.latency
            return Cell(figure(told, name, width) if told.count else _NONE)
        case "failed" | "by kind":
            words = kinds(seen) if name == "by kind" else f"{seen.failed:,}"
            role = "bad" if seen.failed else "muted"
            return Cell(words if seen.failed or name == "by kind" else _NONE, role)
        case "rate/s":
            return Cell(rate(seen))
        case "replies":
            return Cell(f"{replies(seen):.2g}" if seen.states else _NONE)
    return Cell(f"{seen.count:,}")


def replies(seen: SubjectStats) -> float:
    """Replies per request; the server's own "no responders" is none."""
    states = dict(seen.states)
    asked = sum(states.values())
    return max(0, seen.replies - states.get(State.NO_RESPONDERS, 0)) / asked if asked else 0.0


def rate(seen: SubjectStats) -> str:
    """Exchanges a second over the last ten."""
    value = seen.rates[1]
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value else _NONE


def kinds(seen: SubjectStats) -> str:
    """The failures by kind, as glyph, word and number."""
    signs = ((COUNTED[state], count) for state, count in seen.failures)
    return "  ".join(f"{sign.glyph} {sign.short} {count:,}" for sign, count in signs)
