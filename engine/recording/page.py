"""A page: as many messages of a recording as a journal holds, put together again.

Nothing is paired anew: each line says what a message was taken for, so that what is opened stands
as it stood. Every line is hostile: what makes no sense is left out, and counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, NamedTuple

from engine.journal import ExchangeKind
from engine.journal.segment import COPY, FIRST_CODE, MARK, Asked, Segment
from engine.words import counted

from .evidence import FoundHearsay, decode_finding
from .line_values import (
    LATEST,
    LONGEST,
    MAX_SOURCES,
    FrameSizes,
    PackedSpreads,
    SourceNumbers,
    bounded,
    codes_of,
    frame_of,
)
from .lines import CODES, Line, decode_line, decode_lines

MAX_UNREADABLE = 10_000
"""Lines that make no sense, after which the rest is not read."""
_MAX_FINDINGS = 50_000


@dataclass(slots=True)
class RecordedPage:
    """What a journal takes up, and what else is known of it."""

    first: int
    """The journal's number of the first message."""
    segments: list[Segment] = field(default_factory=list)
    sources: list[str] = field(default_factory=lambda: ["natstap"])
    inboxes: tuple[bytes, ...] = ()
    left: dict[int, str] = field(default_factory=dict)
    findings: list[Any] = field(default_factory=list)
    """Of `evidence.KINDS`, in the order in which they were found."""
    lost: int = 0
    """Messages that were seen and not recorded."""
    unreadable: int = 0
    """Lines that make no sense."""
    ended: float = 0.0
    """When the last message came, in seconds since the epoch."""

    @property
    def next(self) -> int:
        last = self.segments[-1] if self.segments else None
        return last.first + len(last.ends) if last else self.first

    def __len__(self) -> int:
        return self.next - self.first

    @property
    def size(self) -> int:
        return sum(segment.size for segment in self.segments)

    def sentences(self) -> Iterator[str]:
        """What is missing."""
        if self.lost:
            yield f"{counted(self.lost, 'message')} went by too fast to be recorded."
        if self.unreadable:
            yield f"{counted(self.unreadable, 'line')} could not be read, and is left out."


class ToldBefore(NamedTuple):
    """Replies to messages from `first` to before `end` stand in the page before, where their own
    number is below `upto`. The numbers are those in the file.
    """

    first: int = 0
    end: int = 0
    upto: int = 0

    def has(self, line: Line) -> bool:
        return self.first <= line.of < self.end <= line.n < self.upto


