"""What a picture shows, as lines of characters, and what of them is the same in every run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import unescape
from pathlib import Path

CELL, LINE = 12.2, 24.4
"""Pixels of a cell, as Textual draws it."""
_TEXT = re.compile(
    r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"[^>]*>(.*?)</text>'
)
_BARS = re.compile(r"[▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▐┄─━┴┬┼├┤⠁-⣿]+")
_FIGURES = re.compile(
    r"(?:at most |[≤≥<>] ?)?\d[\d.,:–-]*"
    r"( ?(?:ms|µs|s|ns|min|B|KB|kB|KiB|MB|MiB|m|h|d|%|req/s|msg/s|/s))?\b%?"
)
_IDS = re.compile(r"\b_INBOX\.\S+|\b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{6,}\b|\S*…\S*")
_NOTHING = "–"
"""What stands for a figure that there is not."""
_CORNERS = "╭╮╰╯"
_ELSEWHERE = re.compile(r"^ *natstap  |127\.0\.0\.1:|/natstap")
"""Lines on where natstap is connected, and on what else runs on the machine."""


def lines_of(picture: Path) -> list[str]:
    """The lines of the screen that an SVG of Textual's shows."""
    rows: dict[int, list[tuple[int, str]]] = {}
    for x, y, text in _TEXT.findall(picture.read_text(encoding="utf-8")):
        row = rows.setdefault(round((float(y) - 20) / LINE), [])
        row.append((round(float(x) / CELL), unescape(text).replace("\xa0", " ")))
    return [_line(rows.get(number, [])) for number in range(max(rows, default=-1) + 1)]


def _line(parts: Iterable[tuple[int, str]]) -> str:
    line = ""
    for column, text in sorted(parts):
        line = line.ljust(column) + text
    return line


def kept(lines: Sequence[str]) -> list[str]:
    """What a screen says in every run: without figures, ids, bars, and where it is connected.

    Behind it the corners of panes and dialogs, by their cells.
    """
    said = [_said(line) for line in lines if not _ELSEWHERE.search(line)]
    corners = [
        f"{sign} {number}:{column}"
        for number, line in enumerate(lines)
        for column, sign in enumerate(line)
        if sign in _CORNERS
    ]
    return [*filter(None, said), " ".join(corners)]


def _said(line: str) -> str:
    line = _FIGURES.sub("", _IDS.sub("", _BARS.sub(" ", line)))
    words = line.replace("│", " ").split()
    return " ".join(word for word in words if word != _NOTHING)
