"""Layers that make bodies smaller: gzip, zlib, Zstandard, Snappy and S2.

Each is known by its content-encoding and by its first bytes; a Snappy or S2 block without frames
has none, so the headers or the user have to name it.
"""

from __future__ import annotations

import zlib
from typing import ClassVar

from engine.content.content import MAGIC, NAMED, ContentBase, Envelope, Guess, Layer, register
from engine.content.snappy_block import S2_MARK, SNAPPY_MARK, BadBlock, read_block, read_frames
from engine.content.unpacked import MAX_UNPACKED, TOO_LARGE
from engine.errors import ContentError

_AUTO = 32 + zlib.MAX_WBITS
"""zlib finds out itself whether it is zlib or gzip."""


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
        if envelope.content_type in self.types:
            return Guess(NAMED, f"the content-type is {envelope.content_type}")
        if body.startswith(self.marks or (b"\0never",)) and self._plausible(body):
            return Guess(MAGIC, f"it begins like {self.title}")
        return None

    def _plausible(self, body: bytes) -> bool:
        return True

    def _inflate(self, body: bytes, bits: int) -> bytes:
        """What zlib makes of it, of several members after each other too."""
        out, rest = bytearray(), body
        try:
            while rest and (not out or rest[:2] == b"\x1f\x8b"):
                stream = zlib.decompressobj(bits)
                out += stream.decompress(rest, MAX_UNPACKED + 1 - len(out))
                if len(out) > MAX_UNPACKED:
                    raise self.fail(TOO_LARGE)
                if not stream.eof:
                    raise self.fail("it ends too early", len(body))
                rest = stream.unused_data
        except zlib.error as error:
            raise self.fail(str(error).rpartition(": ")[2], len(body) - len(rest)) from None
        return bytes(out)


@register
class Gzip(_Compressed):
    name = "gzip"
    title = "gzip"
    types = ("application/gzip", "application/x-gzip")
    marks = (b"\x1f\x8b\x08",)
    encodings = ("gzip", "x-gzip")

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        return Layer(self._inflate(body, _AUTO))


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
            return Layer(self._inflate(body, _AUTO))
        except ContentError as error:
            if body[:1] == b"\x78" or str(error).endswith(TOO_LARGE):
                raise
        return Layer(self._inflate(body, -zlib.MAX_WBITS))


@register
class Zstandard(_Compressed):
    name = "zstd"
    title = "zstd"
    types = ("application/zstd",)
    marks = (b"\x28\xb5\x2f\xfd",)
    encodings = ("zstd",)
    extra = "zstd"

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        zstandard = self.library("zstandard")
        reader = zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED).stream_reader(
            body, read_across_frames=True
        )
        try:
            made = reader.read(MAX_UNPACKED + 1)
        except zstandard.ZstdError as error:
            raise self.fail(str(error).rpartition(": ")[2]) from None
        if len(made) > MAX_UNPACKED:
            raise self.fail(TOO_LARGE)
        if not self._ended(zstandard, body, made):
            raise self.fail("it ends too early", len(body))
        return Layer(made)

    def _ended(self, zstandard: object, body: bytes, made: bytes) -> bool:
        """Whether the last frame was complete: a reader of streams does not say so."""
        stream = zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKED).decompressobj(  # type: ignore[attr-defined]
            read_across_frames=True
        )
        return bool(made) or not body[4:] or stream.eof


class _Framed(_Compressed):
    """Frames where it begins with a mark, else one block."""

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        framed = body.startswith((SNAPPY_MARK, S2_MARK))
        try:
            return Layer(read_frames(body) if framed else read_block(body))
        except BadBlock as error:
            raise self.fail(str(error), error.offset) from None


@register
class Snappy(_Framed):
    name = "snappy"
    title = "Snappy"
    types = ("application/x-snappy", "application/x-snappy-framed")
    marks = (SNAPPY_MARK,)
    encodings = ("snappy", "x-snappy", "x-snappy-framed")


@register
class S2(_Framed):
    name = "s2"
    title = "S2"
    types = ("application/x-s2",)
    marks = (S2_MARK,)
    encodings = ("s2", "x-s2")
