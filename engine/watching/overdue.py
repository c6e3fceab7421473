"""When others' requests count as unanswered, though nobody knows how long their asker waits.

A request that was watched, and whose answer natstap would have heard, is given four times as long
as its subject usually takes, or five seconds where nothing is known of it. Then the journal is
told. What comes after that still counts as its answer.

Nothing is done while no request is open, and nothing at all per message: open requests are found
by a search through the journal's codes some seconds later, when most are answered.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import ceil

from engine.filter.byte_search import Needle, hits, subject_of
from engine.journal.classify import REQUEST
from engine.journal.exchange import ExchangeKind
from engine.journal.journal import SENT, Journal
from engine.journal.states import State

UNKNOWN_WAIT = 5.0
"""Seconds that an answer may take where nothing is known of the subject."""
MIN_WAIT, MAX_WAIT = 2.0, 300.0
"""Seconds between which the wait is where something is known."""
FACTOR = 4.0
"""Times the usual latency."""
SETTLE_LIMIT = 10.0
"""Seconds more that are waited until it is known who else listened."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks while a request is open."""
SLICE_SECONDS = 0.008
"""Seconds that one look may take."""
MAX_PENDING = 1 << 16
"""Open requests that are remembered; more are looked at when there is room."""
_SAMPLES, _SHARE = 64, 0.95
"""Answers of a subject that are looked at, and the share of them that is usual."""
_MAX_HITS, _MAX_BYTES = 512, 4 << 20
"""Messages and bytes that are looked at for them."""
_BELIEVED = 10.0
"""Seconds until a subject's usual latency is looked for again."""
_SUBJECTS = 1024
_MAX_SUBJECT = 256
"""Bytes of a subject of which anything is known."""
_OPEN = bytes([REQUEST])
_DONE = ExchangeKind.REQUEST << 4 | State.ANSWERED


def _nobody_knows(_: int) -> bool:
    return False


def _all_known(_: int) -> bool:
    return True


@dataclass(slots=True)
class Overdue:
    """Judges the requests of one journal. Times are seconds since the epoch, and passed in.

    `excused` tells of a request whose missing answer proves nothing: natstap could not hear it,
    or was the only one that listened. `settled` tells whether that is known yet.
    """

    journal: Journal
    excused: Callable[[int], bool] = _nobody_knows
    settled: Callable[[int], bool] = _all_known
    _next: int = 1
    """The first message that was not looked at."""
    _pending: list[tuple[float, int]] = field(default_factory=list)
    """When each open request is due, the first one in front."""
    _waits: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    """By subject: when it was found out how long to wait, and how long."""

    @property
    def idle(self) -> bool:
        """True when only a new message can change anything."""
        return not self._pending and self._next >= self.journal.next

    def judge(self, now: float, budget: float = SLICE_SECONDS) -> None:
        """Look at what is open, for about `budget` seconds."""
        deadline = time.perf_counter() + budget
        while self._pending and self._pending[0][0] <= now and time.perf_counter() < deadline:
            _, number = heappop(self._pending)
            self._conclude(number, now)
        for number in self._open(now - MIN_WAIT):
            self._take(number, now)
            if time.perf_counter() >= deadline:
                break

    async def keep_judging(self) -> None:
        """Judge until cancelled; asleep while nothing is open and nothing comes."""
        seen = -1
        while True:
            if self.idle:
                seen = await self.journal.pulse.wait(seen)
            await asyncio.sleep(LOOK_INTERVAL)
            seen = self.journal.pulse.count
            self.judge(time.time())

    def _open(self, until: float) -> Iterator[int]:
        """Requests without an answer, of the messages that came before a time."""
        journal = self.journal
        self._next = max(self._next, journal.first)
        while self._next < journal.next and len(self._pending) < MAX_PENDING:
            segment, since = journal.segment(self._next), self._next
            begin = since - segment.first
            end = bisect_right(segment.times, until, begin)
            at = segment.codes[begin:end].tobytes().find(_OPEN)
            if at >= 0:
                self._next = since + at + 1
                yield since + at
                continue
            self._next = segment.first + end
            if end < len(segment.ends):
                return

    def _take(self, number: int, now: float) -> None:
        segment = self.journal.segment(number)
        at = number - segment.first
        if number in segment.asked or segment.sources[at] == SENT:
            return
        due = segment.times[at] + self._wait(number, now)
        if due <= now:
            self._conclude(number, now)
        else:
            heappush(self._pending, (due, number))

    def _conclude(self, number: int, now: float) -> None:
        if number < self.journal.first or self.journal.state(number) is not State.WAITING:
            return
        if self.excused(number):
            return
        segment = self.journal.segment(number)
        limit = segment.times[number - segment.first] + self._wait(number, now) + SETTLE_LIMIT
        if now < limit and not self.settled(number):
            heappush(self._pending, (now + LOOK_INTERVAL, number))
        else:
            self.journal.unanswered.overdue(number)

    # -- how long is too long ------------------------------------------------------------------

    def _wait(self, number: int, now: float) -> float:
        """Seconds that an answer to this request may take."""
        segment = self.journal.segment(number)
        begin, end = subject_of(segment.data, segment.bounds(number - segment.first)[0])
        subject = bytes(segment.data[begin:end])
        at, wait = self._waits.get(subject, (0.0, 0.0))
        if not at <= now < at + _BELIEVED:
            wait = _patience(self._latencies(subject))
            self._waits.pop(subject, None)
            self._waits[subject] = now, wait
            if len(self._waits) > _SUBJECTS:
                del self._waits[next(iter(self._waits))]
        return wait

    def _latencies(self, subject: bytes) -> list[float]:
        """Of the newest answered requests on a subject, as far as it is cheap to find them."""
        found: list[float] = []
        if len(subject) > _MAX_SUBJECT:
            return found
        for number in self._asked_on(subject):
            segment = self.journal.segment(number)
            if segment.codes[number - segment.first] == _DONE:
                latency = self.journal.answer_times.latency(number)
                found += [] if latency is None else [latency]
            if len(found) >= _SAMPLES:
                break
        return found

    def _asked_on(self, subject: bytes) -> Iterator[int]:
        """Exchanges that begin on a subject, from the newest part of the journal back."""
        needle, looked, searched = Needle(b" %b " % subject), 0, 0
        number = self.journal.next - 1
        while number >= self.journal.first and searched < _MAX_BYTES:
            segment = self.journal.segment(number)
            for at in hits(segment, needle, 0, len(segment.ends)):
                begin, _ = segment.bounds(at)
                looked += 1
                if looked > _MAX_HITS:
                    return
                start, end = subject_of(segment.data, begin)
                if segment.data[start:end] == subject:
                    yield segment.first + at
            searched += len(segment.data)
            number = segment.first - 1


def _patience(latencies: list[float]) -> float:
    """Seconds to wait where answers took so long; what is usual is not the slowest of many."""
    if not latencies:
        return UNKNOWN_WAIT
    usual = sorted(latencies)[ceil(_SHARE * len(latencies)) - 1]
    return min(MAX_WAIT, max(MIN_WAIT, FACTOR * usual))
