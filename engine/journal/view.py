"""A view: the numbers of the exchanges that pass a test, in order, kept up as they come.

It looks only at what is new, in slices, and stops when its time is up, so that a million
exchanges can be tested anew without holding up a frame. Numbers that the journal dropped
leave at the front and are counted, so that a reader's place can be kept.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable

from .exchange import Kind
from .journal import Journal
from .segment import Segment

Test = Callable[[int, int], bool]
"""Takes the number and the code (`kind << 4 | state`) of an exchange."""

OWN = 1 << 8
"""Set in a mark when natstap itself asked."""

_SLICE = 256
_SPARE = 1 << 14
_SHOWN = (Kind.REQUEST, Kind.ORPHAN, Kind.PUBLISH, Kind.NOTE)
_PLAIN = bytes(code >> 4 in _SHOWN for code in range(256))
"""By code: what a view without a test shows; deliveries and the server's own talk it hides."""


class View:
    """The exchanges of `journal` that `accepts` lets pass, oldest first, as a sequence."""

    def __init__(self, journal: Journal, accepts: Test | None = None) -> None:
        self.journal = journal
        self.accepts = accepts
        self.dropped_rows = 0
        """How many numbers left at the front."""
        self._numbers = array("q")
        self._start = 0
        self._next = journal.first

    def __len__(self) -> int:
        return len(self._numbers) - self._start

    def __getitem__(self, index: int) -> int:
        """The number in row `index`; raises IndexError outside 0 to len - 1."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._numbers[self._start + index]

    @property
    def behind(self) -> int:
        """How many messages are not examined yet."""
        return self.journal.next - max(self._next, self.journal.first)

    def place_of(self, number: int) -> int:
        """The row of `number`, or the row where it would be."""
        return bisect_left(self._numbers, number, self._start) - self._start

    def index_of(self, number: int) -> int | None:
        """The row of `number`; None when it is not in the view."""
        index = self.place_of(number)
        return index if index < len(self) and self[index] == number else None

    def catch_up(self, budget: float) -> bool:
        """Examine what is new for about `budget` seconds; True when the rows changed."""
        before = len(self) + self.dropped_rows, self.dropped_rows
        self._forget()
        deadline = time.perf_counter() + budget
        while self._next < self.journal.next:
            self._examine()
            if time.perf_counter() >= deadline:
                break
        return before != (len(self) + self.dropped_rows, self.dropped_rows)

    def reconsider(self, numbers: Iterable[int]) -> bool:
        """Test exchanges again whose state changed; True when one came or went."""
        held = range(self.journal.first, self._next)
        moved = [number for number in numbers if number in held and self._retest(number)]
        return bool(moved)

    def mark(self, number: int) -> int:
        """A value that changes when the exchange does: its code, `OWN`, how many came back.

        0 when the journal no longer holds it.
        """
        if number not in self.journal:
            return 0
        segment = self._segment(number)
        first = segment.links[number - segment.first]
        came = (first != 0) + len(segment.more.get(number, ()))
        own = OWN if number in segment.asked else 0
        return segment.codes[number - segment.first] | own | came << 9

    def _forget(self) -> None:
        first = self.journal.first
        self._next = max(self._next, first)
        gone = self.place_of(first)
        self._start += gone
        self.dropped_rows += gone
        if self._start > _SPARE and self._start > len(self):
            del self._numbers[: self._start]
            self._start = 0

    def _examine(self) -> None:
        """Take one slice of heads from the segment that holds the next number."""
        segment = self._segment(self._next)
        first, codes = segment.first, segment.codes
        begin = bisect_left(segment.heads, self._next - first)
        heads = segment.heads[begin : begin + _SLICE]
        accepts, plain = self.accepts, _PLAIN
        self._numbers.extend(
            [first + at for at in heads if plain[codes[at]]]
            if accepts is None
            else [first + at for at in heads if accepts(first + at, codes[at])]
        )
        whole = len(heads) < _SLICE
        self._next = first + (len(segment.ends) if whole else heads[-1] + 1)

    def _retest(self, number: int) -> bool:
        segment = self._segment(number)
        code = segment.codes[number - segment.first]
        passes = bool(self.accepts(number, code) if self.accepts else _PLAIN[code])
        index = self.place_of(number)
        present = index < len(self) and self[index] == number
        if passes and not present:
            self._numbers.insert(self._start + index, number)
        elif present and not passes:
            del self._numbers[self._start + index]
        return passes != present

    def _segment(self, number: int) -> Segment:
        return self.journal._segment(number)
