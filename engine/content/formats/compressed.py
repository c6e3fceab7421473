"""Layers that make bodies smaller: gzip, zlib, Zstandard, Snappy and S2.

Each is known by its content-encoding and by its first bytes; a Snappy or S2 block without frames
has none, so the headers or the user have to name it.
"""

from __future__ import annotations

import zlib
from typing import ClassVar

from engine.content.content import (
    MAGIC,
    NAMED,
    READS,
    ContentBase,
    Envelope,
    Guess,
    Layer,
    register,
)
from engine.content.snappy_block import S2_MARK, SNAPPY_MARK, BadBlock, read_block, read_frames
from engine.content.work import MAX_UNPACKED, TooMuch, Work
from engine.errors import ContentError
from engine.words import octets

_AUTO = 32 + zlib.MAX_WBITS
"""zlib finds out itself whether it is zlib or gzip."""
_PIECE = 64 << 10
"""Bytes."""
_PASSED_OVER = tuple(bytes((first,)) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))
"""Marks of frames that zstd passes over (RFC 8878, section 3.1.2)."""
_SHORTEST = 12
"""Bytes of a block that is told by what it reads as."""
_STEPS_PER_MEMBER = 40
_STEPS_PER_READER = 80
"""Of zstd: making it takes as long."""


class _Compressed(ContentBase):
    layer = True
    place = 60
    marks: ClassVar[tuple[bytes, ...]] = ()
    """What it may begin with."""
    encodings: ClassVar[tuple[str, ...]] = ()
    """What the content-encoding calls it."""

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        outer = envelope.encodings[:1]
        if outer and outer[0] in self.encodings:
            return Guess(NAMED + 0.03, f"the content-encoding is {outer[0]}")
        if named := super().detect(body, envelope):
            return named
        if body.startswith(self.marks or (b"\0never",)) and self._plausible(body):
            return Guess(MAGIC, f"it begins like {self.title}")
        return None

    def _plausible(self, body: bytes) -> bool:
        return True

    def _inflate(self, body: bytes, bits: int, work: Work) -> Layer:
        """What zlib makes of it, of several members after each other too."""
        out, at = bytearray(), 0
        try:
            while at < len(body) and (not out or body[at : at + 2] == b"\x1f\x8b"):
                work.spend(_STEPS_PER_MEMBER)
                made, at = _member(body, at, bits, work)
                out += made
        except zlib.error as error:
            raise self.fail(str(error).rpartition(": ")[2], at) from None
        except TooMuch as error:
            raise self.fail(str(error)) from None
        except EOFError:
            raise self.fail("it ends too early", len(body)) from None
        left = len(body) - at
        return Layer(bytes(out), note=f"{octets(left)} behind it left out" if left else "")


def _member(body: bytes, at: int, bits: int, work: Work) -> tuple[bytes, int]:
    """What one member holds, and where it ends; raises `EOFError` for one that is cut off.

    zlib copies what follows a member, so it gets a piece at a time.
    """
    stream, out, view = zlib.decompressobj(bits), bytearray(), memoryview(body)
    while not stream.eof:
        if at >= len(body):
            raise EOFError
        out += stream.decompress(view[at : at + _PIECE], work.room + 1 - len(out))
        if len(out) > work.room:
            break
        at = min(at + _PIECE, len(body)) - len(stream.unused_data)
    work.unpack(len(out))
    return bytes(out), at


@register
class Gzip(_Compressed):
    name = "gzip"
    title = "gzip"
    types = ("application/gzip", "application/x-gzip")
    suffix = "gzip"
    marks = (b"\x1f\x8b\x08",)
    encodings = ("gzip", "x-gzip")

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        return self._inflate(body, _AUTO, envelope.work)


