"""The table of statistics: its columns, and the words in them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style

from engine.journal import State
from engine.statistics.statistics import Order, SubjectStats
from tui.kit.chart import spark
from tui.kit.columns import GAP, MARKER, Ink
from tui.kit.glyphs import COUNTED
from tui.kit.latency_chart import figure
from tui.safe import abridge, fit

_SORTED = "▾"
_NONE = "–"


class Column(NamedTuple):
    name: str
    width: int
    order: Order | None = None
    """How the table is sorted when this column is marked."""
    right: bool = True


Columns = tuple[Column, ...]

_SUBJECT = Column("subject", 0, "subject", right=False)
_SPARK = Column("last 60 s", 20, right=False)
_SHORT_SPARK = _SPARK._replace(name="60 s", width=10)
_LONG_SPARK = _SPARK._replace(width=30)
_MINUTE = _SPARK._replace(width=60)
_RATE = Column("rate/s", 7, "rate")
_COUNT = Column("count", 9, "count")
_P50, _P90 = Column("p50", 8), Column("p90", 8)
_P99 = Column("p99", 8, "latency")
_REPLIES = Column("replies", 7)
_FAILED = Column("failed", 7, "failed")
_KINDS = Column("by kind", 18, right=False)
_LONG_KINDS = _KINDS._replace(width=30)
_LAYOUTS = (
    (28, 48, (_MINUTE, _RATE, _COUNT, _P50, _P90, _P99, _REPLIES, _FAILED, _LONG_KINDS)),
    (28, 48, (_LONG_SPARK, _RATE, _COUNT, _P50, _P90, _P99, _REPLIES, _FAILED, _KINDS)),
    (20, 48, (_SPARK, _RATE, _COUNT, _P50, _P90, _P99, _REPLIES, _FAILED)),
    (20, 40, (_SHORT_SPARK, _RATE, _COUNT, _P50, _P90, _P99, _FAILED)),
    (15, 24, (_SHORT_SPARK, _RATE, _COUNT, _P50, _P99, _FAILED)),
    (15, 15, (_RATE, _COUNT, _P50, _P99, _FAILED)),
    (12, 12, (_RATE, _COUNT, _P50, _FAILED)),
    (6, 6, (_COUNT,)),
    (0, 0, ()),
)
"""The least width of a short subject and of a long one, and the columns that leave it that much."""


@lru_cache(maxsize=256)
def layout(width: int, longest: int = 0) -> Columns:
    """The columns for rows of `width` cells, where the longest subject takes so many."""
    for least, long, rest in _LAYOUTS:
        subject = width - 1 - sum(len(GAP) + one.width for one in rest)
        if subject >= max(least, min(longest, long)):
            return (_SUBJECT._replace(width=max(0, subject)), *rest)
    raise AssertionError


def head(columns: Columns, order: Order, ink: Ink) -> list[Segment]:
    """The names over the columns; the one that the table is sorted by is marked."""
    parts = [Segment(" ", ink())]
    for one in columns:
        by = one.order == order
        name = one.name + _SORTED if by else one.name
        parts += _placed(name, one, ink("active" if by else "muted"), ink())
    return parts


def order_at(columns: Columns, x: int) -> Order | None:
    """The order of the column whose name is there; None where there is none."""
    end = 1
    for one in columns:
        end += one.width
        if x < end:
            return one.order
        end += len(GAP)
    return None


def _placed(words: str, column: Column, style: Style, ground: Style) -> list[Segment]:
    """A cell in its column; no segment begins with a blank and goes on."""
    shown = fit(words, column.width, column.right)
    figure = shown.lstrip(" ")
    ahead = " " * (len(shown) - len(figure)) + ("" if column.name == _SUBJECT.name else GAP)
    return [Segment(ahead, ground), Segment(figure, style)]


def segments(seen: SubjectStats, columns: Columns, ink: Ink, cursor: bool) -> list[Segment]:
    ground = ("cursor",) if cursor else ()
    parts = [Segment(MARKER if cursor else " ", ink(*ground, "active"))]
    for column in columns:
        style = ink(*ground, *_role(seen, column))
        parts += _placed(_cell(seen, column), column, style, ink(*ground))
    return parts


def _role(seen: SubjectStats, column: Column) -> tuple[str, ...]:
    if column.name == _SPARK.name or column.name == _SHORT_SPARK.name:
        return ("active",)
    if column in (_FAILED, _KINDS, _LONG_KINDS):
        return ("bad",) if seen.failed else ("muted",)
    return ()


def _cell(seen: SubjectStats, column: Column) -> str:
    if column in (_P50, _P90, _P99):
        told = seen.latency
        return figure(told, column.name, column.width) if told.count else _NONE
    if column == _SUBJECT._replace(width=column.width):
        return abridge(seen.subject, column.width)
    if column.name in (_SPARK.name, _SHORT_SPARK.name):
        return spark(seen.series, column.width)
    return _figure(seen, column)


def _figure(seen: SubjectStats, column: Column) -> str:
    if column == _RATE:
        return rate(seen)
    if column == _COUNT:
        return f"{seen.count:,}"
    if column == _REPLIES:
        return f"{replies(seen):.2g}" if seen.states else _NONE
    if column == _FAILED:
        return f"{seen.failed:,}" if seen.failed else _NONE
    return kinds(seen)


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
