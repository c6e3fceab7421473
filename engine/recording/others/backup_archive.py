"""What `nats sub --backup FOLDER` and `nats stream backup` write: messages of a stream under S2.

In `stream.tar.s2` are the files of a stream as the server keeps them. In `msgs/` are records: their
length (its first bit: there are headers), number (its first two bits: it is gone), time in
nanoseconds, length of the subject; then subject, headers with their length, body, checksum.

`stream.arc.s2` is newer. It begins with NATSARC1. Each record has the length of its subject, its
time, its number, and the lengths of its headers and its body, as varints (the time is signed, in
nanoseconds); then these three. A record of number 0 is about the stream, and one whose subject is
empty ends it.

Neither has reply subjects. Source: measured on files of nats CLI 0.5.1 with servers 2.12 and 2.15.
"""

from __future__ import annotations

import re
import struct
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from engine.content.snappy_block import S2_MARK, BadBlock, read_block
from engine.content.work import TooMuch, Work

from .message import FoundMessage

ARCHIVES = ("stream.arc.s2", "stream.tar.s2")
_MARK = b"NATSARC1"
_BLOCK = re.compile(r"(?:.*/)?msgs/\d+\.blk")
_LEAD = struct.Struct("<IQqH")
_CHECKSUM = 8
_HAS_HEADERS, _IS_GONE = 1 << 31, 3 << 62
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
        records = _records if reader.peek(len(_MARK)) == _MARK else _stored
        for found in records(reader):
            if found.is_one:
                yield found


def is_archive(start: bytes) -> bool:
    """Whether a file begins as one."""
    return start.startswith(S2_MARK)


def _records(reader: _Reader) -> Iterator[FoundMessage]:
    reader.take(len(_MARK))
    while (found := reader.record()) is not None:
        yield found


def _stored(reader: _Reader) -> Iterator[FoundMessage]:
    """Of the files of a stream, in a tar."""
    try:
        with tarfile.open(fileobj=reader, mode="r|") as files:  # type: ignore[call-overload]
            for member in files:
                if member.isfile() and _BLOCK.fullmatch(member.name):
                    block = files.extractfile(member)
                    assert block is not None
                    yield from _block(block)
    except tarfile.TarError as error:
        raise BadArchive(f"it is not a backup of a stream, or cut off: {error}") from error


def _block(block: IO[bytes]) -> Iterator[FoundMessage]:
    while lead := block.read(_LEAD.size):
        if len(lead) < _LEAD.size:
            raise BadArchive("it is cut off")
        size, number, nanoseconds, subject_size = _LEAD.unpack(lead)
        left = (size & ~_HAS_HEADERS) - _LEAD.size - _CHECKSUM
        if not 0 <= left <= _MAX_PART or subject_size > left:
            raise BadArchive("a message in it has no right length")
        rest = block.read(left + _CHECKSUM)
        if len(rest) < left + _CHECKSUM:
            raise BadArchive("it is cut off")
        if number & _IS_GONE or not subject_size:
            continue
        subject, rest, head = rest[:subject_size], rest[subject_size:left], b""
        if size & _HAS_HEADERS:
            head_size = int.from_bytes(rest[:4], "little")
            head, rest = rest[4 : 4 + head_size], rest[4 + head_size :]
        yield FoundMessage(subject, rest, b"", head, max(0.0, nanoseconds / 1e9))


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

    def read(self, count: int) -> bytes:
        """As a file does: fewer at the end."""
        parts, missing = [], count
        while missing and self._has():
            parts.append(self._data[self._at : self._at + missing])
            self._at += len(parts[-1])
            missing -= len(parts[-1])
        return b"".join(parts)

    def peek(self, count: int) -> bytes:
        self._data, self._at = self.read(count) + self._data[self._at :], 0
        return self._data[:count]

    def take(self, count: int) -> bytes:
        if count > _MAX_PART:
            raise BadArchive("a part of it is larger than a message can be")
        taken = self.read(count)
        if len(taken) < count:
            raise BadArchive("it is cut off")
        return taken

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
