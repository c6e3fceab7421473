"""What stands in the lines of a recording, as a journal keeps it: bounded, checked, and remembered,
for many lines say the same.
"""

from __future__ import annotations

import re
from base64 import b64decode

from engine.arrival import pack_micros
from engine.journal import ExchangeKind
from engine.message import CRLF

from .lines import CODES, Line

MAX_SOURCES = 1000
EARLIEST = -1e6
"""What is before the epoch is the order of messages that nobody took the time of."""
LATEST = 253_402_300_799.0
"""The last second of the year 9999, as seconds since the epoch."""
LONGEST = 1e9
"""Seconds that anything lasts."""
_PLUS = ord("+")
_MAX_FIRST_LINE = 1 << 16
_MAX_KEPT = 1 << 14
"""Values that are kept to be found again."""
_PUBLISH = ExchangeKind.PUBLISH << 4
_NOTE = ExchangeKind.NOTE << 4
_HEAD_LINE = re.compile(
    rb"(?:HMSG [^ \r\n]+ [^ \r\n]+|HPUB [^ \r\n]+)(?: [^ \r\n]+)? (\d{1,9}) (\d{1,9})"
)
_PLAIN_LINE = re.compile(rb"(?:MSG [^ \r\n]+ [^ \r\n]+|PUB [^ \r\n]+)(?: [^ \r\n]+)? (\d{1,9})")
_NOTE_LINE = re.compile(rb"\+NOTE (\d{1,9})")


class SourceNumbers(dict[str, int]):
    """The numbers of places, by their names."""

    def __init__(self, names: list[str]) -> None:
        super().__init__({name: at for at, name in enumerate(names)})
        self._names = names

    def __missing__(self, name: str) -> int:
        if len(self._names) >= MAX_SOURCES:
            return MAX_SOURCES - 1
        self[name] = number = len(self._names)
        self._names.append(name)
        return number


class PackedSpreads(dict[float, int]):
    """Time spans as a journal packs them, by their seconds."""

    def __missing__(self, seconds: float) -> int:
        if len(self) > _MAX_KEPT:
            self.clear()
        packed = pack_micros(round(min(max(seconds, 0.0), LONGEST) * 1e6))
        self[seconds] = packed
        return packed


class FrameSizes(dict[bytes, int]):
    """How many bytes come after a first line, -1 for what is none: many are alike."""

    def fit(self, frame: bytes) -> bool:
        """True for a whole message of the protocol, or a note, whose sizes are right."""
        end = frame.find(CRLF)
        return self[frame[:end]] == len(frame) - end - 2 if 0 < end < _MAX_FIRST_LINE else False

    def __missing__(self, line: bytes) -> int:
        size = _size_after(line)
        if len(self) > _MAX_KEPT:
            self.clear()
        self[line] = size
        return size


def _size_after(line: bytes) -> int:
    if line[:1] == b"H":
        found = _HEAD_LINE.fullmatch(line)
        return int(found[2]) if found and int(found[1]) <= int(found[2]) else -1
    found = _PLAIN_LINE.fullmatch(line) or _NOTE_LINE.fullmatch(line)
    return int(found[1]) if found else -1


def frame_of(line: Line) -> bytes:
    """The bytes of a line; b"" where it has none."""
    try:
        if line.frame is not None:
            return line.frame.encode()
        return b64decode(line.frame_base64 or "", validate=True)
    except ValueError:
        return b""


def bounded(times: list[float]) -> list[float]:
    """Seconds since the epoch that are a moment, or keep a message in its place."""
    if min(times) >= EARLIEST and max(times) <= LATEST:
        return times
    return [min(max(at, EARLIEST), LATEST) for at in times]


def codes_of(lines: list[Line], frames: list[bytes]) -> list[int]:
    """What each message is; only a note is a note."""
    known = CODES.get
    codes = [known((line.what, line.state), _PUBLISH) for line in lines]
    for at, frame in enumerate(frames):
        if frame[0] == _PLUS:
            codes[at] = _NOTE
        elif codes[at] >> 4 == ExchangeKind.NOTE:
            codes[at] = _PUBLISH
    return codes
