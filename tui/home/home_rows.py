"""The rows of the map: a subject, who listens there, and how much comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tui.kit.table import Cell, Column, Row

from .home_look import HomeEntry

COLUMNS = (
    Column("", 1),
    Column("subject", 16, grow=True, middle=True, order="subject"),
    Column("who listens", 12, grow=True, rank=2, order="who"),
    Column("queue", 12, rank=5, order="queue"),
    Column("subs", 5, right=True, rank=7),
    Column("messages", 9, right=True, rank=3, order="messages"),
    Column("msg/s", 7, right=True, rank=6, order="rate"),
    Column("service, stream", 14, grow=True, rank=4, order="offered"),
)
_NONE = "–"
ORDERS: dict[str, Callable[[HomeEntry], Any]] = {
    "subject": lambda entry: entry.key,
    "who": lambda entry: (entry.who, entry.key),
    "queue": lambda entry: (not entry.queue, entry.queue, entry.key),
    "messages": lambda entry: (-entry.messages, entry.key),
    "rate": lambda entry: (-(entry.rate or 0), entry.key),
    "offered": lambda entry: (not entry.offered, entry.offered, entry.key),
}
"""By what the rows are sorted; figures have the greatest first."""


def home_rows(entries: Iterable[HomeEntry], watched: Sequence[str]) -> list[Row]:
    """`watched` are the subjects that natstap listens to itself."""
    return [_row(entry, entry.subject in watched) for entry in entries]


def _row(entry: HomeEntry, watched: bool) -> Row:
    who = Cell(_names(entry), "name")
    if entry.stream:
        who = Cell(f"▤ {entry.stream}", "active")
    cells = (
        Cell("◎" if watched else "", "warn"),
        Cell(entry.subject, "muted" if entry.tap else ""),
        who,
        Cell(entry.queue or _NONE, "" if entry.queue else "muted"),
        Cell(f"{entry.count:,}" if entry.count else _NONE, "" if entry.count else "muted"),
        Cell(f"{entry.messages:,}"),
        Cell(_rate(entry.rate), "active" if entry.rate else "muted"),
        Cell("hears everything" if entry.tap else entry.offered, "muted" if entry.tap else ""),
    )
    return Row(entry.key, cells)


def _names(entry: HomeEntry) -> str:
    """One name that several go by is told once."""
    if len(entry.who) == 1 and entry.count > 1:
        return f"{entry.who[0]} ×{entry.count}"
    return ", ".join(entry.who)


def _rate(value: float | None) -> str:
    if not value:
        return _NONE
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def holds(entry: HomeEntry, words: Sequence[str]) -> bool:
    """True when every word is somewhere in it; `words` are in lower case."""
    whole = " ".join((entry.subject, *entry.who, entry.queue, entry.offered)).lower()
    return all(word in whole for word in words)
