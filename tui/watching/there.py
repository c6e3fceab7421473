"""What others listen to, as rows to watch: all of it first, then each subject by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.clients.listening import ListenedSubject
from engine.words import counted
from tui.table.table import Cell, Column, Row

MAX_ALL = 50
"""Subjects that are watched at once without being named: the busiest."""
MAX_SHOWN = 500
MAX_NAMED = 3
"""Clients named beside a subject."""
THERE = (Column("", 24, grow=True), Column("", 20, grow=True), Column("", 12, right=True))
"""Of a subject: its name, who listens, messages so far."""


class Offered(NamedTuple):
    """What Enter begins to watch."""

    patterns: tuple[str, ...]
    queue: str = ""
    """Of one subject: whose listeners the row tells of."""


def offered(heard: Iterable[ListenedSubject]) -> Sequence[ListenedSubject]:
    """The busiest first; who only hears everything, and asks nobody, is left out."""
    return sorted(
        (each for each in heard if not each.tap), key=lambda each: (-each.messages, each.pattern)
    )


def there_rows(found: Sequence[ListenedSubject]) -> list[Row]:
    patterns = tuple(dict.fromkeys(each.pattern for each in found))
    if len(patterns) < 2:
        return [_row(each) for each in found]
    busiest = patterns[:MAX_ALL]
    every = len(busiest) == len(patterns)
    said = "all of these" if every else f"the busiest {MAX_ALL} of {len(patterns):,}"
    cells = (Cell(said, "active"), Cell(counted(len(busiest), "subject"), "muted"), Cell(""))
    first = Row(Offered(busiest), cells)
    return [first, *(_row(each) for each in found[:MAX_SHOWN])]


def _row(each: ListenedSubject) -> Row:
    more = len(each.clients) - MAX_NAMED
    who = ", ".join(each.clients[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
    name = f"{each.pattern}  ({each.queue})" if each.queue else each.pattern
    cells = (Cell(name), Cell(who, "muted"), Cell(f"{each.messages:,}", "muted"))
    return Row(Offered((each.pattern,), each.queue), cells)
