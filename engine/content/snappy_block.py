"""Snappy and S2: blocks and frames. No library that Python has reads S2, which is what a
nats-server writes; S2 is Snappy with repeated offsets and larger blocks.

Checksums are not verified: what is read is looked at, and not trusted.
Source: https://github.com/google/snappy/blob/main/format_description.txt and
framing_format.txt, https://github.com/klauspost/compress/tree/master/s2#format-extensions.
"""

from __future__ import annotations

from .work import Work

SNAPPY_MARK = b"\xff\x06\x00\x00sNaPpY"
S2_MARK = b"\xff\x06\x00\x00S2sTwO"
_COMPRESSED, _PLAIN, _INDEX, _PADDING, _STREAM = 0x00, 0x01, 0x99, 0xFE, 0xFF


class BadBlock(ValueError):
    """Bytes that are not such a block; `offset` says where."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.offset = offset


def read_frames(body: bytes, work: Work) -> bytes:
    """What is in a stream of frames; raises `BadBlock` and `TooMuch`."""
    out, at = bytearray(), 0
    while at < len(body):
        work.spend(2)
        if at + 4 > len(body):
            raise BadBlock("a frame ends before its length", at)
        kind, size = body[at], int.from_bytes(body[at + 1 : at + 4], "little")
        begin, at = at + 4, at + 4 + size
        if at > len(body):
            raise BadBlock(f"a frame of {size:,} bytes ends after {len(body) - begin:,}", begin)
        if kind == _COMPRESSED:
            out += read_block(body[begin + 4 : at], work, begin + 4)
        elif kind == _PLAIN:
            work.unpack(max(size - 4, 0))
            out += body[begin + 4 : at]
        elif 0x02 <= kind <= 0x7F:
            raise BadBlock(f"a frame of the unknown kind {kind}", begin - 4)
    return bytes(out)


def read_block(block: bytes, work: Work, offset: int = 0) -> bytes:
    """What one block holds; `offset` is where it begins in the body.

    Raises `BadBlock` and `TooMuch`.
    """
    try:
        size, at = _length(block)
        work.unpack(size)
        out = _expand(block, at, size, offset, work)
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


def _expand(block: bytes, at: int, size: int, offset: int, work: Work) -> bytearray:
    """Piece by piece: it is a hot path, so the usual kinds are read in place."""
    out, last, end, written = bytearray(), 0, len(block), 0
    while at < end:
        work.left -= 1
        if work.left < 0:
            work.check()
        tag, start = block[at], at
        kind = tag & 3
        if not kind:
            length = (tag >> 2) + 1
            at += 1
            if length > 60:
                more = length - 60
                length = int.from_bytes(block[at : at + more], "little") + 1
                at += more
            if at + length > end:
                raise BadBlock("a piece is longer than the block", offset + start)
            out += block[at : at + length]
            at += length
        else:
            if kind == 2:
                length, back = (tag >> 2) + 1, block[at + 1] | block[at + 2] << 8
                at += 3
            elif kind == 1 and (tag & 0xE0 or block[at + 1]):
                back, length = (tag & 0xE0) << 3 | block[at + 1], (tag >> 2 & 7) + 4
                at += 2
            else:
                back, length, at = _copy(block, tag, at, last)
            last, begin = back, written - back
            if not 0 <= begin < written:
                raise BadBlock("it copies from before its beginning", offset + start)
            if written + length > size:
                raise BadBlock("it has more bytes than it says", offset + start)
            if back >= length:
                out += out[begin : begin + length]
            else:
                work.left -= 1
                out += (out[begin:] * (length // back + 1))[:length]
        written += length
        if written > size:
            raise BadBlock("it has more bytes than it says", offset + start)
    return out


def _copy(block: bytes, tag: int, at: int, last: int) -> tuple[int, int, int]:
    """How far back and how long a copy is, and where the next piece begins."""
    if tag & 3 == 1:
        return _repeat(block, tag >> 2 & 7, at + 2, last)
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
