"""A view: the numbers of the exchanges that pass a test, in order, kept up as they come.

It looks only at what is new or changed, in slices, and stops when its time is up, so that a
million exchanges can be tested anew without holding up a frame. The newest come first: what is
in sight is there at once, and the rest grows at the front.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice
from math import inf
from typing import Protocol, runtime_checkable

from .exchange import ExchangeKind
from .journal import Journal
from .segment import FIRST_CODE, Segment
from .walk import Unfinished, open_requests

Test = Callable[[int, int], bool]
"""Takes the number and the code (`kind << 4 | state`) of an exchange."""

_SLICE = 256
_BLOCK = 1024
_WORTH = 32
"""Messages are searched so many times faster than exchanges are tested one by one."""
_SPARE = 1 << 14
_SHOWN = frozenset(ExchangeKind) - {ExchangeKind.DELIVERY, ExchangeKind.SYSTEM}
_PLAIN = bytes(code >> 4 in _SHOWN for code in range(256))
"""By code: what a view without a test shows; deliveries and the server's own talk it hides."""


@runtime_checkable
class Sieve(Protocol):
    """A test that can look at a stretch of messages at once."""

    def __call__(self, number: int, code: int) -> bool: ...

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        """What passes by the messages from position `since` on, and where to go on.

        At the most to position `end`; None is the end of the segment. Numbers in order; older
        ones too, when a message lets its exchange pass.
        """
        ...


class _Plain:
    """What a view without a test shows."""

    def __call__(self, number: int, code: int) -> bool:
        return bool(_PLAIN[code])

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        heads, until = segment.heads_from(since, _SLICE, end)
        first, codes, plain = segment.first, segment.codes, _PLAIN
        return [first + at for at in heads if plain[codes[at]]], until


class _Each:
    """A plain test, asked for one exchange after the other."""

    def __init__(self, test: Test) -> None:
        self._test = test

    def __call__(self, number: int, code: int) -> bool:
        return self._test(number, code)

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        heads, until = segment.heads_from(since, _SLICE, end)
        first, codes, test = segment.first, segment.codes, self._test
        return [first + at for at in heads if test(first + at, codes[at])], until


@dataclass(slots=True)
class _Block:
    """Messages of one segment that are examined together."""

    segment: Segment
    begin: int
    at: int
    """The number to go on from."""
    found: list[int]


