"""What nobody sees who does not name it: how many exchanges of the hidden kinds there are.

It counts the journal's codes, in C, as they come: a hundred thousand take a tenth of a
millisecond.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from engine.journal.exchange import ExchangeKind
from engine.journal.journal import Journal
from engine.journal.segment import Segment
from engine.message import text

from .byte_search import subject_of
from .state_terms import HIDDEN

_KIND_OF = bytes(code >> 4 for code in range(256))
_TOKENS = 3
"""Tokens of a hidden subject that are shown."""


@dataclass(slots=True)
class HiddenCount:
    """Of one journal; `look` before asking."""

    journal: Journal
    _next: int = 1
    """The first message that was not counted."""
    _counts: dict[int, dict[ExchangeKind, int]] = field(default_factory=dict)
    """By segment."""
    _newest: dict[ExchangeKind, int] = field(default_factory=dict)

    def look(self) -> None:
        """Count what is new, and forget what the journal dropped."""
        first = self.journal.first
        for gone in [number for number in self._counts if number < first]:
            del self._counts[gone]
        self._next = max(self._next, first)
        while self._next < self.journal.next:
            segment = self.journal.segment(self._next)
            self._count(segment, self._next - segment.first)
            self._next = segment.first + len(segment.codes)

    def count(self, kinds: Collection[ExchangeKind] = HIDDEN) -> int:
        """How many exchanges of these kinds the journal holds."""
        return sum(found.get(kind, 0) for found in self._counts.values() for kind in kinds)

    def example(self, kind: ExchangeKind) -> str:
        """The first tokens of the newest subject of a kind; "" when there is none."""
        number = self._newest.get(kind, 0)
        if number not in self.journal:
            return ""
        segment = self.journal.segment(number)
        begin, end = subject_of(segment.data, segment.bounds(number - segment.first)[0])
        tokens = text(bytes(segment.data[begin:end])).split(".")
        return ".".join(tokens[:_TOKENS]) + ("…" if len(tokens) > _TOKENS else "")

    def _count(self, segment: Segment, since: int) -> None:
        kinds = segment.codes[since:].tobytes().translate(_KIND_OF)
        found = self._counts.setdefault(segment.first, {})
        for kind in HIDDEN:
            code = bytes([kind])
            if new := kinds.count(code):
                found[kind] = found.get(kind, 0) + new
                self._newest[kind] = segment.first + since + kinds.rfind(code)
