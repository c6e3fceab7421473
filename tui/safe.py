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

from tui.visible import clean, clean_block

__all__ = ["ELLIPSIS", "abridge", "clean", "clean_block", "fit", "is_simple", "shorten"]

ELLIPSIS = "…"
_LEAST_ABRIDGED = 12
_SIMPLE = re.compile(
    "[ -~\xa1-\xac\xae-\u02ff\u0391-\u03a1\u03a3-\u0482"
    "\u2010-\u2027\u2190-\u2319\u2460-\u25fc\u2713\u2717]*"
)
"""Letters and signs of one cell each that are shown as they are: most texts are of these alone."""


def is_simple(text: str) -> bool:
    """True for a text that is shown as it is, and takes a cell for each character."""
    if text.isascii():
        return text.isprintable()
    return _SIMPLE.fullmatch(text) is not None


def shorten(text: str, cells: int) -> str:
    """Clean `text` and cut it to at most `cells` terminal cells, with an ellipsis if cut."""
    if cells <= 0:
        return ""
    window = text[: _enough(cells)]
    if is_simple(window):
        return window if len(window) <= cells else window[: cells - 1].rstrip(" ") + ELLIPSIS
    window = clean(window)
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
    if len(text) <= cells and is_simple(text):
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
    return len(text) if is_simple(text) else cell_len(text)
