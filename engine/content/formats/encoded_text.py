"""Text in another encoding than UTF-8, known by its first bytes or by the charset in the headers.

It is a layer, for in UTF-16 there may be JSON.
"""

from __future__ import annotations

import codecs
import re

from engine.content.content import MAGIC, NAMED, ContentBase, Envelope, Guess, Layer, register

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_OF_BODIES = ("idna", "punycode", "undefined")
"""Encodings of names: long ones take for ever."""
_SAME = ("", "utf-8", "utf8", "us-ascii", "ascii")
_SAMPLE = 256
_PRINTED = re.compile(rb"[\t\n\r\x20-\x7e\xa0-\xff]+")


@register
class EncodedText(ContentBase):
    name = "charset"
    title = "text in another encoding"
    place = 50
    layer = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if (charset := envelope.charset) not in _SAME and _decoder(charset):
            return Guess(NAMED + 0.02, f"the charset is {charset}")
        encoding = _marked(body)
        return Guess(MAGIC, f"it begins like {_title(encoding)}") if encoding else None

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        named = envelope.charset if envelope.charset not in _SAME else ""
        encoding = envelope.argument or named or _marked(body) or "latin-1"
        written = decode(self, body, encoding)
        return Layer(written.encode("utf-8", "surrogatepass"), _title(encoding))


def decode(content: ContentBase, body: bytes, encoding: str) -> str:
    """Text in a named encoding; raises `ContentError`."""
    if not _decoder(encoding):
        raise content.fail(f"{encoding!r} is not an encoding that natstap reads")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise content.fail(f"{encoding} has no such bytes", error.start) from None
    except UnicodeError:  # of some encodings nobody says where
        raise content.fail(f"{encoding} has no such bytes") from None


def _decoder(encoding: str) -> bool:
    """True for an encoding of text that Python knows, and reads at one pace."""
    try:
        known = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return False
    return bool(getattr(known, "_is_text_encoding", False)) and known.name not in _NOT_OF_BODIES


def _marked(body: bytes) -> str:
    """The encoding that the first bytes tell, "" for none."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding if _reads(body, encoding) else ""
    sample = body[:_SAMPLE]
    if len(body) % 2 or len(body) < 4 or sample[0:1] not in (b"{", b"[", b"<", b"\0"):
        return ""
    low, high = sample[::2], sample[1::2]
    if not any(high) and _PRINTED.fullmatch(low):
        return "utf-16-le"
    return "utf-16-be" if not any(low) and _PRINTED.fullmatch(high) else ""


def _reads(body: bytes, encoding: str) -> bool:
    """Whether the first bytes are text in it: two bytes may be a mark by chance."""
    try:
        begin = body[:_SAMPLE].decode(encoding, "strict" if len(body) <= _SAMPLE else "ignore")
    except UnicodeDecodeError:
        return False
    return "\0" not in begin


def _title(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8 with a mark"}.get(encoding, encoding.upper())
