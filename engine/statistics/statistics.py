"""Statistics: what was seen on each subject, counted as it comes, in bounded memory.

It reads the journal like a view does, in slices, and keeps its counts when the journal drops
the messages. One subject costs about two kilobytes however busy it is. Subjects that are made
up for one answer are counted together (`_INBOX.>`, `$JS.API.>`); when there are still too
many, the quietest are folded into one, the others.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Literal

from engine.filter.state_terms import ALONE, STORED_FOR_OTHERS, Look, no_look
from engine.journal.exchange import ExchangeKind
from engine.journal.journal import Journal
from engine.journal.segment import COPY, FIRST_CODE, MEMBER, Segment
from engine.journal.states import State
from engine.journal.walk import open_requests
from engine.latency_words import settled
from engine.message import raw_bytes, text

from .histogram import bucket_of
from .subject_tally import FAILED, GOT_ANSWER, SubjectStats, Tally

OTHERS = "all others"
"""What no subject can be called."""
Order = Literal["count", "rate", "failed", "latency", "bytes", "subject"]

_SLICE = 256
_NOTE = ExchangeKind.NOTE << 4
_UNSTATED = 255
_ANSWERED = bytes(state in GOT_ANSWER for state in range(256))
_STATED = (ExchangeKind.REQUEST, ExchangeKind.SYSTEM, ExchangeKind.WATCHED_SYSTEM)


class Statistics:
    """At least `subjects` and at most twice as many are told apart.

    `look` tells of open requests what no message does, and `settled` by watch, up to which
    number it has found that out.
    """

    def __init__(
        self,
        journal: Journal,
        subjects: int = 1000,
        *,
        look: Look = no_look,
        settled: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self.journal = journal
        self._look = look
        self._ask_settled = settled
        self._settled: dict[str, int] = {}
        self.missed = 0
        """Messages that the journal dropped before they were counted."""
        self._most = subjects
        self._tallies: dict[bytes, Tally] = {}
        self._others, self._total = Tally(), Tally()
        self._next = journal.first
        self._changes = journal.changes.count
        self._adoptions = journal.changes.adoptions
        self._doubtful = array("q")
        self._doubted: list[int] = []
        """Segments of which some changes were not told."""
        self._seen: dict[int, bytearray] = {}
        """By segment: the state that each exchange is counted in."""

    @property
    def behind(self) -> int:
        """How many messages are not counted yet."""
        return self.journal.next - max(self._next, self.journal.first)

    def catch_up(self, budget: float) -> bool:
        """Count what is new or changed for about `budget` seconds; True when there was any."""
        deadline = time.perf_counter() + budget
        self._forget()
        self._learn()
        worked = False
        while step := self._step():
            step()
            worked = True
            if time.perf_counter() >= deadline:
                break
        return worked

    def names(
        self, order: Order = "count", now: float | None = None, holding: str = ""
    ) -> list[str]:
        """The subjects that hold a text (A for a) in an order: the largest first, or by name."""
        second, key = int(time.time() if now is None else now), _ORDERS[order]
        wanted = raw_bytes(holding).lower()
        held = (item for item in self._tallies.items() if wanted in item[0].lower())
        best = sorted(held, key=lambda one: key(one[0], one[1], second))
        return [text(raw) for raw, _ in best]

    def subjects(
        self, limit: int = 50, order: Order = "count", now: float | None = None
    ) -> list[SubjectStats]:
        """The first subjects in an order."""
        first = self.names(order, now)[:limit]
        return [seen for name in first if (seen := self.subject(name, now))]

    def subject(self, name: str, now: float | None = None) -> SubjectStats | None:
        """What was seen on a subject, alone or in its group; None when it is not told apart."""
        raw = raw_bytes(name)
        raw = raw if raw in self._tallies else self._group(raw)
        tally = self._tallies.get(raw)
        if tally is None:
            return None
        return tally.snapshot(text(raw), time.time() if now is None else now)

    def total(self, now: float | None = None) -> SubjectStats:
        tallies = (self._others, *self._tallies.values())
        self._total.states = [*map(sum, zip(*(tally.states for tally in tallies), strict=True))]
        return self._total.snapshot("", time.time() if now is None else now)

    def others(self, now: float | None = None) -> SubjectStats:
        """All that was folded because there were too many subjects."""
        return self._others.snapshot(OTHERS, time.time() if now is None else now)

    # -- reading the journal -------------------------------------------------------------

    def _step(self) -> Callable[[], None] | None:
        if self._doubtful:
            return self._recount
        if self._doubted:
            return self._doubt
        return self._examine if self._next < self.journal.next else None

    def _forget(self) -> None:
        first = self.journal.first
        if self._next < first:
            self.missed += first - self._next
            self._next = first
        for gone in [number for number in self._seen if number < first]:
            del self._seen[gone]

    def _learn(self) -> None:
        changes = self.journal.changes
        changed = changes.since(self._changes)
        self._changes = changes.count
        adopted, self._adoptions = changes.adoptions - self._adoptions, changes.adoptions
        for number in islice(reversed(changes.adopted), adopted):
            if self.journal.first <= number < self._next:
                self._take_back(number)
        if changed is None:
            self._doubted = list(self._seen)
        elif changed:
            known = self._next
            self._doubtful.extend(dict.fromkeys(number for number in changed if number < known))
        self._settle()

    def _settle(self) -> None:
        """Look again at what was open while nobody knew yet who else had heard it."""
        before, self._settled = self._settled, dict(self._ask_settled())
        for name, upto in self._settled.items():
            since, until = before.get(name, upto) + 1, min(upto + 1, self._next)
            self._doubtful.extend(open_requests(self.journal, since, until))

    def _recount(self) -> None:
        first = self.journal.first
        for number in self._doubtful[-_SLICE:]:
            if number >= first:
                segment = self.journal.segment(number)
                self._change(segment, number - segment.first)
        del self._doubtful[-_SLICE:]

    def _doubt(self) -> None:
        """Find the exchanges of a segment that are counted in another state than they have."""
        first = self._doubted.pop()
        if first >= self.journal.first:
            codes, seen = self.journal.segment(first).codes, self._seen[first]
            both = enumerate(zip(seen, codes, strict=False))
            self._doubtful.extend(
                first + at for at, (old, code) in both if old not in (code & 15, _UNSTATED)
            )

    def _examine(self) -> None:
        segment = self.journal.segment(self._next)
        since = self._next - segment.first
        until = min(since + _SLICE, len(segment.ends))
        seen = self._seen.setdefault(segment.first, bytearray())
        seen.extend(b"\xff" * (until - since))
        begin, ends, codes = segment.bounds(since)[0], segment.ends, segment.codes
        for at in range(since, until):
            end, code = ends[at], codes[at]
            if code == _NOTE:
                pass
            elif code >= FIRST_CODE:
                self._begin(segment, at, begin, end - begin, code, seen)
            elif code != COPY:
                self._reply(segment, at, end - begin)
            begin = end
        self._next = segment.first + until

    # -- counting ------------------------------------------------------------------------

    def _begin(
        self, segment: Segment, at: int, begin: int, size: int, code: int, seen: bytearray
    ) -> None:
        tally = self._tally(segment.data, begin)
        second = int(segment.times[at])
        tally.begin(second, size)
        self._total.begin(second, size)
        if code >> 4 in _STATED:
            state = seen[at] = self._stand(segment, at)
            tally.states[state] += 1
            if _ANSWERED[state]:
                self._answered(tally, segment.first + at)

    def _stand(self, segment: Segment, at: int) -> int:
        """The state that an exchange is counted in."""
        state, number = segment.codes[at] & 15, segment.first + at
        if number in segment.asked:
            return state
        if state in STORED_FOR_OTHERS:
            return State.KEPT
        if state != State.WAITING:
            return state
        return ALONE if self._look(number) == ALONE else state

    def _take_back(self, number: int) -> None:
        """What was counted as an orphan is a reply after all."""
        segment = self.journal.segment(number)
        at = number - segment.first
        begin, end = segment.bounds(at)
        raw = self._group(_subject(segment.data, begin))
        own = self._tallies.get(raw) or self._others
        for tally in (own, self._total):
            tally.take_back(int(segment.times[at]), end - begin)
        if own is not self._others and not (own.count or own.bytes):
            del self._tallies[raw]
        if segment.codes[at] != COPY:
            self._reply(segment, at, end - begin)

    def _change(self, segment: Segment, at: int) -> None:
        seen, state = self._seen[segment.first], self._stand(segment, at)
        before = seen[at]
        if before in (state, _UNSTATED):
            return
        seen[at] = state
        tally = self._tally(segment.data, segment.bounds(at)[0])
        tally.states[before] -= 1
        tally.states[state] += 1
        if _ANSWERED[state] > _ANSWERED[before]:
            self._answered(tally, segment.first + at)
        elif _ANSWERED[state] < _ANSWERED[before]:
            self._unanswered(tally, segment.first + at)

    def _answered(self, tally: Tally, number: int) -> None:
        taken = self._taken(number)
        if taken is not None:
            low, latency = taken
            bucket = bucket_of(latency)
            tally.answered(latency, bucket, low)
            self._total.answered(latency, bucket, low)

    def _taken(self, number: int) -> tuple[float | None, float] | None:
        """A latency, and before it what it is at least, unless it was taken exactly."""
        bounds = self.journal.answer_times.bounds(number)
        if bounds is None:
            return None
        low, high = settled(*bounds, own=number in self.journal.own)
        return (None if low == high else low), high

    def _unanswered(self, tally: Tally, number: int) -> None:
        """The server did not take the answer after all."""
        taken = self._taken(number)
        for counted in (tally, self._total):
            if taken is not None and counted.latency is not None:
                counted.latency.take_back(taken[1], taken[0])

    def _reply(self, segment: Segment, at: int, size: int) -> None:
        owner, tally, asked = segment.links[at], self._others, True
        if owner >= self.journal.first:
            holder = self.journal.segment(owner)
            place = owner - holder.first
            tally = self._tally(holder.data, holder.ends[place - 1] if place else 0)
            asked = holder.codes[place] >> 4 in _STATED
        for counted in (tally, self._total):
            counted.replies += asked and segment.codes[at] == MEMBER
            counted.bytes += size

    def _tally(self, data: bytes | bytearray, begin: int) -> Tally:
        raw = _subject(data, begin)
        known = self._tallies.get(raw) or self._tallies.get(raw := self._group(raw))
        if known is not None:
            return known
        if len(self._tallies) >= 2 * self._most:
            self._fold()
        made = self._tallies[raw] = Tally()
        return made

    def _group(self, subject: bytes) -> bytes:
        """The name that subjects made up for one answer are counted under; or the subject."""
        if subject.startswith(self.journal.inboxes.stems):
            known = (inbox for inbox in self.journal.inboxes.stems if subject.startswith(inbox))
            return next(known).rstrip(b".") + b".>"
        if subject.startswith(b"$") and subject.count(b".") > 1:
            return b".".join(subject.split(b".", 2)[:2]) + b".>"
        return subject

    def _fold(self) -> None:
        tallies, merge = self._tallies, self._others.merge
        counts = sorted((tally.count for tally in tallies.values()), reverse=True)
        least = counts[self._most - 1] if self._most else math.inf
        equal = self._most - sum(count > least for count in counts)
        kept: dict[bytes, Tally] = {}
        for raw, tally in tallies.items():
            if tally.count > least or (tally.count == least and equal > 0):
                equal -= tally.count == least
                kept[raw] = tally
            else:
                merge(tally)
        self._tallies = kept


def _subject(data: bytes | bytearray, begin: int) -> bytes:
    """Of the frame that begins there."""
    first = data.find(b" ", begin) + 1
    return bytes(data[first : data.find(b" ", first)])


def _p99(tally: Tally) -> float:
    return tally.latency.percentiles(0.99)[0] if tally.latency else 0.0


def _failed(tally: Tally) -> int:
    return sum(count for state, count in enumerate(tally.states) if FAILED[state])


_ORDERS: dict[Order, Callable[[bytes, Tally, int], tuple[float, bytes]]] = {
    "count": lambda raw, tally, now: (-tally.count, raw),
    "rate": lambda raw, tally, now: (-sum(tally.series(now)[-10:]), raw),
    "failed": lambda raw, tally, now: (-_failed(tally), raw),
    "latency": lambda raw, tally, now: (-_p99(tally), raw),
    "bytes": lambda raw, tally, now: (-tally.bytes, raw),
    "subject": lambda raw, tally, now: (0, raw),
}
