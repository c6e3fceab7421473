"""Folding: of the exchanges that share a correlation id or a trace id, only the first is shown.

Ids are used again: what comes long after the last of a thread begins another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.journal.journal import Journal
from engine.journal.segment import Segment
from engine.journal.view import Sieve
from engine.known_headers import CORRELATION

from .byte_search import payload_of

MAX_COUNTED = 1000
"""Exchanges of one thread that are counted."""
THREAD_GAP = 600.0
"""Seconds from one exchange of a thread to the next, at the most."""
_ID = re.compile(
    rb"\r\n(?:%b:[ \t]*|traceparent:[ \t]*[^-\r\n]*-)([^-\r\n]\S*)" % CORRELATION.encode(),
    re.IGNORECASE,
)
_TRACE = re.compile(rb"[0-9a-f]{32}-", re.IGNORECASE)
"""How what follows the version in a W3C traceparent begins."""
_WITH_HEAD = ord("H")


@dataclass(slots=True, eq=False)
class _Run:
    """Exchanges with one id, none long after the one before."""

    first: int
    since: float
    until: float
    """Seconds since the epoch."""
    members: set[int] = field(default_factory=set)

    def is_near(self, at: float) -> bool:
        return self.since - THREAD_GAP <= at <= self.until + THREAD_GAP

    def take_in(self, runs: Iterable[_Run]) -> Iterator[int]:
        """Make others a part of this one; gives what is the first of none any more."""
        for run in runs:
            yield max(self.first, run.first)
            self.first = min(self.first, run.first)
            self.since = min(self.since, run.since)
            self.until = max(self.until, run.until)
            self.members |= run.members


class FirstOfThread:
    """A view's test that lets pass what `sieve` does, and of a thread only the first of it.

    A view looks at the newest first, so that what passed at first may not be the first after
    all: `displaced` has those to be tested again.
    """

    def __init__(self, journal: Journal, sieve: Sieve) -> None:
        self.sieve = sieve
        self.displaced: list[int] = []
        self._journal = journal
        self._runs: dict[bytes, list[_Run]] = {}

    def __call__(self, number: int, code: int) -> bool:
        return self.sieve(number, code) and self._is_first(number)

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        found, until = self.sieve.sift(segment, since, end)
        return [number for number in found if self._is_first(number)], until

    def others(self, number: int) -> int:
        """How many exchanges are folded under this one."""
        if not (name := self._id_of(number)):
            return 0
        at = self._time_of(number)
        run = next((run for run in self._runs.get(name, ()) if run.is_near(at)), None)
        return max(0, len(run.members) - 1) if run is not None else 0

    def take_displaced(self) -> list[int]:
        taken, self.displaced = self.displaced, []
        return taken

    def _is_first(self, number: int) -> bool:
        name = self._id_of(number)
        if not name:
            return True
        run = self._run_of(name, self._time_of(number), number)
        if len(run.members) < MAX_COUNTED:
            run.members.add(number)
        if run.first < self._journal.first or number < run.first:
            if run.first > number:
                self.displaced.append(run.first)
            run.first = number
        return run.first == number

    def _run_of(self, name: bytes, at: float, number: int) -> _Run:
        """The one that an exchange belongs to; it may be the link between two."""
        runs = self._runs.setdefault(name, [])
        near = [run for run in runs if run.is_near(at)]
        if not near:
            near = [_Run(number, at, at)]
            runs += near
        run, *others = near
        if others:
            self.displaced += run.take_in(others)
            runs[:] = [kept for kept in runs if kept not in others]
        run.since, run.until = min(run.since, at), max(run.until, at)
        return run

    def _time_of(self, number: int) -> float:
        segment = self._journal.segment(number)
        return segment.times[number - segment.first]

    def _id_of(self, number: int) -> bytes:
        if number not in self._journal:
            return b""
        segment = self._journal.segment(number)
        begin, end = segment.bounds(number - segment.first)
        if segment.data[begin] != _WITH_HEAD:
            return b""
        head, body = payload_of(segment.data, begin)
        found = _ID.search(segment.data, head, min(body, end))
        if found is None:
            return b""
        return found[1][:32] if _TRACE.match(found[1]) else found[1]
