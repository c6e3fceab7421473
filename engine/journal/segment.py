"""A segment: some thousand messages as one block of bytes and a few columns of numbers.

A Python object per message would cost five times the memory and make the garbage collector
stop the screen; here a message is its frame in `data` and one cell in each column.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from engine.arrival import unpack
from engine.message import split_frame

MAX_BYTES = 1 << 20
MAX_COUNT = 1 << 16

MEMBER = 0
"""The code of a message that belongs to an earlier one."""
COPY = 1
"""The code of a message that was seen before from another place."""
MARK = 2
"""The code of a message that ends or paces the replies, and is none."""
FIRST_CODE = 1 << 4
"""The least code (`kind << 4 | state`) of a message that begins an exchange."""


@dataclass(slots=True)
class Asked:
    """What only the asker knows of its own request."""

    wanted: int
    timeout: float | None
    got: int = 0
    """Answers so far, statuses left out."""
    ended: float | None = None
    why: str = ""
    until_empty: bool = False
    """True when a reply without a body ends the replies."""
    to_store: bool = False
    """True when a stream is to have it: who else answers on the reply subject was not asked."""


class Segment:
    """Messages `first` to `first + len(ends) - 1`; codes are `kind << 4 | state` for heads."""

    __slots__ = (
        "asked",
        "coded",
        "codes",
        "copies",
        "data",
        "ends",
        "first",
        "heads",
        "links",
        "marks",
        "mixed",
        "more",
        "scanned",
        "sources",
        "spreads",
        "times",
        "turn",
    )

    def __init__(self, first: int) -> None:
        self.first = first
        self.turn = first + MAX_COUNT
        """The number that goes to the next segment."""
        self.data: bytearray | bytes = bytearray()
        self.ends = array("I")
        self.times = array("d")
        """Seconds since the epoch: the latest that a message can have come."""
        self.spreads = array("H")
        """How long before that is the earliest, packed; 0 for what natstap sent."""
        self.links = array("q")
        """Of a head the number of its first reply, 0 if none; of others, of their head."""
        self.sources = array("H")
        self.codes = array("B")
        self.heads = array("I")
        """Positions of the messages that begin an exchange."""
        self.more: dict[int, list[int]] = {}
        """Replies after the first, of heads in this segment."""
        self.copies: dict[int, list[int]] = {}
        """Messages of these exchanges that were seen before from another place."""
        self.mixed: set[int] = set()
        """Heads whose replies came from several places: one may be another's copy."""
        self.marks: dict[int, list[int]] = {}
        """Messages that end or pace the replies of these exchanges."""
        self.asked: dict[int, Asked] = {}
        self.scanned = 0
        """Up to which position it was found out which bodies say more when they are read."""
        self.coded = array("I")
        """The positions of those; see `engine.filter.content_search`."""

    @property
    def size(self) -> int:
        """Bytes held, columns included."""
        return len(self.data) + 26 * len(self.ends) + 4 * len(self.heads)

    @property
    def sealed(self) -> bool:
        """True when no message is added any more."""
        return isinstance(self.data, bytes)

    def seal(self) -> None:
        """Give back what the growing buffers took in advance."""
        self.data = bytes(self.data)
        self.ends, self.times = self.ends[:], self.times[:]
        self.spreads = self.spreads[:]
        self.links, self.sources = self.links[:], self.sources[:]
        self.codes, self.heads = self.codes[:], self.heads[:]

    def bounds(self, position: int) -> tuple[int, int]:
        """Where a frame begins and ends in `data`."""
        return (self.ends[position - 1] if position else 0), self.ends[position]

    def interval(self, position: int) -> tuple[float, float]:
        """The earliest and the latest that a message can have come."""
        at = self.times[position]
        return at - unpack(self.spreads[position]), at

    def frame(self, position: int) -> bytes:
        begin, end = self.bounds(position)
        return bytes(self.data[begin:end])

    def replies(self, position: int) -> tuple[int, ...]:
        """The numbers of what came back to the head at a position."""
        first = self.links[position]
        return (first, *self.more.get(self.first + position, ())) if first else ()

    def is_again(
        self, number: int, frame: bytes, start: int, source: int, subject: bytes = b""
    ) -> bool:
        """True when message `number` is this one, seen from another place."""
        position = number - self.first
        if self.sources[position] == source or self.codes[position] == COPY:
            return False
        earlier = self.frame(position)
        if earlier[:1] == b"+":
            return False
        named, _, begin, _ = split_frame(earlier)
        return earlier[begin:] == frame[start:] and (not subject or named == subject)

    def heads_from(
        self, position: int, count: int, end: int | None = None
    ) -> tuple[array[int], int]:
        """Up to `count` heads from a position on, and the position to go on from.

        At the most to position `end`; None is the end of the segment.
        """
        end = len(self.ends) if end is None else end
        begin = bisect_left(self.heads, position)
        last = begin + count
        if last < len(self.heads) and self.heads[last] < end:
            return self.heads[begin:last], self.heads[last - 1] + 1
        heads = self.heads[begin : bisect_left(self.heads, end, begin)][:count]
        return heads, (end if len(heads) < count else heads[-1] + 1)