@register
class Zlib(_Compressed):
    name = "zlib"
    title = "zlib"
    types = ("application/zlib",)
    marks = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
    encodings = ("deflate", "zlib")

    def _plausible(self, body: bytes) -> bool:
        """Two bytes are soon the same: the first block has to begin as one."""
        try:
            zlib.decompressobj().decompress(body, 64)
        except zlib.error:
            return False
        return True

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        """With zlib's own header, or bare, as some senders understand "deflate"."""
        try:
            return self._inflate(body, _AUTO, envelope.work)
        except ContentError as error:
            if body[:1] == b"\x78" or error.offset != 0:
                raise
        return self._inflate(body, -zlib.MAX_WBITS, envelope.work)


@register
class Zstandard(_Compressed):
    name = "zstd"
    title = "zstd"
    types = ("application/zstd",)
    suffix = "zstd"
    marks = (b"\x28\xb5\x2f\xfd", *_PASSED_OVER)
    encodings = ("zstd",)
    extra = "zstd"

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        zstandard = self.library("zstandard")
        room = envelope.work.room
        reader = zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED).stream_reader(
            body, read_across_frames=True
        )
        try:
            envelope.work.spend(_STEPS_PER_READER)
            made = reader.read(room + 1)
            envelope.work.unpack(len(made))
            complete = _ends_a_frame(body, envelope.work)
        except zstandard.ZstdError as error:
            raise self.fail(str(error).rpartition(": ")[2]) from None
        except TooMuch as error:
            raise self.fail(str(error)) from None
        if not complete:
            raise self.fail("it ends too early", len(body))
        return Layer(made)


def _ends_a_frame(body: bytes, work: Work) -> bool:
    """Whether the last frame of zstd is complete: the library's reader does not say so.

    Source: RFC 8878, section 3.1.
    """
    at = 0
    while at + 4 <= len(body):
        work.spend(3)
        if body[at + 1 : at + 4] == b"\x2a\x4d\x18":  # a frame to pass over
            at += 8 + int.from_bytes(body[at + 4 : at + 8], "little")
            continue
        if at + 4 >= len(body):
            return False
        facts = body[at + 4]
        single = facts >> 5 & 1
        at += 5 + (not single) + (0, 1, 2, 4)[facts & 3] + (single, 2, 4, 8)[facts >> 6]
        last = False
        while not last:
            work.spend(1)
            head = int.from_bytes(body[at : at + 3], "little")
            last, kind = bool(head & 1), head >> 1 & 3
            if at + 3 > len(body):
                return False
            at += 3 + (1 if kind == 1 else head >> 3)
        at += 4 * (facts >> 2 & 1)
    return at == len(body)


class _Framed(_Compressed):
    """Frames where it begins with a mark, else one block."""

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        framed = body.startswith((SNAPPY_MARK, S2_MARK))
        try:
            read = read_frames if framed else read_block
            return Layer(read(body, envelope.work))
        except BadBlock as error:
            raise self.fail(str(error), error.offset) from None
        except TooMuch as error:
            raise self.fail(str(error)) from None


@register
class Snappy(_Framed):
    name = "snappy"
    title = "Snappy"
    types = ("application/x-snappy", "application/x-snappy-framed")
    marks = (SNAPPY_MARK,)
    encodings = ("snappy", "x-snappy", "x-snappy-framed")

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if found := super().detect(body, envelope):
            return found
        if not envelope.says_nothing or len(body) < _SHORTEST or not _may_be_block(body):
            return None
        try:
            made = self.read(body, envelope)
        except ContentError:
            return None
        from .base64_text import reads_inside

        if not reads_inside(made.body, envelope):
            return None
        return Guess(READS + 0.05, "it reads as a Snappy block", made)


def _may_be_block(body: bytes) -> bool:
    """Whether it begins with a length that is plausible, and a piece that is not a copy."""
    at = next((at for at in range(4) if body[at] < 0x80), 4)
    size = sum((body[place] & 0x7F) << 7 * place for place in range(at + 1))
    return at < 4 and not body[at + 1] & 3 and len(body) - at <= size + 8 <= 64 * len(body)


@register
class S2(_Framed):
    name = "s2"
    title = "S2"
    types = ("application/x-s2",)
    marks = (S2_MARK,)
    encodings = ("s2", "x-s2")
