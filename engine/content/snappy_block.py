"""Snappy and S2: blocks and frames. No library that Python has reads S2, which is what a
nats-server writes; S2 is Snappy with repeated offsets and larger blocks.

Checksums are not verified: what is read is looked at, and not trusted.
Source: https://github.com/google/snappy/blob/main/format_description.txt and
framing_format.txt, https://github.com/klauspost/compress/tree/master/s2#format-extensions.
"""

from __future__ import annotations

from .unpacked import MAX_UNPACKED, TOO_LARGE

SNAPPY_MARK = b"\xff\x06\x00\x00sNaPpY"
S2_MARK = b"\xff\x06\x00\x00S2sTwO"
_MAX_STEPS = 100_000
"""Pieces that one body is put together of: honest ones are longer."""
_COMPRESSED, _PLAIN, _INDEX, _PADDING, _STREAM = 0x00, 0x01, 0x99, 0xFE, 0xFF


class BadBlock(ValueError):
    """Bytes that are not such a block; `offset` says where."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.offset = offset


def read_frames(body: bytes) -> bytes:
    """What is in a stream of frames; raises `BadBlock`."""
    out, at, pieces = bytearray(), 0, _Pieces()
    while at < len(body):
        if at + 4 > len(body):
            raise BadBlock("a frame ends before its length", at)
        kind, size = body[at], int.from_bytes(body[at + 1 : at + 4], "little")
        begin, at = at + 4, at + 4 + size
        if at > len(body):
            raise BadBlock(f"a frame of {size:,} bytes ends after {len(body) - begin:,}", begin)
        if kind == _COMPRESSED:
            most = MAX_UNPACKED - len(out)
            out += read_block(body[begin + 4 : at], begin + 4, most, pieces)
        elif kind == _PLAIN:
            out += body[begin + 4 : at]
        elif 0x02 <= kind <= 0x7F:
            raise BadBlock(f"a frame of the unknown kind {kind}", begin - 4)
        if len(out) > MAX_UNPACKED:
            raise BadBlock(TOO_LARGE, begin)
    return bytes(out)


def read_block(
    block: bytes, offset: int = 0, most: int = MAX_UNPACKED, pieces: _Pieces | None = None
) -> bytes:
    """What one block holds; `offset` is where it begins in the body. Raises `BadBlock`."""
    try:
        size, at = _length(block)
        if size > most:
            raise BadBlock(TOO_LARGE, offset)
        out = _expand(block, at, size, offset, pieces or _Pieces())
    except IndexError:
        raise BadBlock("the block ends too early", offset + len(block)) from None
    if len(out) != size:
        raise BadBlock(f"it says {size:,} bytes and has {len(out):,}", offset + len(block))
    return bytes(out)


def _length(block: bytes) -> tuple[int, int]:
    """The size that a block says it unpacks to, and where that number ends."""
    size = 0
    for at in range(5):
        size |= (block[at] & 0x7F) << (7 * at)
        if block[at] < 0x80:
            return size, at + 1
    raise BadBlock("the length is not a number", 0)


class _Pieces:
    """How many pieces may still be put together, in all blocks of a body."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = _MAX_STEPS


def _expand(block: bytes, at: int, size: int, offset: int, pieces: _Pieces) -> bytearray:
    out, last, end = bytearray(), 0, len(block)
    while at < end:
        pieces.left -= 1
        if pieces.left < 0:
            raise BadBlock("it consists of more pieces than natstap puts together", offset + at)
        tag, start = block[at], at
        if not tag & 3:
            length, at = _literal(block, tag, at)
            if at + length > end:
                raise BadBlock("a piece is longer than the block", offset + start)
            out += block[at : at + length]
            at += length
        else:
            back, length, at = _copy(block, tag, at, last)
            if not 0 < back <= len(out):
                raise BadBlock("it copies from before its beginning", offset + start)
            last = back
            if len(out) + length > size:
                raise BadBlock("it has more bytes than it says", offset + start)
            piece = out[len(out) - back : len(out) - back + length]
            out += piece if back >= length else (piece * (length // back + 1))[:length]
        if len(out) > size:
            raise BadBlock("it has more bytes than it says", offset + start)
    return out


def _literal(block: bytes, tag: int, at: int) -> tuple[int, int]:
    """How long a piece of plain bytes is, and where it begins."""
    length = tag >> 2
    if length < 60:
        return length + 1, at + 1
    more = length - 59
    block[at + more]
    return int.from_bytes(block[at + 1 : at + 1 + more], "little") + 1, at + 1 + more


def _copy(block: bytes, tag: int, at: int, last: int) -> tuple[int, int, int]:
    """How far back and how long a copy is, and where the next piece begins."""
    match tag & 3:
        case 1:
            back, length = (tag & 0xE0) << 3 | block[at + 1], (tag >> 2 & 7) + 4
            return (back, length, at + 2) if back else _repeat(block, length - 4, at + 2, last)
        case 2:
            block[at + 2]
            return int.from_bytes(block[at + 1 : at + 3], "little"), (tag >> 2) + 1, at + 3
    block[at + 4]
    return int.from_bytes(block[at + 1 : at + 5], "little"), (tag >> 2) + 1, at + 5


def _repeat(block: bytes, code: int, at: int, last: int) -> tuple[int, int, int]:
    """S2's copy from as far back as the one before it."""
    if code < 5:
        return last, code + 4, at
    more = code - 4
    block[at + more - 1]
    base = {1: 4, 2: 1 << 8, 3: 1 << 16}[more] + 4
    return last, int.from_bytes(block[at : at + more], "little") + base, at + more
