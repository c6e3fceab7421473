"""What hides in a text made visible: escape sequences, text that runs backwards, odd bytes.

Nothing else changes. See https://www.unicode.org/reports/tr36/ for what hides in plain sight.
"""

from __future__ import annotations

import re

_TAB = 4

_UNSEEN = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""C1, bidi controls, what takes no room, tags, variation selectors, lone surrogates."""
_LINE = re.compile(f"[\x00-\x1f{_UNSEEN}]+")
_BLOCK = re.compile(f"[\x00-\x08\x0b-\x1f{_UNSEEN}]+")


class _Pictures(dict[int, str]):
    """What is shown for each hidden code point; filled as they are met."""

    def __missing__(self, code: int) -> str:
        shown = self[code] = _picture(code)
        return shown


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"⟨{code:04X}⟩"


_PICTURES = _Pictures()


def _draw(found: re.Match[str]) -> str:
    return found[0].translate(_PICTURES)


def clean(text: str) -> str:
    """Make `text` safe to show on one line; line breaks and tabs become visible too."""
    if text.isascii() and text.isprintable():
        return text
    return _LINE.sub(_draw, text)


def clean_block(text: str) -> str:
    """Make `text` safe to show on many lines; CRLF counts as a line break, tabs are expanded."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    shown = _BLOCK.sub(_draw, text)
    return shown.expandtabs(_TAB) if "\t" in shown else shown


def clean_text(text: str) -> str:
    """As `clean_block`, with tabs and line breaks as they are: for what is not laid out."""
    if text.isascii() and text.isprintable():
        return text
    return _BLOCK.sub(_draw, text.replace("\r\n", "\n") if "\r" in text else text)
