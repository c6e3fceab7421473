"""A body as lines: an index over it, nothing copied; a line is cut out when it is looked at.

JSON is laid out by its own tokens and not by decoding and encoding it, so repeated keys, the
order of keys and the digits of a number stay as they were sent. The index of a large body
grows in slices, the first screen first.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Protocol, assert_never

from engine.content.binary import printable
from engine.content.content import Envelope, Form
from engine.content.reading import Reading, read
from engine.message import Headers

INDENT = 2
DEEPEST = 126
"""Levels that are told apart and indented; deeper ones would only push the text out of sight."""
CLOSES = 0x80
"""Added to the level of a line that closes one."""

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)'
"""One without an end reaches to the end of the text: trying again further on would be endless."""
_PLAIN = r'[^\s\[\]{},:"]++'
_BRACKET = r"[\[{](?:\s*+[\]}])?+"
_JSON_LINE = re.compile(
    rf"(?:{_STRING}(?:\s*+:\s*+(?:{_PLAIN}|{_STRING}|{_BRACKET}|.))?+|{_PLAIN}|{_BRACKET}|.)"
    r"\s*+(?:,\s*+)?+",
    re.DOTALL,
)
"""One line of laid out JSON, and the white space after it."""
_TEXT_LINE = re.compile(r"[^\n]*+\n|[^\n]++")
_WHITE = " \n\r\t"
_BLOCK = 32 << 10
"""Characters that are indexed at once."""
_EACH = 16
_MOST_FOUND = 1000


class Lines(Protocol):
    """What a body view shows: raw text, not yet made safe."""

    form: Form
    widest: int
    """Characters in the longest line known so far."""
    done: bool

    def __len__(self) -> int: ...
    def line(self, index: int, end: int | None = None) -> str:
        """Line `index`, or its first `end` characters."""
        ...

    def grow(self, budget: float) -> None:
        """Index further for about `budget` seconds."""


class Indexed(ABC):
    """Lines found one after the other. Where each 16th begins is kept, the others are found again:
    an index of a large body would be larger than the body. A line ends where the next one begins,
    or before the break or white space there.
    """

    form: Form

    def __init__(self, text: str, find: Callable[[], Iterator[bool]]) -> None:
        """`find` indexes a slice each time it is asked."""
        self.text = text
        self.widest = 0
        self.done = False
        self.reach = 0
        """Characters of the text that are indexed."""
        self._marks = array("I")
        """Where every 16th line begins."""
        self._count = 0
        self._found: dict[int, list[int]] = {}
        """Where the lines between two marks begin, of those looked at last."""
        self._more = find()

    def __len__(self) -> int:
        return self._count

    @abstractmethod
    def _lengths(self, start: int, stop: int) -> list[int]:
        """Of the lines between the begins of two lines, with what is behind each."""

    @abstractmethod
    def _trimmed(self, raw: str) -> str:
        """A line without what is behind it."""

    def line(self, index: int, end: int | None = None) -> str:
        start, stop = self._bounds(index)
        if end is not None and start + end + 2 < stop:
            return self._trimmed(self.text[start : start + end + 2])[:end]
        return self._trimmed(self.text[start:stop])[:end]

    def line_of(self, offset: int) -> int:
        """The line that a character of the text is in, or the last one before it."""
        at = max(0, bisect_right(self._marks, offset) - 1)
        inside = bisect_right(self._begins(at), offset) - 1
        return max(0, min(at * _EACH + inside, self._count - 1))

    def span(self, index: int) -> tuple[int, int]:
        """Where a line begins and ends in the text."""
        start, stop = self._bounds(index)
        return start, start + len(self._trimmed(self.text[start:stop]))

    def grow(self, budget: float) -> None:
        deadline = time.perf_counter() + budget
        while not self.done and time.perf_counter() < deadline:
            self.done = next(self._more, True)

    def _take(self, lengths: list[int]) -> None:
        """The lines that were found next."""
        begins = [*accumulate(lengths, initial=self.reach)]
        self._marks.extend(begins[-self._count % _EACH : -1 : _EACH])
        self._count += len(lengths)
        self.reach = begins[-1]

    def _bounds(self, index: int) -> tuple[int, int]:
        """Where a line and the next one begin."""
        begins, at = self._begins(index // _EACH), index % _EACH
        return begins[at], begins[at + 1]

    def _begins(self, at: int) -> list[int]:
        """Where the lines from a mark on begin, and the one at the next mark."""
        if (known := self._found.get(at)) is not None:
            return known
        whole = at + 1 < len(self._marks)
        start = self._marks[at] if self._marks else 0
        stop = self._marks[at + 1] if whole else self.reach
        begins = [*accumulate(self._lengths(start, stop), initial=start)]
        if whole or self.done:
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            self._found[at] = begins
        return begins


class TextLines(Indexed):
    form: Form = "text"

    def __init__(self, text: str) -> None:
        super().__init__(text, self._find)

    def _lengths(self, start: int, stop: int) -> list[int]:
        return list(map(len, _TEXT_LINE.findall(self.text, start, stop)))

    def _trimmed(self, raw: str) -> str:
        return raw[:-1].removesuffix("\r") if raw.endswith("\n") else raw

    def _find(self) -> Iterator[bool]:
        size = len(self.text)
        while self.reach < size:
            stop = self.text.find("\n", self.reach + _BLOCK) + 1 or size
            lengths = self._lengths(self.reach, stop)
            self.widest = max(self.widest, max(lengths) - 1)
            self._take(lengths)
            yield False


class JsonLines(Indexed):
    form: Form = "json"

    def __init__(self, text: str) -> None:
        super().__init__(text.strip(), self._find)
        self.levels = bytearray()
        """A byte for each line, so that its kin are found at the speed of a search in bytes."""
        self._level = 0

    def line(self, index: int, end: int | None = None) -> str:
        raw = super().line(index, end)
        return " " * (INDENT * (self.levels[index] & ~CLOSES)) + _spaced(raw)

    def _lengths(self, start: int, stop: int) -> list[int]:
        return list(map(len, _JSON_LINE.findall(self.text, start, stop)))

    def _trimmed(self, raw: str) -> str:
        return raw.rstrip()

    def _find(self) -> Iterator[bool]:
        size, block = len(self.text), _BLOCK
        while self.reach < size:
            stop = min(size, self.reach + block)
            lines = _JSON_LINE.findall(self.text, self.reach, stop)
            if stop < size:
                del lines[-2:]  # there may be more of them: a key, and its colon
            block = _BLOCK if lines else 2 * block
            if lines:
                levels, lengths = self._indent(lines), list(map(len, lines))
                self._widen(lines, levels, lengths)
                self.levels += levels
                self._take(lengths)
                yield False

    def _indent(self, lines: list[str]) -> bytearray:
        """The levels of the next lines."""
        level, levels = self._level, bytearray()
        take = levels.append
        for line in lines:
            if line[0] in "]}":
                level -= level > 0
                take(level | CLOSES if level < DEEPEST else DEEPEST | CLOSES)
                continue
            take(level if level < DEEPEST else DEEPEST)
            last = line[-1]
            if last in "[{" or (last in _WHITE and line.rstrip()[-1] in "[{"):
                level += 1
        self._level = level
        return levels

    def _widen(self, lines: list[str], levels: bytearray, lengths: list[int]) -> None:
        """Only what may be wider than all before it is measured."""
        least = self.widest - INDENT * max(levels.translate(_OPEN))
        for at in [at for at, length in enumerate(lengths) if length > least]:
            width = len(lines[at].rstrip()) + INDENT * (levels[at] & ~CLOSES)
            self.widest = max(self.widest, width)


_OPEN = bytes(code & ~CLOSES for code in range(256))
"""A level without what says that it is closed."""


KEY = re.compile(rf"({_STRING})\s*+:\s*+")


def _spaced(line: str) -> str:
    """One space after a key, and no other white space between tokens."""
    key = KEY.match(line)
    ahead, rest = (f"{key[1]}: ", line[key.end() :]) if key else ("", line)
    if rest[:1] in ("[", "]", "{", "}"):
        return ahead + "".join(rest.split())
    return ahead + (f"{rest[:-1].rstrip()}," if rest.endswith(",") else rest)


class HexLines:
    """Sixteen bytes a line, or eight where there is no room: offset, hex, ASCII."""

    form: Form = "hex"
    done = True

    def __init__(self, body: bytes, width: int = 0) -> None:
        self.body = body
        self.each = self.fitting(width)
        self.widest = 78 if self.each == 16 else 45

    @staticmethod
    def fitting(width: int) -> int:
        """Bytes on a line of `width` cells; 0 means that the width is not known."""
        return 8 if 0 < width < 78 else 16

    def __len__(self) -> int:
        return -(-len(self.body) // self.each)

    def line(self, index: int, end: int | None = None) -> str:
        part = self.body[index * self.each : (index + 1) * self.each]
        halves = [part[:8].hex(" ")] if self.each == 8 else [part[:8].hex(" "), part[8:].hex(" ")]
        written = "  ".join(f"{half:23}" for half in halves)
        return f"{index * self.each:08x}  {written}  |{printable(part)}|"[:end]

    def grow(self, budget: float) -> None:
        """Nothing to do: a line's place is computed."""


def lines_of(body: bytes, content_type: str = "", width: int = 0) -> Lines:
    """The form that suits a body of which only its content-type is known."""
    headers = Headers([("content-type", content_type)] if content_type else ())
    return lines_of_reading(read(body, Envelope(headers=headers)), body, width)


def lines_of_reading(reading: Reading, body: bytes, width: int = 0) -> Lines:
    """What was read, in lines; bytes that nobody could read in hex, as they came."""
    match reading.form:
        case "json":
            return JsonLines(reading.text)
        case "text":
            return TextLines(reading.text)
        case "hex":
            return HexLines(body if reading.error else reading.body, width)
        case _ as never:
            assert_never(never)
