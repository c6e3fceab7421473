"""Going through the replies of exchanges, of those with very many a part at a time.

An exchange may have a hundred thousand replies, or large ones, and a filter must not hold a
frame while it looks at them. So a walk counts what it looks at; when that is enough for now it
remembers how far it came, and raises `Unfinished`: asked again, it goes on from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import chain
from typing import TypeVar

from .exchange import ExchangeKind
from .journal import Journal
from .segment import Segment
from .states import State

SLICE = 2048
"""Replies looked at in one go; a look takes about a microsecond, and so does a kilobyte."""
LONG_EXCHANGE = 16
"""Exchanges with more replies are looked at in parts."""
_KILOBYTE = 10
_KEPT = 4096

_WAITING = re.compile(
    b"[%b]" % b"".join(re.escape(bytes([kind << 4 | State.WAITING])) for kind in ExchangeKind)
)
"""The codes of what begins an exchange and waits."""

Value = TypeVar("Value", bool, int)
Place = Callable[[Segment, int], Value]
"""Takes a segment and a position in it."""
Add = Callable[[Value, Segment, int], Value]
"""Takes what is known so far, and one reply."""


class Unfinished(Exception):
    """There is more to look at than may be at once: ask again."""


class Walk:
    """What the terms of one lens share: the journal, and how much may still be looked at."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.left = SLICE
        self.by_needle = False
        """True while only exchanges are looked at that have some bytes in them, or are read."""

    def begin(self, *, by_needle: bool = False) -> None:
        """Look at as many as may be from now on."""
        self.left, self.by_needle = SLICE, by_needle

    @property
    def over(self) -> bool:
        return self.left <= 0

    def any(self, passes: Place[bool]) -> Place[bool]:
        """Whether one of an exchange's replies passes."""
        return self._fold(False, lambda known, one, at: known or passes(one, at), True)

    def largest(self, size: Place[int]) -> Place[int]:
        """The largest of an exchange's replies; 0 without any."""
        return self._fold(0, lambda known, one, at: max(known, size(one, at)))

    def _fold(self, begin: Value, add: Add[Value], enough: Value | None = None) -> Place[Value]:
        done: dict[int, tuple[int, Value]] = {}
        """How far the long ones were looked at, and what was found there."""

        def fold(segment: Segment, at: int) -> Value:
            first = segment.links[at]
            if not first:
                return begin
            value = add(begin, *self._find(segment, first))
            number = segment.first + at
            if not segment.more or number not in segment.more:
                return value
            more = segment.more[number]
            if len(more) > LONG_EXCHANGE:
                return go_on(segment, number, value, more)
            self.left -= len(more)
            return reduce(lambda known, one: add(known, *self._find(segment, one)), more, value)

        def go_on(segment: Segment, number: int, value: Value, more: list[int]) -> Value:
            place, value = done.get(number, (0, value))
            until = min(len(more), place + max(0, self.left))
            while place < until and value != enough:
                value = add(value, *self._find(segment, more[place]))
                place += 1
                self.left -= 1
            if len(done) >= _KEPT:
                done.clear()
            done[number] = place, value
            if place < len(more) and value != enough:
                raise Unfinished
            return value

        return fold

    def _find(self, near: Segment, number: int) -> tuple[Segment, int]:
        """Where a reply is; what is far away counts by its size, for nothing else bounds it."""
        if near.first <= number < near.first + len(near.ends):
            return near, number - near.first
        holder = self.journal.segment(number)
        begin, end = holder.bounds(number - holder.first)
        self.left -= (end - begin) >> _KILOBYTE
        return holder, number - holder.first


def open_requests(journal: Journal, since: int, until: int) -> Iterator[int]:
    """Others' requests that still wait, of the numbers from `since` to before `until`."""
    since, until = max(since, journal.first), min(until, journal.next)
    while since < until:
        segment = journal.segment(since)
        end = min(segment.first + len(segment.codes), until)
        codes = segment.codes[since - segment.first : end - segment.first].tobytes()
        waiting = (since + found.start() for found in _WAITING.finditer(codes))
        yield from (at for at in waiting if at not in segment.asked)
        since = end


def replies(journal: Journal, segment: Segment, at: int) -> Iterator[tuple[Segment, int]]:
    """Segment and position of each reply to the head at a position."""
    number, first = segment.first + at, segment.links[at]
    more = segment.more.get(number, ()) if segment.more else ()
    for reply in chain((first,), more) if first else ():
        holder = journal.segment(reply)
        yield holder, reply - holder.first
