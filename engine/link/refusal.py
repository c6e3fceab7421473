"""What the server says when it lets something not be published or heard."""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.message import text

_VIOLATION = re.compile(
    r"permissions violation for (publish|subscription) to "
    r"\"((?:[^\"\\]|\\.)+)\"(?: using queue \".*\")?",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL | re.IGNORECASE
)
_LETTERS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


class Refusal(NamedTuple):
    operation: str
    """"publish" or "subscription"."""
    subject: str


def read_refusal(words: str) -> Refusal | None:
    """None for an error that is no permission violation."""
    found = _VIOLATION.search(words)
    return None if found is None else Refusal(found[1].lower(), _unquoted(found[2]))


def _unquoted(words: str) -> str:
    """Undo Go's quoting, in which the server writes subjects; bytes that are no UTF-8 too."""

    def plain(found: re.Match[str]) -> str:
        byte, short, long, letter = found.groups()
        if byte:
            return text(bytes([int(byte, 16)]))
        return _character(short or long) if letter is None else _LETTERS.get(letter, letter)

    return _ESCAPE.sub(plain, words)


def _character(digits: str) -> str:
    """Go names no half of a surrogate pair and nothing beyond Unicode; anybody else may."""
    code = int(digits, 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else "\ufffd"
