"""What `nats sub --backup FOLDER` writes: `stream.arc.s2`, an archive of messages under S2.

An archive begins with NATSARC1. Each record has the length of its subject, its time, its number,
and the lengths of its headers and its body, as varints (the time is signed, in nanoseconds); then
these three. A record of number 0 is about the stream, and one whose subject is empty ends it. Reply
subjects are not kept. Source: measured on files of nats CLI 0.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine.content.snappy_block import BadBlock, read_block
from engine.content.work import TooMuch, Work

from .message import FoundMessage

ARCHIVE = "stream.arc.s2"
OTHER_ARCHIVES = ("stream.tar.s2", "stream.arc")
_MARK = b"NATSARC1"
_STREAM, _COMPRESSED, _PLAIN = 0xFF, 0x00, 0x01
_MAX_CHUNK = 8 << 20
_MAX_PART = 80 << 20
"""Bytes of one subject, header block or body; a server takes less."""
_MAX_BITS = 63


class BadArchive(ValueError):
    """Bytes that are no such archive; said in words."""


def read_archive(path: Path) -> Iterator[FoundMessage]:
    """Raises OSError, and `BadArchive` where it is damaged."""
    with path.open("rb") as file:
        reader = _Reader(_unpacked(file))
        if reader.take(len(_MARK)) != _MARK:
            raise BadArchive("it does not begin as an archive of the nats CLI")
        while (found := reader.record()) is not None:
            if found.is_one:
                yield found


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """The chunks of an S2 stream."""
    while lead := file.read(4):
        size = int.from_bytes(lead[1:], "little")
        if len(lead) < 4 or size > _MAX_CHUNK:
            raise BadArchive("a piece of it has no right length")
        packed = file.read(size)
        if len(packed) < size:
            raise BadArchive("it is cut off")
        match lead[0]:
            case 0x00:
                try:
                    yield read_block(packed[4:], Work(2 * size))
                except (BadBlock, TooMuch) as error:
                    raise BadArchive(str(error)) from error
            case 0x01:
                yield packed[4:]
            case kind if 0x02 <= kind <= 0x7F:
                raise BadArchive("it is packed in a way that natstap does not know")


class _Reader:
    """Takes bytes from pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._data = b""
        self._at = 0

    def record(self) -> FoundMessage | None:
        """The next message; None at the end."""
        while True:
            if not self._has():
                return None
            subject_size, nanoseconds = self._number(), _signed(self._number())
            number, head_size, size = (self._number() for _ in range(3))
            if not subject_size:
                return None
            subject, head, body = (self.take(part) for part in (subject_size, head_size, size))
            if number:
                at = max(0.0, nanoseconds / 1e9)
                return FoundMessage(subject, body, b"", head, at)

    def take(self, count: int) -> bytes:
        if count > _MAX_PART:
            raise BadArchive("a part of it is larger than a message can be")
        parts = [self._data[self._at : self._at + count]]
        self._at += len(parts[0])
        missing = count - len(parts[0])
        while missing:
            if not self._has():
                raise BadArchive("it is cut off")
            parts.append(self._data[self._at : self._at + missing])
            self._at += len(parts[-1])
            missing -= len(parts[-1])
        return b"".join(parts)

    def _has(self) -> bool:
        while self._at >= len(self._data):
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._data, self._at = piece, 0
        return True

    def _number(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > _MAX_BITS:
                raise BadArchive("a number in it is too long")


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
