"""The one sanitizer: every text that came from elsewhere passes here before it is shown.

A subject, a header or a body can hold escape sequences, text that runs backwards or takes no
room, and bytes that are no UTF-8. Here each of these becomes something visible, and nothing
else changes. The result is plain text: build `Text`, `Content` or `Segment` from it, never
markup. See https://www.unicode.org/reports/tr36/ for what hides in plain sight.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
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


_LEAST_ABRIDGED = 12


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


def shorten(text: str, cells: int) -> str:
    """Clean `text` and cut it to at most `cells` terminal cells, with an ellipsis if cut."""
    if cells <= 0:
        return ""
    window = clean(text[: _enough(cells)])
    if len(text) <= _enough(cells) and _width(window) <= cells:
        return window
    return set_cell_size(window, cells - 1).rstrip(" ") + ELLIPSIS


@lru_cache(maxsize=8192)
def abridge(text: str, cells: int) -> str:
    """As `shorten`, but what is cut is the middle: subjects tell themselves apart at the end."""
    if cells < _LEAST_ABRIDGED or (len(text) <= _enough(cells) and _width(clean(text)) <= cells):
        return shorten(text, cells)
    begin = set_cell_size(clean(text[: _enough(cells)]), cells // 3).rstrip(" ")
    end = clean(text[-_enough(cells) :])[-cells:]
    while _width(begin) + _width(ELLIPSIS) + _width(end) > cells:
        end = end[1:]
    return begin + ELLIPSIS + end


def fit(text: str, cells: int, right: bool = False) -> str:
    """Clean `text` and bring it to exactly `cells` terminal cells, padded left if `right`."""
    if len(text) <= cells and text.isascii() and text.isprintable():
        return text.rjust(cells) if right else text.ljust(cells)
    return _fit(text[: _enough(cells) + 1], cells, right) if cells > 0 else ""


@lru_cache(maxsize=8192)
def _fit(text: str, cells: int, right: bool) -> str:
    short = shorten(text, cells)
    blank = " " * (cells - _width(short))
    return blank + short if right else short + blank


def _enough(cells: int) -> int:
    """Characters that surely fill that many cells: what is longer is not even looked at."""
    return 8 * cells + 8


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
