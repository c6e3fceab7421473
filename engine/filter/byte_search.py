"""Where the parts of a message lie in a segment, and how a text is found there.

Nothing is decoded, and nothing that can be large is copied: a lens looks at a million
messages where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.journal.segment import FIRST_CODE, Segment
from engine.journal.walk import Walk
from engine.message import raw_bytes

Data = bytes | bytearray
InFrame = Callable[[Data, int, int], bool]
"""Takes a segment's data and where a frame begins and ends in it."""

_NOTE = ord("+")
_WITH_HEAD = ord("H")
_VERSION = len(b"NATS/1.0")
"""Bytes that every header block begins with."""
_CHUNK = 28 << 10
"""Bytes that are made small at once."""
_SHORT = 32
"""Python finds so short a text twice as fast from behind; a long one surely only from the front."""


@dataclass(frozen=True, slots=True)
class Needle:
    """A text to find; `fold` takes A for a, in ASCII only, and wants `raw` in lower case."""

    raw: bytes
    fold: bool = False

    @classmethod
    def of(cls, words: str, *, fold: bool = False) -> Needle:
        raw = raw_bytes(words)
        return cls(raw.lower() if fold else raw, fold)

    @property
    def backwards(self) -> bool:
        """Whether it is looked for from behind."""
        return len(self.raw) <= _SHORT

    def find(self, data: Data, begin: int, end: int) -> int:
        """Where it is between `begin` and `end`, first or last (`backwards`); -1 if nowhere."""
        if not self.fold:
            return self._in(data, begin, end)
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

    def check(data: Data, begin: int, end: int) -> bool:
        line = data.find(b"\r\n", begin, end)
        start = line + 2 + (_VERSION if data[begin] == _WITH_HEAD else 0)
        if needle.find(data, start, end) >= 0:
            return True
        return needle.find(data, begin, line) >= 0 and _in_addresses(needle, data, begin, line)

    return check


def _in_addresses(needle: Needle, data: Data, begin: int, line: int) -> bool:
    """In the subject or the reply subject: not in the verb, the subscription or the sizes."""
    verb, *fields = bytes(data[begin:line]).split(b" ")
    if verb.startswith(b"+"):
        return False
    del fields[-2 if verb.startswith(b"H") else -1 :]
    if verb.endswith(b"MSG"):
        del fields[1:2]
    return any(needle.find(field, 0, len(field)) >= 0 for field in fields)


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
    ends, data = segment.ends, segment.data
    begin, end = ends[since - 1] if since else 0, ends[until - 1]
    while (hit := needle.find(data, begin, end)) >= 0:
        at = bisect_right(ends, hit, since, until)
        yield at
        if needle.backwards:
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