class PageBuilder:
    """Takes lines in the order of the file. Numbers are given anew from `first` on."""

    def __init__(self, first: int, before: ToldBefore | None = None) -> None:
        self.page = RecordedPage(first)
        self._before = before or ToldBefore()
        self._firsts: list[int] = []
        self._runs: list[tuple[int, int, int]] = []
        """Numbers in the file that follow each other: the first, its new number, how many."""
        self._early: list[tuple[int, int, int]] = []
        """Number, owner in the file and code of what came before what it answers."""
        self._sources = SourceNumbers(self.page.sources)
        self._spreads = PackedSpreads()
        self._sizes = FrameSizes()

    @property
    def full_of_nonsense(self) -> bool:
        return self.page.unreadable > MAX_UNREADABLE

    def add(self, chunk: bytes) -> None:
        """Take whole lines."""
        lines = self._lines(chunk)
        messages = [
            line for line in lines if line.frame is not None or line.frame_base64 is not None
        ]
        if messages and messages[0].n < self._before.upto:
            messages = [line for line in messages if not self._before.has(line)]
        self._add_messages(messages)
        for line in lines:
            if line.frame is None and line.frame_base64 is None:
                self._take(line)

    def add_late(self, chunk: bytes) -> None:
        """Take of whole lines behind the page what they tell of the exchanges in it."""
        ended, unreadable = self.page.ended, self.page.unreadable
        lines = self._lines(chunk)
        self._add_messages(
            [
                line
                for line in lines
                if (line.frame is not None or line.frame_base64 is not None)
                and self._number(line.of)
            ]
        )
        for line in lines:
            if line.exchange or line.left or (line.found and b'"of"' in bytes(line.value)):
                self._take(line)
        self.page.ended, self.page.unreadable = ended, unreadable

    def end(self) -> RecordedPage:
        for number, owner, code in self._early:
            self._belong(number, self._number(owner), code)
        for segment in self.page.segments:
            segment.seal()
        return self.page

    # -- lines -----------------------------------------------------------------------------------

    def _lines(self, chunk: bytes) -> list[Line]:
        try:
            return decode_lines(chunk)
        except (ValueError, RecursionError):
            return list(self._readable(chunk.split(b"\n")))

    def _readable(self, lines: Iterable[bytes]) -> Iterator[Line]:
        for line in lines:
            if not line.strip():
                continue
            try:
                yield decode_line(line)
            except (ValueError, RecursionError):
                self._miss()
                if self.full_of_nonsense:
                    return

    def _miss(self, lines: int = 1) -> None:
        self.page.unreadable += lines

    # -- messages --------------------------------------------------------------------------------

    def _add_messages(self, lines: list[Line]) -> None:
        frames = [frame_of(line) for line in lines]
        sound = list(map(self._sizes.fit, frames))
        if not all(sound):
            kept = [at for at, good in enumerate(sound) if good]
            self._miss(len(lines) - len(kept))
            lines, frames = [lines[at] for at in kept], [frames[at] for at in kept]
        if not frames:
            return
        first = self.page.next
        segment = Segment(first)
        segment.data = bytearray(b"".join(frames))
        segment.ends = array("I", accumulate(map(len, frames)))
        segment.times = array("d", bounded([line.at for line in lines]))
        segment.spreads = array(
            "H", map(self._spreads.__getitem__, [each.spread for each in lines])
        )
        segment.sources = array(
            "H", map(self._sources.__getitem__, [each.source for each in lines])
        )
        codes = codes_of(lines, frames)
        segment.codes = array("B", codes)
        segment.links = array("q", bytes(8 * len(lines)))
        segment.heads = array("I", [at for at, code in enumerate(codes) if code >= FIRST_CODE])
        self.page.segments.append(segment)
        self._firsts.append(first)
        self.page.ended = max(self.page.ended, segment.times[-1])
        self._count(lines, first)
        if len(segment.heads) < len(lines):
            for at, code in enumerate(codes):
                if code < FIRST_CODE:
                    self._join(first + at, lines[at].of, code)

    def _count(self, lines: list[Line], first: int) -> None:
        """Remember which numbers they had."""
        numbers = [line.n for line in lines]
        begin, last = numbers[0], self._runs[-1] if self._runs else None
        if numbers == list(range(begin, begin + len(numbers))) and (
            last is None or begin == last[0] + last[2]
        ):
            known = last or (begin, first, 0)
            self._runs[-1:] = [(known[0], known[1], known[2] + len(numbers))]
            return
        for at, line in enumerate(lines):
            last = self._runs[-1] if self._runs else None
            if last is not None and line.n == last[0] + last[2]:
                self._runs[-1] = last[0], last[1], last[2] + 1
                continue
            if last is not None and line.n < last[0] + last[2]:
                self._runs.clear()  # another recording, behind this one
            self._runs.append((line.n, first + at, 1))

    def _number(self, given: int) -> int:
        """The new number of one in the file; 0 for one that is not here."""
        at = bisect_right(self._runs, given, key=lambda run: run[0]) - 1
        if at < 0:
            return 0
        begin, first, count = self._runs[at]
        return first + given - begin if given < begin + count else 0

    def _join(self, number: int, given: int, code: int) -> None:
        owner = self._number(given)
        if not owner and given > 0:
            self._early.append((number, given, code))
        self._belong(number, owner, code)

    def _belong(self, number: int, owner: int, code: int) -> None:
        """Let a message answer an exchange, which begins with `owner`; 0 is one that is gone."""
        if not owner or owner == number:
            return
        segment = self._segment(owner)
        at = owner - segment.first
        if segment.codes[at] < FIRST_CODE:
            return
        own = self._segment(number)
        own.links[number - own.first] = owner
        if code == COPY:
            segment.copies.setdefault(owner, []).append(number)
        elif code == MARK:
            segment.marks.setdefault(owner, []).append(number)
        elif not segment.links[at]:
            segment.links[at] = number
        elif number > segment.links[at]:
            insort(segment.more.setdefault(owner, []), number)
        else:
            insort(segment.more.setdefault(owner, []), segment.links[at])
            segment.links[at] = number

    def _segment(self, number: int) -> Segment:
        last = self.page.segments[-1]
        if number >= last.first:
            return last
        return self.page.segments[bisect_right(self._firsts, number) - 1]

    # -- what else is told -----------------------------------------------------------------------

    def _take(self, line: Line) -> None:
        page = self.page
        if line.exchange:
            self._stand(line)
        elif line.joined:
            self._adopt(line)
        elif line.left and (number := self._number(line.left)):
            page.left[number] = line.why
        elif line.lost > 0:
            page.lost += line.lost
        elif line.inboxes is not None:
            page.inboxes = tuple(inbox.encode() for inbox in line.inboxes[:MAX_SOURCES] if inbox)
        elif line.found and len(page.findings) < _MAX_FINDINGS:
            self._find(line)

    def _stand(self, line: Line) -> None:
        number = self._number(line.exchange)
        if not number:
            return
        segment = self._segment(number)
        at, code = number - segment.first, CODES.get((line.what, line.state), 0)
        if segment.codes[at] < FIRST_CODE or code < FIRST_CODE or _is_note(code, segment.codes[at]):
            return
        segment.codes[at] = code
        if line.own:
            segment.asked[number] = Asked(
                max(0, line.wanted),
                None if line.timeout is None else min(max(line.timeout, 0.0), LONGEST),
                max(0, line.got),
                None if line.ended is None else min(max(line.ended, 0.0), LATEST),
                line.why,
                line.until_empty,
                line.to_store,
            )

    def _adopt(self, line: Line) -> None:
        number, owner = self._number(line.joined), self._number(line.of)
        code = CODES.get((line.what, ""), FIRST_CODE)
        if not number or not owner or code >= FIRST_CODE:
            return
        segment = self._segment(number)
        at = number - segment.first
        if segment.codes[at] >> 4 == ExchangeKind.ORPHAN:
            segment.heads.remove(at)
            segment.codes[at] = code
            self._belong(number, owner, code)

    def _find(self, line: Line) -> None:
        try:
            found = decode_finding(line.found, line.value)
        except (ValueError, RecursionError):
            self._miss()
            return
        if found is not None and (here := renumbered(found, self._number)) is not None:
            self.page.findings.append(here)


def renumbered(found: Any, number: Callable[[int], int]) -> Any:
    """With the journal's numbers; None where the exchange is not here."""
    if isinstance(found, FoundHearsay):
        alone, unheard = (
            tuple(filter(None, map(number, numbers))) for numbers in (found.alone, found.unheard)
        )
        return FoundHearsay(alone, unheard)
    if not hasattr(found, "of"):
        return found
    new = number(found.of)
    return replace(found, of=new) if new else None


def _is_note(*codes: int) -> bool:
    return any(code >> 4 == ExchangeKind.NOTE for code in codes)
