"""A batch: messages taken from the journal, to be written by a thread while the journal goes on.

The frames of a full segment are taken as they are; columns, and what still grows, are copied.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from msgspec import Raw

from engine.journal import Journal
from engine.journal.segment import FIRST_CODE, Asked, Segment

from .lines import (
    WORDS,
    Alike,
    Line,
    MessageLine,
    PlainLine,
    Together,
    as_value,
    encode_lines,
    framed,
    micros,
)
from .masked_frames import Mask

_AT_ONCE = 512
"""Messages made into lines in one go: what is done meanwhile cannot be interrupted."""
_TOGETHER = 64
"""Messages of one read that are worth lines of their own: what they share is made once."""


@dataclass(slots=True)
class Batch:
    """Messages `first` to `first + len(ends) - 1`, and what is to be said of others."""

    first: int
    data: bytes
    ends: array[int]
    """Where each frame ends in `data`."""
    times: array[float]
    spreads: array[int]
    sources: array[int]
    links: array[int]
    codes: array[int]
    more: list[Line] = field(default_factory=list)
    """What changed of messages that were written before, or is known of these."""

    def __len__(self) -> int:
        return len(self.ends)

    @classmethod
    def without_messages(cls, first: int, lines: Iterable[Line]) -> Batch:
        """Lines about others; the next message is number `first`."""
        none = array("I"), array("d"), array("H"), array("H"), array("q"), array("B")
        return cls(first, b"", *none, [*lines])

    @classmethod
    def of(cls, segment: Segment, begin: int) -> Batch:
        """The messages from position `begin` on; of a whole segment the frames are shared."""
        offset = segment.ends[begin - 1] if begin else 0
        ends = segment.ends[begin:]
        if offset:
            ends = array("I", [at - offset for at in ends])
        return cls(
            segment.first + begin,
            bytes(segment.data[offset:]),
            ends,
            segment.times[begin:],
            segment.spreads[begin:],
            segment.sources[begin:],
            segment.links[begin:],
            segment.codes[begin:],
        )


def take(journal: Journal, number: int) -> Batch:
    """The rest of a segment, from `number` on; it must be in the journal."""
    segment = journal.segment(number)
    batch = Batch.of(segment, number - segment.first)
    asked = segment.asked
    if asked:
        upto = number + len(batch)
        batch.more += [
            asked_line(head, asked[head], segment.codes[head - segment.first])
            for head in asked
            if number <= head < upto
        ]
    return batch


def asked_line(number: int, asked: Asked, code: int) -> Line:
    """What only the asker knows of an exchange, and how that stands."""
    what, state = WORDS[code]
    return Line(
        exchange=number,
        what=what,
        state=state,
        own=True,
        wanted=asked.wanted,
        timeout=asked.timeout,
        got=asked.got,
        ended=asked.ended,
        why=asked.why,
        until_empty=asked.until_empty,
        to_store=asked.to_store,
    )


def changed_line(journal: Journal, number: int) -> Line:
    """How an exchange stands now; it must be in the journal, and begin one or answer one."""
    segment = journal.segment(number)
    at = number - segment.first
    code = segment.codes[at]
    if code < FIRST_CODE:
        return Line(joined=number, what=WORDS[code][0], of=segment.links[at])
    if (asked := segment.asked.get(number)) is not None:
        return asked_line(number, asked, code)
    what, state = WORDS[code]
    return Line(exchange=number, what=what, state=state)


def written(batch: Batch, sources: list[str], mask: Mask) -> Iterator[tuple[int, bytes]]:
    """The lines of a batch, some hundred at a time; before them the number of the first message
    in there, or of the next one.
    """
    frames, alike = _Frames(batch, mask), _AlikeValues(batch, sources)
    begin = 0
    while begin < len(batch):
        end = _end_of_stretch(batch, begin)
        yield batch.first + begin, encode_lines(_messages(batch, begin, end, alike, frames))
        begin = end
    for begin in range(0, len(batch.more), _AT_ONCE):
        more = [mask.line(line) for line in batch.more[begin : begin + _AT_ONCE]]
        yield batch.first + len(batch), encode_lines(more)


def _end_of_stretch(batch: Batch, begin: int) -> int:
    end = min(len(batch), begin + _AT_ONCE)
    same = bisect_right(batch.times, batch.times[begin], begin, end)
    return same if same - begin >= _TOGETHER else end


def _messages(
    batch: Batch, begin: int, end: int, alike: _AlikeValues, frames: _Frames
) -> Sequence[MessageLine | PlainLine]:
    numbers, texts = range(batch.first + begin, batch.first + end), frames.texts(begin, end)
    if texts is not None and (together := alike.together(begin, end)) is not None:
        return list(map(PlainLine, numbers, repeat(together), texts))
    others: Iterable[str | None] = repeat(None)
    plain: Iterable[str | None] = texts or ()
    if texts is None:
        plain, others = zip(*frames.masked(begin, end), strict=True)
    codes, times = batch.codes[begin:end], batch.times[begin:end]
    owners: Iterable[int] = repeat(0)
    if min(codes) < FIRST_CODE:
        pairs = zip(batch.links[begin:end], codes, strict=True)
        owners = [link if code < FIRST_CODE else 0 for link, code in pairs]
    values = alike.take(begin, end)
    return list(map(MessageLine, numbers, times, values, owners, plain, others))


class _AlikeValues(dict[tuple[int, int, int], Raw]):
    """By packed spread, source and code: what many messages have in common, encoded."""

    def __init__(self, batch: Batch, sources: list[str]) -> None:
        super().__init__()
        self._batch = batch
        self._sources = sources
        self._alike = _is_even(batch.sources) and _is_even(batch.codes)

    def take(self, begin: int, end: int) -> Iterable[Raw]:
        """Those of the messages from `begin` to before `end`."""
        batch = self._batch
        columns = batch.spreads[begin:end], batch.sources[begin:end], batch.codes[begin:end]
        if all(map(_is_even, columns)):
            return repeat(self[columns[0][0], columns[1][0], columns[2][0]])
        return map(self.__getitem__, zip(*columns, strict=True))

    def together(self, begin: int, end: int) -> Raw | None:
        """What all of them have in common, their time too, where each begins an exchange."""
        batch = self._batch
        code, others = batch.codes[begin], (batch.sources, batch.codes)
        columns = (batch.times, batch.spreads, *(() if self._alike else others))
        if code < FIRST_CODE or not all(_is_even(column[begin:end]) for column in columns):
            return None
        what, state = WORDS[code]
        source, spread = self._sources[batch.sources[begin]], micros(batch.spreads[begin])
        return as_value(Together(batch.times[begin], source, what, state, spread))

    def __missing__(self, key: tuple[int, int, int]) -> Raw:
        spread, source, code = key
        what, state = WORDS[code]
        self[key] = made = as_value(Alike(self._sources[source], what, state, micros(spread)))
        return made


def _is_even(column: array[int] | array[float]) -> bool:
    """True where it holds one value, again and again."""
    return column.tobytes() == column[:1].tobytes() * len(column)


class _Frames:
    """The frames of a batch, as text or base64."""

    def __init__(self, batch: Batch, mask: Mask) -> None:
        self._data = batch.data
        self._ends = batch.ends
        self._mask = mask

    def texts(self, begin: int, end: int) -> list[str] | None:
        """Those at `begin` to before `end`, where all are ASCII and none holds a secret."""
        first, data = self._part(begin, end)
        if self._mask.suspects(data):
            return None
        try:
            written, at = data.decode("ascii"), 0
        except UnicodeDecodeError:
            return None
        return [written[at : (at := upto - first)] for upto in self._ends[begin:end]]

    def masked(self, begin: int, end: int) -> list[tuple[str | None, str | None]]:
        """The same of any, without their secrets: each as text, or as base64."""
        first, data = self._part(begin, end)
        at = 0
        frames = [data[at : (at := upto - first)] for upto in self._ends[begin:end]]
        if self._mask.suspects(data) or self._mask.may_pack(data):
            frames = [self._mask.frame(frame) for frame in frames]
        return [framed(frame) for frame in frames]

    def _part(self, begin: int, end: int) -> tuple[int, bytes]:
        """Where those begin, and their bytes."""
        first = self._ends[begin - 1] if begin else 0
        return first, self._data[first : self._ends[end - 1]]