class View:
    """The exchanges of `journal` that `accepts` lets pass, oldest first, as a sequence."""

    def __init__(self, journal: Journal, accepts: Test | None = None) -> None:
        self.journal = journal
        self.accepts = _sieve(accepts)
        self._numbers = array("q")
        self._start = 0
        """Where the rows begin; before it is room for older ones."""
        self._next = journal.next
        """The first number after those that were examined."""
        self._low = journal.next
        """The first number of those that were examined."""
        self._block: _Block | None = None
        """What is being examined before `_low`."""
        self._changes = journal.changes.count
        self._adoptions = journal.changes.adoptions
        self._doubtful = array("q")
        """Rows to test again."""
        self._early: deque[int] = deque()
        """Exchanges with an answer older than they are, to test again after their turn."""
        self._moved = False

    def __len__(self) -> int:
        return len(self._numbers) - self._start

    def __getitem__(self, index: int) -> int:
        """The number in row `index`; raises IndexError outside 0 to len - 1."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._numbers[self._start + index]

    def narrowed(self, accepts: Test) -> View:
        """A view with a test that lets nothing pass that this one's does not.

        Where few rows are here, only they are tested again.
        """
        view = View(self.journal, accepts)
        if len(self) * _WORTH < self.journal.next - self.journal.first and self._block is None:
            view._numbers = self._numbers[self._start :]
            view._doubtful = array("q", chain(view._numbers, self._doubtful))
            view._early = self._early.copy()
            view._next, view._low = self._next, self._low
            view._changes, view._adoptions = self._changes, self._adoptions
        return view

    @property
    def notes(self) -> int:
        """How many rows are notes, and so no exchanges."""
        if not len(self):
            return 0
        known = self.journal.notes
        known = known[bisect_left(known, self[0]) : bisect_right(known, self[len(self) - 1])]
        if isinstance(self.accepts, _Plain):
            return len(known)
        return sum(self.index_of(number) is not None for number in known)

    def has_examined(self, number: int) -> bool:
        """True for a number that was looked at; of older and newer ones nothing is known yet."""
        return self._floor <= number < self._next

    @property
    def _floor(self) -> int:
        """From here on a change must be looked at again."""
        return self._block.begin if self._block is not None else self._low

    @property
    def behind(self) -> int:
        """How many messages are not examined yet, or have to be again."""
        older = max(0, self._low - self.journal.first)
        newer = self.journal.next - max(self._next, self.journal.first)
        return older + newer + len(self._doubtful)

    def place_of(self, number: int) -> int:
        """The row of `number`, or the row where it would be."""
        return bisect_left(self._numbers, number, self._start) - self._start

    def index_of(self, number: int) -> int | None:
        """The row of `number`; None when it is not in the view."""
        index = self.place_of(number)
        return index if index < len(self) and self[index] == number else None

    def catch_up(self, budget: float) -> bool:
        """Examine what is new or changed for about `budget` s; True when the rows changed."""
        deadline = time.perf_counter() + budget
        self._moved = False
        self._forget()
        self._learn()
        while True:
            if self._block is not None:
                self._examine_older(self._block)
            elif self._doubtful:
                self._retest(deadline)
            elif self._next < self.journal.next:
                self._examine_newer()
            elif self._low > self.journal.first:
                self._block = self._older_block()
                continue
            else:
                break
            if time.perf_counter() >= deadline:
                break
        return self._moved

    def forget(self) -> None:
        """Let go of what the journal dropped, and take up nothing new."""
        self._forget()

    def reconsider(self, numbers: Iterable[int]) -> bool:
        """Test exchanges again at once; True when one came or went."""
        self._moved = False
        self._put([number for number in dict.fromkeys(numbers) if self.has_examined(number)])
        return self._moved

    def doubt_waiting(self, since: int, until: int) -> None:
        """Test again in time what still waits, of the numbers from `since` to before `until`."""
        since, until = max(since, self._floor), min(until, self._next)
        self._doubtful.extend(open_requests(self.journal, since, until))

    def _forget(self) -> None:
        first = self.journal.first
        self._next, self._low = max(self._next, first), max(self._low, first)
        if self._block is not None and self._block.begin < first:
            self._block = None
        gone = self.place_of(first)
        self._start += gone
        self._moved |= gone > 0
        if self._start > _SPARE and self._start > len(self):
            del self._numbers[: self._start]
            self._start = 0

    def _learn(self) -> None:
        """Note which exchanges changed; when there were too many to know, doubt every one."""
        changed = self.journal.changes.since(self._changes)
        self._changes = self.journal.changes.count
        adopted = self._let_adopted_go()
        if isinstance(self.accepts, _Plain):
            return
        if changed is None or adopted is None:
            self._doubtful = self._numbers[self._start :]
            self._next = self._low = self.journal.next
            self._block = None
            return
        known = self._next
        again = list(map(self.journal.head, adopted))
        self._early.extend(number for number in again if number >= known)
        seen = dict.fromkeys(filter(self.has_examined, chain(again, changed)))
        self._doubtful.extend(seen)

    def _let_adopted_go(self) -> list[int] | None:
        """Orphans whose request was heard after all; they begin no exchange any more.

        None when there were too many to know.
        """
        changes = self.journal.changes
        count, self._adoptions = changes.adoptions - self._adoptions, changes.adoptions
        if count > len(changes.adopted):
            held = self._numbers[self._start :]
            self._place([(number, False) for number in held if self._code(number) < FIRST_CODE])
            return None
        newest = islice(reversed(changes.adopted), count)
        adopted = sorted(number for number in newest if number >= self.journal.first)
        self._place([(number, False) for number in adopted])
        return adopted

    def _code(self, number: int) -> int:
        segment = self._segment(number)
        return segment.codes[number - segment.first]

    def _retest(self, deadline: float) -> None:
        again = self._doubtful[-_SLICE:]
        del self._doubtful[-_SLICE:]
        self._put([number for number in again if number >= self.journal.first], deadline)

    def _examine_newer(self) -> None:
        """Take one slice from the segment that holds the next number."""
        segment = self._segment(self._next)
        found, until = self.accepts.sift(segment, self._next - segment.first)
        self._next = segment.first + until
        if found and (not len(self) or found[0] > self._numbers[-1]):
            self._numbers.extend(found)
            self._moved = True
        elif found:
            self._place([(number, True) for number in found])
        while self._early and self._early[0] < self._next:
            self._doubtful.append(self._early.popleft())

    def _older_block(self) -> _Block:
        """The messages before those that were examined, so many as belong to one segment."""
        segment = self._segment(self._low - 1)
        begin = max(segment.first, self.journal.first, self._low - _BLOCK)
        return _Block(segment, begin, begin, [])

    def _examine_older(self, block: _Block) -> None:
        """Take one slice of a block; its rows are put in when the whole of it is examined."""
        found, until = self.accepts.sift(
            block.segment, block.at - block.segment.first, self._low - block.segment.first
        )
        block.found += found
        block.at = block.segment.first + until
        if block.at >= self._low:
            self._block, before, self._low = None, self._low, block.begin
            rows = sorted(set(block.found))
            inside = rows[bisect_left(rows, block.begin) : bisect_left(rows, before)]
            if self._is_free(before):
                self._put_before(inside)
                rows = [number for number in rows if not block.begin <= number < before]
            self._place([(number, True) for number in rows])

    def _is_free(self, end: int) -> bool:
        """True when no row is older than number `end`."""
        return not len(self) or self._numbers[self._start] >= end

    def _put_before(self, rows: list[int]) -> None:
        """Rows that are older than all others."""
        if not rows:
            return
        if self._start < len(rows):
            room = max(len(self), len(rows))
            self._numbers[: self._start] = array("q", bytes(8 * room))
            self._start = room
        self._numbers[self._start - len(rows) : self._start] = array("q", rows)
        self._start -= len(rows)
        self._moved = True

    def _put(self, numbers: list[int], deadline: float = inf) -> None:
        """Test exchanges, and let them be in the view or not; what is left stays in doubt."""
        verdicts: list[tuple[int, bool]] = []
        for number in sorted(set(numbers)):  # one may have changed again while it was in doubt
            if verdicts and time.perf_counter() >= deadline:
                self._doubtful.append(number)
                continue
            code = self._code(number)
            try:
                verdict = code >= FIRST_CODE and self.accepts(number, code)
            except Unfinished:
                self._doubtful.append(number)
            else:
                verdicts.append((number, verdict))
        self._place(verdicts)

    def _place(self, verdicts: list[tuple[int, bool]]) -> None:
        """Let numbers, in order, come or go; what stands behind the first is moved only once."""
        moved = [
            verdict for verdict in verdicts if verdict[1] != (self.index_of(verdict[0]) is not None)
        ]
        if not moved:
            return
        begin = self._start + self.place_of(moved[0][0])
        rest, rows, at = self._numbers[begin:], array("q"), 0
        for number, passes in moved:
            place = bisect_left(rest, number, at)
            rows += rest[at:place]
            at = place + (not passes)
            if passes:
                rows.append(number)
        self._numbers[begin:] = rows + rest[at:]
        self._moved = True

    def _segment(self, number: int) -> Segment:
        return self.journal.segment(number)


def _sieve(test: Test | None) -> Sieve:
    if test is None:
        return _Plain()
    return test if isinstance(test, Sieve) else _Each(test)
