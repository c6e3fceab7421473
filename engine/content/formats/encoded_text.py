"""Text in another encoding than UTF-8, known by its first bytes or by the charset in the headers.

It is a layer, for in UTF-16 there may be JSON.
"""

from __future__ import annotations

import codecs
import re

from engine.content.content import MAGIC, NAMED, UTF8, ContentBase, Envelope, Guess, Layer, register

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_OF_BODIES = ("idna", "punycode", "undefined")
"""Encodings of names: long ones take for ever."""
_SAMPLE = 256
_WIDTHS = {"utf-32-le": 4, "utf-32-be": 4, "utf-16-le": 2, "utf-16-be": 2}
"""Bytes of a letter at least, where no mark tells the encoding."""
_BRACKETS = ("{}", "[]", "<>")
_FEWEST = 8
_PRINTED = re.compile("[\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]+")
_LETTERS = re.compile("[A-Za-z ]")


@register
class EncodedText(ContentBase):
    name = "charset"
    title = "text in another encoding"
    place = 50
    layer = True
    recodes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if (charset := envelope.charset) not in UTF8 and _decoder(charset):
            return Guess(NAMED + 0.02, f"the charset is {charset}")
        encoding = _marked(body)
        return Guess(MAGIC, f"it begins like {_title(encoding)}") if encoding else None

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        named = envelope.charset if envelope.charset not in UTF8 else ""
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
    if len(body) % 2 or b"\0" not in body[:_SAMPLE]:
        return ""
    return next((each for each in _WIDTHS if _is_text(body, each)), "")


def _is_text(body: bytes, encoding: str) -> bool:
    """Whether it is brackets around text as of JSON or XML, or mostly words in English letters:
    of others it cannot be told from numbers.
    """
    if len(body) % _WIDTHS[encoding]:
        return False
    begin = body[:_SAMPLE].decode(encoding, "replace")
    if len(body) > _SAMPLE:
        begin = begin.removesuffix("\ufffd")  # a letter that the sample cuts
    if not _PRINTED.fullmatch(begin):
        return False
    end = body[-_SAMPLE:].decode(encoding, "ignore").rstrip()[-1:]
    if begin.lstrip()[:1] + end in _BRACKETS:
        return True
    letters = len(_LETTERS.findall(begin))
    return letters >= _FEWEST and letters * 10 >= len(begin) * 8


def _reads(body: bytes, encoding: str) -> bool:
    """Whether the first bytes are text in it: two bytes may be a mark by chance."""
    try:
        begin = body[:_SAMPLE].decode(encoding, "strict" if len(body) <= _SAMPLE else "ignore")
    except UnicodeDecodeError:
        return False
    return "\0" not in begin


def _title(encoding: str) -> str:
    return {"utf-8-sig": "UTF-8 with a mark"}.get(encoding, encoding.upper())
