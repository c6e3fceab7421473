"""Text in another encoding than UTF-8, known by its first bytes or by the charset in the headers;
or by its letters, where these make sense in one that was usual before.

It is a layer, for in UTF-16 there may be JSON.
"""

from __future__ import annotations

import codecs
import re

from engine.content.content import (
    MAGIC,
    NAMED,
    READS,
    UTF8,
    ContentBase,
    Envelope,
    Guess,
    Layer,
    register,
)

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
_BEGINNING = 4096
"""Bytes of a body by which older encodings are told."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_OF_JAPAN = ("cp932", "euc_jp")
_KANA = re.compile("[\u3041-\u30ff]")
_JAPANESE = re.compile("[\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef\u2010-\u2026]+")
_WESTERN = "windows-1252"
_OF_THE_WEST = re.compile(
    "[\x00-\x7f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff€‚„…‘’“”–—«»¡¿°§£ŒœŠšŽžŸ\xa0]+"
)
_LEAST = 0.7
"""Of a text in such an encoding is ASCII, as a rule."""
_TITLES = {
    "utf-8-sig": "UTF-8 with a mark",
    "cp932": "SHIFT_JIS",
    "euc_jp": "EUC-JP",
}


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
        if encoding := _marked(body):
            return Guess(MAGIC, f"it begins like {_title(encoding)}")
        if not charset and (encoding := _older(body)):
            return Guess(READS - 0.08, f"it is not UTF-8, and reads as {_title(encoding)}")
        return None

    def read(self, body: bytes, envelope: Envelope) -> Layer:
        named = envelope.charset if envelope.charset not in UTF8 else ""
        encoding = envelope.argument or named or _marked(body) or _older(body) or "latin-1"
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


def _older(body: bytes) -> str:
    """The encoding from before UTF-8 that a text is likely in, "" for none: Japanese has kana in
    it, and what is written in Western Europe is mostly ASCII.
    """
    if is_utf8(body) or _CONTROL.search(body[:_BEGINNING]):
        return ""
    for encoding in _OF_JAPAN:
        shown = _begin(body, encoding)
        if _JAPANESE.fullmatch(shown):
            others = len(shown) - len(shown.encode("ascii", "ignore"))
            if len(_KANA.findall(shown)) * 5 >= others:
                return encoding
    shown = _begin(body, _WESTERN)
    plain = len(shown.encode("ascii", "ignore"))
    western = _OF_THE_WEST.fullmatch(shown) and plain >= len(shown) * _LEAST
    return _WESTERN if western else ""


def is_utf8(body: bytes) -> bool:
    """Whether it begins as UTF-8 does."""
    return body[:_BEGINNING].isascii() or bool(_begin(body, "utf-8"))


def _begin(body: bytes, encoding: str) -> str:
    """The beginning of a text; "" where it is in another encoding."""
    sample = body[:_BEGINNING]
    try:
        return sample.decode(encoding)
    except UnicodeDecodeError as error:
        cut = len(body) > len(sample) and error.start > len(sample) - 4
        return sample[: error.start].decode(encoding) if cut else ""


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
    return _TITLES.get(encoding, encoding.upper())
