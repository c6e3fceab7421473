"""Large type: letters of several rows each, as large as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from tui.safe import clean

if TYPE_CHECKING:
    from pyfiglet import Figlet

FONTS = ("mono12", "mono9", "smmono12", "smmono9")
"""Fonts of pyfiglet, the largest first: 10, 8, 6 and 4 cells to a letter."""
MAX_LETTERS = 120
"""Of one text; what is longer is cut before it is drawn."""
_BREAKS = " ./-_"
"""A line may end after one of these."""


def draw_big(text: str, width: int, height: int, *, largest: int = 0) -> list[str]:
    """The rows of `text` in the largest letters that fit; in plain ones where none do.

    `largest` is the place in `FONTS` of the largest letters that are wanted. What has no letter in
    the fonts is drawn plain as well.
    """
    shown = clean(text[: MAX_LETTERS + 1])
    if len(shown) > MAX_LETTERS:
        shown = f"{shown[: MAX_LETTERS - 3]}..."
    if not shown.strip() or not (shown.isascii() and shown.isprintable()):
        return [shown]
    for font in FONTS[largest:]:
        rows = _drawn(shown, font, width)
        if rows is not None and len(rows) <= height:
            return rows
    return list(_filled([shown[at : at + width] for at in range(0, len(shown), width)], height))


def _filled(rows: list[str], height: int) -> Iterator[str]:
    yield from rows[: max(1, height)]


def _drawn(text: str, font: str, width: int) -> list[str] | None:
    """None where a single part is wider than that."""
    lines: list[str] = []
    for part in _parts(text):
        if lines and _width(lines[-1] + part, font) <= width:
            lines[-1] += part
        elif _width(part.strip(), font) <= width:
            lines.append(part.lstrip())
        else:
            return None
    return [row for line in lines for row in _rows(line.rstrip(), font)]


def _parts(text: str) -> Iterator[str]:
    """Cut after what a line may end with."""
    part = ""
    for letter in text:
        part += letter
        if letter in _BREAKS:
            yield part
            part = ""
    if part:
        yield part


def _width(line: str, font: str) -> int:
    return max(map(len, _rows(line.rstrip(), font)), default=0)


@cache
def _figlet(font: str) -> Figlet:
    from pyfiglet import Figlet

    return Figlet(font=font, width=100_000)


def _rows(line: str, font: str) -> list[str]:
    """Without the empty rows above and below that all letters have."""
    if not line:
        return []
    rows = [row.rstrip() for row in str(_figlet(font).renderText(line)).split("\n")]
    while rows and not rows[-1]:
        rows.pop()
    blank = next((at for at, row in enumerate(rows) if row), 0)
    return [*rows[min(blank, 2) :], ""] if rows else []
