"""Exchanges of several pages put together as one page: what was sought in a whole recording."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from engine.journal import ExchangeKind, Journal
from engine.journal.segment import FIRST_CODE, MAX_BYTES, MAX_COUNT, Segment

from .line_values import SourceNumbers
from .opened import Opened, pages_of
from .page import RecordedPage, renumbered

Wanted = Callable[[Journal, RecordedPage], Iterable[int]]
"""Takes a page and the journal that holds it; gives the exchanges that are wanted of it."""
_NONE = array("q")


def parts_of(opened: Opened, like: Journal) -> Iterator[tuple[RecordedPage, Journal]]:
    """Every part, and a journal as large as `like` that holds it until the next one is asked for.

    Raises `CannotOpen`.
    """
    held = Journal(like.max_messages, like.max_bytes)
    for at in pages_of(opened):
        page = opened.page(at, held)
        held.show_recorded(page.segments, page.sources, page.inboxes, page.left)
        yield page, held


def requests(journal: Journal, _: RecordedPage) -> list[int]:
    return [number for number, code in journal.heads() if code >> 4 == ExchangeKind.REQUEST]


def gather(opened: Opened, journal: Journal, wanted: Wanted) -> Gathering:
    """What is wanted of all parts, as much as `journal` may hold, which it is numbered for."""
    gathering = Gathering(journal.next, journal.max_messages, journal.max_bytes)
    for at, (page, held) in enumerate(parts_of(opened, journal)):
        gathering.add(at, page, held, wanted(held, page))
        if gathering.full:
            break
    return gathering


class Gathering:
    """Takes pages one after the other; numbers are given anew from `first` on."""

    def __init__(self, first: int, max_messages: int, max_bytes: int) -> None:
        self.page = RecordedPage(first)
        self.exchanges = 0
        self.full = False
        """True when there was more than a journal holds."""
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._sources = SourceNumbers(self.page.sources)
        self._taken: dict[int, tuple[int, array[int], int]] = {}
        """By page: its first number, the numbers that were taken, and the first of the new ones."""

    def number(self, at: int, offset: int) -> int:
        """What message `offset` of page `at` is called here; 0 where it was not taken."""
        first, taken, begin = self._taken.get(at, (0, _NONE, 0))
        place = bisect_left(taken, first + offset)
        return begin + place if place < len(taken) and taken[place] == first + offset else 0

    def add(self, at: int, page: RecordedPage, journal: Journal, heads: Iterable[int]) -> None:
        """Take exchanges of page `at`, which `journal` holds, with all that is known of them."""
        chosen, begin = array("q", sorted({*self._fitting(journal, heads)})), self.page.next
        self._taken[at] = page.first, chosen, begin
        new = {number: begin + place for place, number in enumerate(chosen)}
        for number in chosen:
            self._copy(journal, number, new)
        found = (
            renumbered(finding, lambda number: new.get(number, 0)) for finding in page.findings
        )
        self.page.findings += (finding for finding in found if finding is not None)
        self.page.left |= {new[number]: why for number, why in page.left.items() if number in new}
        self.page.inboxes = tuple(dict.fromkeys((*self.page.inboxes, *page.inboxes)))
        self.page.lost += page.lost
        self.page.unreadable += page.unreadable
        self.page.ended = max(self.page.ended, page.ended)

    def end(self) -> RecordedPage:
        for segment in self.page.segments:
            segment.seal()
        return self.page

    def _fitting(self, journal: Journal, heads: Iterable[int]) -> Iterable[int]:
        """The messages of the exchanges, as many of them as fit."""
        count, size = len(self.page), self.page.size
        for head in heads:
            members = _members(journal, head)
            count += len(members)
            size += sum(_size(journal, number) for number in members)
            if count > self._max_messages or size > self._max_bytes:
                self.full = True
                return
            self.exchanges += 1
            yield from members

    def _copy(self, journal: Journal, number: int, new: dict[int, int]) -> None:
        old, segment, name = journal.segment(number), self._segment(), new[number]
        at = number - old.first
        code = old.codes[at]
        if code >= FIRST_CODE:
            segment.heads.append(len(segment.ends))
        segment.data += old.frame(at)
        segment.ends.append(len(segment.data))
        segment.times.append(old.times[at])
        segment.spreads.append(old.spreads[at])
        segment.sources.append(self._sources[journal.sources.names[old.sources[at]]])
        segment.links.append(new.get(old.links[at], 0))
        segment.codes.append(code)
        for kept, others in (
            (segment.more, old.more),
            (segment.copies, old.copies),
            (segment.marks, old.marks),
        ):
            if number in others:
                kept[name] = [new[other] for other in others[number]]
        if number in old.asked:
            segment.asked[name] = old.asked[number]

    def _segment(self) -> Segment:
        """The one that takes the next message."""
        last = self.page.segments[-1] if self.page.segments else None
        if last is None or len(last.data) >= MAX_BYTES or len(last.ends) >= MAX_COUNT:
            last = Segment(self.page.next)
            self.page.segments.append(last)
        return last


def _members(journal: Journal, head: int) -> tuple[int, ...]:
    exchange = journal.exchange(head)
    return (head, *exchange.replies, *exchange.copies, *exchange.marks)


def _size(journal: Journal, number: int) -> int:
    segment = journal.segment(number)
    begin, end = segment.bounds(number - segment.first)
    return end - begin
