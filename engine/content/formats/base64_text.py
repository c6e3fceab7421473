"""Base64 around something that natstap can read."""

from __future__ import annotations

import binascii
import re

from engine.content.binary import is_binary
from engine.content.content import (
    CONTENTS,
    NAMED,
    READS,
    ContentBase,
    Document,
    Envelope,
    Guess,
    Layer,
    register,
)
from engine.errors import ContentError
from engine.message import text

_WHOLE = re.compile(rb"\s*[A-Za-z0-9+/_-]{16,}(?:\s[A-Za-z0-9+/_-]+)*={0,2}\s*")
_MAX_SIZE = 8 << 20
"""Bytes."""
_STANDARD = bytes.maketrans(b"-_", b"+/")
_XML = b"<?xml"
_LAYERS = ("gzip", "zlib", "zstd", "snappy", "s2")
_INSIDE = ("json", "jsonl", "xml", "msgpack", "cbor")
"""What one puts in base64."""
_KEY = re.compile(r"[\w .:/@-]+")
_WORDS = re.compile(r"[\w .,:;/@'\"{}\[\]()=<>!?#&*+\n\r\t-]+")


def _is_packed(inner: bytes) -> bool:
    """Whether it begins as what makes bodies smaller."""
    packed = filter(None, map(CONTENTS.get, _LAYERS))
    return any(content.detect(inner, Envelope()) for content in packed)


def reads_inside(inner: bytes, envelope: Envelope) -> bool:
    """Whether it is JSON or XML to its last byte, or a map of another content with words as keys:
    a token of letters and figures is soon base64 of something that only begins so.
    """
    for content in filter(None, map(CONTENTS.get, _INSIDE)):
        guess = content.detect(inner, Envelope(work=envelope.work))
        if guess and guess.confidence >= READS and isinstance(guess.made, Document):
            return guess.made.tree is None or all(map(_KEY.fullmatch, guess.made.tree))
    return False


def _is_named(inner: bytes, envelope: Envelope) -> bool:
    """Whether it reads as what the headers or the settings say that it is."""
    if envelope.says_nothing and not (envelope.settings.types or envelope.settings.avro):
        return False
    for content in CONTENTS:
        if content.layer or content.raw:
            continue
        guess = content.detect(inner, envelope)
        if guess is not None and guess.confidence >= NAMED and content.extra:
            try:
                content.read(inner, envelope)
            except ContentError:
                continue
            return True
    return False


@register
class Base64(ContentBase):
    name = "base64"
    title = "base64"
    place = 65
    layer = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if envelope.encodings[:1] == ("base64",):
            return Guess(NAMED + 0.03, "the content-encoding is base64")
        if not 16 <= len(body) <= _MAX_SIZE or not _WHOLE.fullmatch(body[:4096].rstrip(b"=")):
            return None
        try:
            inner = self._decode(body)
        except binascii.Error:
            return None
        likely = (
            inner.startswith(_XML)
            or _is_packed(inner)
            or reads_inside(inner, envelope)
            or _is_named(inner, envelope)
        )
        readable = not is_binary(inner) and _WORDS.fullmatch(text(inner[:256])) is not None
        if likely or (readable and len(inner) >= 16):
            return Guess(READS + 0.05, "it reads as base64", Layer(inner))
        return None

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        try:
            return Layer(self._decode(body))
        except binascii.Error as error:
            raise self.fail(str(error)) from None

    def _decode(self, body: bytes) -> bytes:
        bare = body.translate(_STANDARD, b" \t\n\r\v\f").rstrip(b"=")
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
