"""A text as whoever reads it would: escapes of JSON, URLs and XML undone, and where each was.

Any character may be escaped, not only those that must be: Go writes `<` in JSON as \\u003c.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

MAX_DEPTH = 3
"""JSON in a text of JSON in a text of JSON."""
MAX_CHARACTERS = 8 << 20
"""Characters of all readings of one text together."""
_JSON = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL
)
_URL = re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*|\+")
_XML = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
Piece = tuple[str, int]
"""Characters, and how many each of them took in the text."""


class DecodedText:
    """A text and where its characters stood in the one that it was made of.

    `name` says how that was written.
    """

    def __init__(self, written: str, name: str = "", before: DecodedText | None = None) -> None:
        self.written = written
        self.name = name
        self._before = before
        self._here: list[int] = []
        self._there: list[int] = []
        """Where both go on together: what is in between is as long in both."""

    def mark(self, here: int, there: int) -> None:
        self._here.append(here)
        self._there.append(there)

    def place(self, at: int) -> int:
        """Where a character of this text begins in the first one."""
        if self._before is None:
            return at
        last = bisect_right(self._here, at) - 1
        ahead = at - self._here[last] + self._there[last] if last >= 0 else at
        return self._before.place(ahead)


def readings(written: str) -> Iterator[DecodedText]:
    """Every way to read a text that is another one than the text itself."""
    level, left = [DecodedText(written)], MAX_CHARACTERS
    for _ in range(MAX_DEPTH):
        level = [made for text in level for made in _next(text)]
        for made in level:
            left -= len(made.written)
            if left < 0:
                return
            yield made


def _next(reading: DecodedText) -> Iterator[DecodedText]:
    for name, (mark, pattern, decode) in _WAYS.items():
        if mark in reading.written:
            made = _decoded(reading, name, pattern, decode)
            if made.written != reading.written:
                yield made


def _decoded(
    reading: DecodedText, name: str, pattern: re.Pattern[str], decode: Callable[[str], list[Piece]]
) -> DecodedText:
    made = DecodedText("", name, reading)
    parts, size, at = [], 0, 0
    for found in pattern.finditer(reading.written):
        plain = reading.written[at : found.start()]
        size += len(plain)
        parts.append(plain)
        at = found.start()
        for letters, width in decode(found[0]):
            made.mark(size, at)
            parts.append(letters)
            size, at = size + len(letters), at + width
        made.mark(size, at)
    made.written = "".join((*parts, reading.written[at:]))
    return made


def _json(written: str) -> list[Piece]:
    if len(written) == 12:
        pair = written[2:6], written[8:12]
        high, low = (int(half, 16) for half in pair)
        return [(chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00), 12)]
    if len(written) == 6:
        return [(chr(int(written[2:], 16)), 6)]
    return [(_LETTERS.get(written[1], written[1]), 2)]


def _url(written: str) -> list[Piece]:
    if written == "+":
        return [(" ", 1)]
    decoded = bytes.fromhex(written.replace("%", "")).decode("utf-8", "surrogateescape")
    return [(text, 3 * len(text.encode("utf-8", "surrogateescape"))) for text in decoded]


def _xml(written: str) -> list[Piece]:
    from html import unescape  # costs time, and most texts have none

    return [(unescape(written), len(written))]


_WAYS: dict[str, tuple[str, re.Pattern[str], Callable[[str], list[Piece]]]] = {
    "json": ("\\", _JSON, _json),
    "urlencoded": ("%", _URL, _url),
    "form": ("+", re.compile(r"\+"), _url),
    "xml": ("&", _XML, _xml),
}
"""What stands in a text that is written so, and how it is read."""
