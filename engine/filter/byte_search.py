"""Where the parts of a message lie in a segment, and how a text is found there.

Nothing is decoded, and nothing that can be large is copied: a lens looks at a million
messages where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from engine.journal.segment import FIRST_CODE, Segment
from engine.journal.walk import Walk
from engine.message import raw_bytes

Data = bytes | bytearray
InFrame = Callable[[Data, int, int], bool]
"""Takes a segment's data and where a frame begins and ends in it."""

_NOTE = ord("+")
_WITH_HEAD = ord("H")
_DELIVERED = ord("M")
"""How MSG begins, and HMSG after its H: what a server delivers has a subscription's number."""
_VERSION = b"NATS/1.0"
"""How a header block begins."""
_CHUNK = 28 << 10
"""Bytes that are made small at once."""
_SHORT = 32
"""Python finds so short a text twice as fast from behind; a long one surely only from the front."""


@dataclass(frozen=True)
class Needle:
    """A text to find; `fold` takes A for a, in ASCII only, and wants `raw` in lower case."""

    raw: bytes
    fold: bool = False

    @classmethod
    def of(cls, words: str, *, fold: bool = False) -> Needle:
        raw = raw_bytes(words)
        return cls(raw.lower() if fold else raw, fold)

    @cached_property
    def backwards(self) -> bool:
        """Whether it is looked for from behind."""
        return len(self.raw) <= _SHORT

    @cached_property
    def find(self) -> Callable[[Data, int, int], int]:
        """Takes data, a begin and an end: where it is, first or last (`backwards`), or -1."""
        raw = self.raw
        if self.fold:
            return self._find_folded
        if self.backwards:
            return lambda data, begin, end: data.rfind(raw, begin, end)
        return lambda data, begin, end: data.find(raw, begin, end)

    def _find_folded(self, data: Data, begin: int, end: int) -> int:
        chunks = range(begin, end, _CHUNK)
        for at in reversed(chunks) if self.backwards else chunks:
            small = data[at : min(end, at + _CHUNK + len(self.raw) - 1)].lower()
            if (found := self._in(small, 0, len(small))) >= 0:
                return at + found
        return -1

    def _in(self, data: Data, begin: int, end: int) -> int:
        return (data.rfind if self.backwards else data.find)(self.raw, begin, end)


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


def anywhere(needle: Needle) -> InFrame:
    """In the subject, the reply subject, the headers with their names, or the body."""

    has = needle.find

    def check(data: Data, begin: int, end: int) -> bool:
        line = data.find(b"\r\n", begin, end)
        start = line + 2
        if data.startswith(_VERSION, start) and data[begin] == _WITH_HEAD:
            start += len(_VERSION)
        if data[begin] == _NOTE:
            return has(data, start, end) >= 0
        first = data.find(b" ", begin, line) + 1
        last = data.find(b" ", first, line)
        if has(data, first, last) >= 0 or has(data, start, end) >= 0:
            return True
        if has(data, last, line) < 0:
            return False
        reply = _reply_of(data, begin, last, line)
        return has(reply, 0, len(reply)) >= 0

    return check


def _reply_of(data: Data, begin: int, last: int, line: int) -> bytes:
    """The reply subject of a frame whose subject ends at `last` and whose first line at `line`."""
    fields = bytes(data[last + 1 : line]).split(b" ")
    sizes = 2 if data[begin] == _WITH_HEAD else 1
    known_by = 1 if data[begin + sizes - 1] == _DELIVERED else 0
    return fields[known_by] if len(fields) > sizes + known_by else b""


def in_exchange(check: InFrame, walk: Walk) -> Callable[[Segment, int], bool]:
    """True when the request or one of its replies passes."""
    answered = walk.any(lambda one, at: check(one.data, *one.bounds(at)))

    def passes(segment: Segment, at: int) -> bool:
        ends = segment.ends
        if check(segment.data, ends[at - 1] if at else 0, ends[at]):
            return True
        return segment.links[at] != 0 and answered(segment, at)

    return passes


def hits(segment: Segment, needle: Needle, since: int, until: int) -> Iterator[int]:
    """The positions at `since` to `until` of messages that hold the needle, from either end.

    Only whole frames are searched, so a caller has to look again for the part it wants.
    """
    ends, data, find, backwards = segment.ends, segment.data, needle.find, needle.backwards
    begin, end = ends[since - 1] if since else 0, ends[until - 1]
    while (hit := find(data, begin, end)) >= 0:
        at = bisect_right(ends, hit, since, until)
        yield at
        if backwards:
            end = ends[at - 1] if at else 0
        else:
            begin = ends[at]


def owner_of(segment: Segment, at: int) -> int:
    """The exchange that the message at a position belongs to."""
    return segment.first + at if segment.codes[at] >= FIRST_CODE else segment.links[at]


def owners(segment: Segment, needle: Needle, since: int, until: int, oldest: int) -> list[int]:
    """The exchanges of the messages that `hits` finds, without those before `oldest`."""
    found = {owner_of(segment, at) for at in hits(segment, needle, since, until)}
    return sorted(number for number in found if number >= oldest)
