"""Reading compressed lines, of files that may be cut off, damaged, or made to do harm."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from .blocks import GZIP, fast
from .lines import MAX_LINE

MAGIC = b"\x1f\x8b"
_BLOCK_MAGIC = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How natstap's blocks begin, and hardly anything else."""
_CRUMB = 64
"""Packed bytes that are read in one go where something is broken."""
_CHUNK = 1 << 18
"""Packed bytes that are read in one go."""
_PIECE = 1 << 20
"""Bytes that they may become in one go."""
_SCAN = 8 << 20
_MAX_FALSE = 2000
"""Places that look like a block and are none, after which no more are looked for."""
_START = 8192
"""Packed bytes that show how a block begins."""


@dataclass(slots=True)
class Damage:
    """What could not be read, in sentences."""

    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if sentence not in self.sentences:
            self.sentences.append(sentence)


CUT_OFF = "The file is cut off: everything before that is shown."
BROKEN = "The file is damaged in the middle: everything before that is shown."
HOLE = "The file is damaged in the middle: what could not be read there is left out."
HUGE = f"A line is larger than {MAX_LINE >> 20} MiB: what comes after it is not shown."


def is_packed(path: Path) -> bool:
    """Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == MAGIC


def begin_of(path: Path, most: int = 1 << 16) -> bytes:
    """The first bytes, unpacked where they are packed; raises OSError."""
    with path.open("rb") as file:
        data = file.read(most)
    return unpack_start(data, most) if data[:2] == MAGIC else data


def unpack_start(packed: bytes, most: int) -> bytes:
    """As far as it can be read."""
    try:
        return bytes(zlib.decompressobj(GZIP).decompress(packed, most))
    except zlib.error:
        return b"".join(_crumbs(zlib.decompressobj(GZIP), packed))[:most]


def _crumbs(unpacker: Any, packed: bytes) -> Iterator[bytes]:
    """What stands before the damage: of what is unpacked in one go nothing would be left."""
    for at in range(0, len(packed), _CRUMB):
        try:
            yield unpacker.decompress(packed[at : at + _CRUMB])
        except (zlib.error, fast.error):
            return


def find_blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Where each block begins, and what its lines begin with; raises OSError."""
    false, offset, rest = 0, 0, b""
    with path.open("rb") as file, path.open("rb") as other:
        while data := file.read(_SCAN):
            data = rest + data
            at = data.find(_BLOCK_MAGIC)
            while at >= 0:
                other.seek(offset + at)
                start = unpack_start(other.read(_START), _START)
                if start.startswith((b'{"block":', b'{"natstap":')):
                    yield offset + at, start
                elif (false := false + 1) > _MAX_FALSE:
                    return
                at = data.find(_BLOCK_MAGIC, at + 1)
            rest = data[1 - len(_BLOCK_MAGIC) :]
            offset += len(data) - len(rest)


def read_chunks(
    path: Path, begin: int, end: int | None, damage: Damage, blocks: Sequence[int] = ()
) -> Iterator[bytes]:
    """Whole lines, about a megabyte at a time, from a place in the file to before another.

    Behind damage it goes on at the next of the `blocks`, which are places in the file. Raises
    OSError; what else goes wrong is told to `damage`.
    """
    with path.open("rb") as file:
        file.seek(begin)
        packed = file.read(2) == MAGIC
        file.seek(begin)
        pieces = _unpacked(file, end, damage, blocks) if packed else _plain(file, end)
        yield from _whole_lines(pieces, damage)


def _plain(file: IO[bytes], end: int | None) -> Iterator[bytes]:
    while data := file.read(_PIECE if end is None else min(_PIECE, end - file.tell())):
        yield data


def _unpacked(
    file: IO[bytes], end: int | None, damage: Damage, blocks: Sequence[int]
) -> Iterator[bytes]:
    unpacker, member, given, fresh = fast.decompressobj(GZIP), file.tell(), 0, True
    while data := file.read(_CHUNK if end is None else max(0, min(_CHUNK, end - file.tell()))):
        chunk = file.tell() - len(data)
        while data:
            try:
                piece = unpacker.decompress(data, _PIECE)
            except (zlib.error, fast.error):
                for piece in _before_damage(file, member, chunk, given):
                    fresh = False
                    yield piece
                following = next((at for at in blocks if at > member), None)
                if following is None:
                    damage.say(CUT_OFF if fresh else BROKEN)
                    return
                damage.say(HOLE)
                yield b"\n"  # what is left of a line there ends with it
                file.seek(following)
                unpacker, member, given, fresh = fast.decompressobj(GZIP), following, 0, True
                break
            given, fresh = given + len(piece), False
            if piece:
                yield piece
            data = unpacker.unconsumed_tail
            if unpacker.eof:
                data = unpacker.unused_data
                member, given, fresh = file.tell() - len(data), 0, True
                unpacker = fast.decompressobj(GZIP)
            elif not piece and not data:
                break
    if not fresh:
        damage.say(CUT_OFF)


def _before_damage(file: IO[bytes], member: int, chunk: int, given: int) -> Iterator[bytes]:
    """What a member holds before its damage, which is in the chunk that begins there; without the
    bytes that were `given` already.
    """
    unpacker = fast.decompressobj(GZIP)
    file.seek(member)
    while (left := chunk - file.tell()) > 0:
        data = file.read(min(_CHUNK, left))
        while data:
            given -= len(unpacker.decompress(data, _PIECE))
            data = unpacker.unconsumed_tail
    for piece in _crumbs(unpacker, file.read(_CHUNK)):
        if rest := piece[max(0, given) :]:
            yield rest
        given -= len(piece)


def _whole_lines(pieces: Iterator[bytes], damage: Damage) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for piece in pieces:
        cut = piece.rfind(b"\n") + 1
        if not cut:
            parts.append(piece)
            size += len(piece)
            if size > MAX_LINE:
                damage.say(HUGE)
                return
            continue
        yield b"".join((*parts, piece[:cut]))
        parts, size = [piece[cut:]], len(piece) - cut
    last = b"".join(parts)
    if last:
        yield last + b"\n"
