"""Folding: of the exchanges that share a correlation id or a trace id, only the first is shown."""

from __future__ import annotations

import re

from engine.journal.journal import Journal
from engine.journal.segment import Segment
from engine.journal.view import Sieve

from .byte_search import payload_of

MAX_COUNTED = 1000
"""Exchanges of one thread that are counted."""
_ID = re.compile(
    rb"\r\n(?:(?:[\w-]+[-_])?correlation[-_]?id:[ \t]*|traceparent:[ \t]*[^-\r\n]*-)([^-\r\n]\S*)",
    re.IGNORECASE,
)
_TRACE = re.compile(rb"[0-9a-f]{32}-", re.IGNORECASE)
"""How what follows the version in a W3C traceparent begins."""
_WITH_HEAD = ord("H")


class FirstOfThread:
    """A view's test that lets pass what `sieve` does, and of a thread only the first of it.

    A view looks at the newest first, so that what passed at first may not be the first after
    all: `displaced` has those to be tested again.
    """

    def __init__(self, journal: Journal, sieve: Sieve) -> None:
        self.sieve = sieve
        self.displaced: list[int] = []
        self._journal = journal
        self._first: dict[bytes, int] = {}
        self._members: dict[bytes, set[int]] = {}

    def __call__(self, number: int, code: int) -> bool:
        return self.sieve(number, code) and self._is_first(number)

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        found, until = self.sieve.sift(segment, since, end)
        return [number for number in found if self._is_first(number)], until

    def others(self, number: int) -> int:
        """How many exchanges are folded under this one."""
        name = self._id_of(number)
        return max(0, len(self._members.get(name, ())) - 1) if name else 0

    def take_displaced(self) -> list[int]:
        taken, self.displaced = self.displaced, []
        return taken

    def _is_first(self, number: int) -> bool:
        name = self._id_of(number)
        if not name:
            return True
        members = self._members.setdefault(name, set())
        if len(members) < MAX_COUNTED:
            members.add(number)
        first = self._first.get(name)
        if first is None or first < self._journal.first or number < first:
            if first is not None and first > number:
                self.displaced.append(first)
            self._first[name] = number
        return self._first[name] == number

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
