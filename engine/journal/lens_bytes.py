"""Where the parts of a message lie in a segment, and how a text is found there.

Nothing is decoded, and nothing that can be large is copied: a lens looks at a million
messages where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.message import raw_bytes

from .journal import Journal
from .segment import COPY, Segment

Data = bytes | bytearray
InFrame = Callable[[Data, int, int], bool]
"""Takes a segment's data and where a frame begins and ends in it."""

_NOTE = ord("+")
_WITH_HEAD = ord("H")
_HEAD = 1 << 4
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Needle:
    """A text to find; `fold` takes A for a, in ASCII only, and wants `raw` in lower case."""

    raw: bytes
    fold: bool = False

    @classmethod
    def of(cls, words: str, *, fold: bool = False) -> Needle:
        raw = raw_bytes(words)
        return cls(raw.lower() if fold else raw, fold)

    def find(self, data: Data, begin: int, end: int) -> int:
        """Where it first is between `begin` and `end`; -1 when it is not there."""
        if not self.fold:
            return data.find(self.raw, begin, end)
        overlap = len(self.raw) - 1
        for at in range(begin, end, _CHUNK):
            found = data[at : min(end, at + _CHUNK + overlap)].lower().find(self.raw)
            if found >= 0:
                return at + found
        return -1


def subject_of(data: Data, begin: int) -> tuple[int, int]:
    """Where the subject of the frame at `begin` begins and ends; nowhere for a note."""
    if data[begin] == _NOTE:
        return begin, begin
    first = data.find(b" ", begin) + 1
    return first, data.find(b" ", first)


def payload_of(data: Data, begin: int) -> tuple[int, int]:
    """Where the header block and where the body of the frame at `begin` begin."""
    line = data.find(b"\r\n", begin)
    if data[begin] != _WITH_HEAD:
        return line + 2, line + 2
    return line + 2, line + 2 + int(data[begin:line].rsplit(b" ", 2)[1])


def in_body(needle: Needle) -> InFrame:
    def check(data: Data, begin: int, end: int) -> bool:
        return needle.find(data, payload_of(data, begin)[1], end) >= 0

    return check


def in_subject_or_body(needle: Needle) -> InFrame:
    def check(data: Data, begin: int, end: int) -> bool:
        body = payload_of(data, begin)[1]
        return needle.find(data, body, end) >= 0 or needle.find(data, *subject_of(data, begin)) >= 0

    return check


def anywhere(needle: Needle) -> InFrame:
    """In the subject, the headers or the body."""

    def check(data: Data, begin: int, end: int) -> bool:
        start = payload_of(data, begin)[0]
        return (
            needle.find(data, start, end) >= 0 or needle.find(data, *subject_of(data, begin)) >= 0
        )

    return check


def replies(journal: Journal, segment: Segment, at: int) -> Iterator[tuple[Segment, int]]:
    """Segment and position of each reply to the head at a position, copies left out."""
    number, first = segment.first + at, segment.links[at]
    more = segment.more.get(number, ()) if segment.more else ()
    for one in (first, *more) if first else more:
        holder = segment if one < segment.first + len(segment.ends) else journal.segment(one)
        if holder.codes[one - holder.first] != COPY:
            yield holder, one - holder.first


def in_exchange(check: InFrame, journal: Journal) -> Callable[[Segment, int], bool]:
    """True when the request or one of its replies passes."""

    def passes(segment: Segment, at: int) -> bool:
        ends = segment.ends
        if check(segment.data, ends[at - 1] if at else 0, ends[at]):
            return True
        if not segment.links[at]:
            return False
        return any(
            check(one.data, *one.bounds(place)) for one, place in replies(journal, segment, at)
        )

    return passes


def owners(segment: Segment, needle: Needle, since: int, until: int, oldest: int) -> list[int]:
    """The exchanges whose messages at `since` to `until` hold the needle somewhere, in order.

    Only whole frames are searched, so a caller has to look again for the part it wants.
    """
    found: set[int] = set()
    ends, links, codes, data = segment.ends, segment.links, segment.codes, segment.data
    begin, end = ends[since - 1] if since else 0, ends[until - 1]
    while (hit := needle.find(data, begin, end)) >= 0:
        at = bisect_right(ends, hit, since, until)
        owner = segment.first + at if codes[at] >= _HEAD else links[at]
        if owner >= oldest:
            found.add(owner)
        begin = ends[at]
    return sorted(found)
