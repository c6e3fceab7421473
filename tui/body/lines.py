"""A body as lines: an index over it, nothing copied; a line is cut out when it is looked at.

JSON is laid out by its own tokens and not by decoding and encoding it, so repeated keys, the
order of keys and the digits of a number stay as they were sent. The index of a large body
grows in slices, the first screen first.
"""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Protocol, assert_never

from engine.content.binary import printable
from engine.content.content import Envelope, Form
from engine.content.reading import Reading, read
from engine.message import Headers

INDENT = 2
_SLICE = 512
DEEPEST = 126
"""Levels that are told apart and indented; deeper ones would only push the text out of sight."""
CLOSES = 0x80
"""Added to the level of a line that closes one."""

_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
"""One without an end reaches to the end of the text: trying again further on would be endless."""
_JSON_LINE = re.compile(
    rf"\s*+()(?>(?:{_STRING}\s*+:\s*+)?)"
    rf'(?:{_STRING}|[^\s\[\]{{}},:"]++|[\[{{]\s*+[\]}}]|([\[{{])|([\]}}])|.)(?:\s*+,)?',
    re.DOTALL,
)
"""One line of laid out JSON, from group 1 on; group 2 opens a level, group 3 closes one."""
_BREAK = re.compile(r"\r?\n")


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


class Indexed:
    """Lines found one after the other: where each begins and ends."""

    form: Form

    def __init__(self, text: str, find: Callable[[], Iterator[bool]]) -> None:
        """`find` indexes a slice each time it is asked."""
        self.text = text
        self.widest = 0
        self.done = False
        self._starts = array("I")
        self._ends = array("I")
        self._more = find()

    def __len__(self) -> int:
        return len(self._starts)

    def line(self, index: int, end: int | None = None) -> str:
        start, stop = self._starts[index], self._ends[index]
        return self.text[start : stop if end is None else min(stop, start + end)]

    @property
    def reach(self) -> int:
        """Characters of the text that are indexed."""
        return len(self.text) if self.done else self._ends[-1] if self._ends else 0

    def line_of(self, offset: int) -> int:
        """The line that a character of the text is in, or the last one before it."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def span(self, index: int) -> tuple[int, int]:
        """Where a line begins and ends in the text."""
        return self._starts[index], self._ends[index]

    def grow(self, budget: float) -> None:
        deadline = time.perf_counter() + budget
        while not self.done and time.perf_counter() < deadline:
            self.done = next(self._more, True)


class TextLines(Indexed):
    form: Form = "text"

    def __init__(self, text: str) -> None:
        super().__init__(text, self._find)

    def _find(self) -> Iterator[bool]:
        start = 0
        for count, found in enumerate(_BREAK.finditer(self.text), 1):
            self._add(start, found.start())
            start = found.end()
            if not count % _SLICE:
                yield False
        if start < len(self.text):
            self._add(start, len(self.text))

    def _add(self, start: int, end: int) -> None:
        self._starts.append(start)
        self._ends.append(end)
        self.widest = max(self.widest, end - start)


class JsonLines(Indexed):
    form: Form = "json"

    def __init__(self, text: str) -> None:
        super().__init__(text.strip(), self._find)
        self.levels = bytearray()
        """A byte for each line, so that its kin are found at the speed of a search in bytes."""

    def line(self, index: int, end: int | None = None) -> str:
        raw = super().line(index, end)
        return " " * (INDENT * (self.levels[index] & ~CLOSES)) + _spaced(raw)

    def _find(self) -> Iterator[bool]:
        starts, ends, levels = self._starts, self._ends, self.levels
        level = widest = 0
        for count, found in enumerate(_JSON_LINE.finditer(self.text), 1):
            kind = found.lastindex
            if kind == 3 and level:
                level -= 1
            start, end = found.start(1), found.end()
            starts.append(start)
            ends.append(end)
            levels.append(min(level, DEEPEST) | (CLOSES if kind == 3 else 0))
            if end - start + level * INDENT > widest:
                self.widest = widest = end - start + level * INDENT
            if kind == 2:
                level += 1
            if not count % _SLICE:
                yield False


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
