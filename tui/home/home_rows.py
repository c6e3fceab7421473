"""The rows of the map: a subject, who listens there, and how much comes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, ClassVar, cast

from engine.subject import covers
from tui.kit.columns import Cell, Column, Columns, Fitted, measure

from .home_look import HomeEntry

COLUMNS = (
    Column("", 1),
    Column("subject", 16, grow=True, middle=True, order="subject"),
    Column("who listens", 12, grow=True, rank=2, order="who"),
    Column("queue", 12, rank=5, order="queue", snug=True),
    Column("subs", 5, right=True, rank=7),
    Column("messages", 9, right=True, rank=3, order="messages"),
    Column("msg/s", 7, right=True, rank=6, order="rate"),
    Column("service, stream", 14, grow=True, rank=4, order="offered"),
)
_NONE = "–"
_MAX_NAMES = 20
"""Clients of a row that are named; no screen is wide enough for more."""
_MAX_MEASURED = 1000
"""Rows that are looked at for the longest text."""
ORDERS: dict[str, Callable[[HomeEntry], Any]] = {
    "subject": lambda entry: entry.key,
    "who": lambda entry: (entry.who, entry.key),
    "queue": lambda entry: (not entry.queue, entry.queue, entry.key),
    "messages": lambda entry: (-entry.messages, entry.key),
    "rate": lambda entry: (-(entry.rate or 0), entry.key),
    "offered": lambda entry: (not entry.offered, entry.offered, entry.key),
}
"""By what the rows are sorted; figures have the greatest first."""


class HomeRows:
    """The rows, of which only those in sight are made: there may be tens of thousands.

    `watched` are the subjects that natstap listens to itself.
    """

    steady: ClassVar[bool] = False

    def __init__(self, entries: Sequence[HomeEntry], watched: Sequence[str] = ()) -> None:
        self.entries = entries
        self._watched = watched

    def __len__(self) -> int:
        return len(self.entries)

    def key(self, index: int) -> Hashable:
        return self.entries[index].key

    def place_of(self, key: Hashable, near: int) -> int:
        if near < len(self.entries) and self.entries[near].key == key:
            return near
        return next((at for at, entry in enumerate(self.entries) if entry.key == key), near)

    def look(self, index: int) -> tuple[HomeEntry, bool]:
        entry = self.entries[index]
        return entry, any(covers(pattern, entry.subject) for pattern in self._watched)

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[Cell]:
        entry, watched = cast(tuple[HomeEntry, bool], look)
        made = home_cells(entry, watched)
        return [made[at] for at, _ in sizes]

    def held(self, columns: Columns) -> tuple[int, ...]:
        newest = (home_cells(entry) for entry in self.entries[:_MAX_MEASURED])
        return measure(columns, [[cell.text for cell in cells] for cells in newest])


def home_cells(entry: HomeEntry, watched: bool = False) -> tuple[Cell, ...]:
    who = Cell(_names(entry), "name")
    if entry.stream:
        who = Cell(f"▤ {entry.stream}", "active")
    return (
        Cell("◎" if watched else "", "warn"),
        Cell(entry.subject, "muted" if entry.tap else ""),
        who,
        Cell(entry.queue or _NONE, "" if entry.queue else "muted"),
        Cell(f"{entry.count:,}" if entry.count else _NONE, "" if entry.count else "muted"),
        Cell(f"{entry.messages:,}"),
        Cell(_rate(entry.rate), "active" if entry.rate else "muted"),
        Cell("hears everything" if entry.tap else entry.offered, "muted" if entry.tap else ""),
    )


def _names(entry: HomeEntry) -> str:
    """One name that several go by is told once."""
    if len(entry.who) == 1 and entry.count > 1:
        return f"{entry.who[0]} ×{entry.count}"
    return ", ".join(entry.who[:_MAX_NAMES])


def _rate(value: float | None) -> str:
    if not value:
        return _NONE
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def holds(entry: HomeEntry, words: Sequence[str]) -> bool:
    """True when every word is somewhere in it; `words` are in lower case."""
    whole = " ".join((entry.subject, *entry.who, entry.queue, entry.offered)).lower()
    return all(word in whole for word in words)
