"""What a picture shows, as lines of characters, and what of them is the same in every run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from html import unescape
from itertools import groupby
from typing import NamedTuple

CELL, LINE = 12.2, 24.4
"""Pixels of a cell, as Textual draws it."""
_INK = re.compile(r"\.[\w-]+-(r\d+) \{ fill: ([^}]*?);? *\}")
_GROUND = re.compile(r'<rect fill="(#\w+)" x="[\d.]+" y="([\d.]+)" width="([\d.]+)" height="24.65"')
_TEXT = re.compile(
    r'<text class="[^"]*-(r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"[^>]*>(.*?)</text>'
)
_BARS = re.compile(r"[▏▎▍▌▋▊▉█▁▂▃▄▅▆▇▐┄─━┴┬┼├┤⠁-⣿]+")
_FIGURES = re.compile(
    r"(?:at most |[≤≥<>] ?)?\d[\d.,:–-]*"
    r"( ?(?:ms|µs|s|ns|min|B|KB|kB|KiB|MB|MiB|m|h|d|%|req/s|msg/s|/s))?\b%?"
)
_IDS = re.compile(r"\b_INBOX\.\S+|\b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{6,}\b|\S*…\S*")
_MONTHS = re.compile(r"(?<=\d\d )(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b")
"""After a day: what it is called when a picture is made is no matter."""
_WORD = re.compile(r"[^\s│]+")
_NOTHING = "–"
"""What stands for a figure that there is not."""
_CORNERS = "╭╮╰╯"
_FRAME = re.compile(r"[│╭╮╰╯─]+")
_INSIDE = re.compile(r"[^│]+")
_ANY = re.compile(r".+")
_ELSEWHERE = re.compile(r"^ *natstap  |127\.0\.0\.1:|/natstap")
"""Lines on where natstap is connected, and on what else runs on the machine."""
_GONE = "\0"
"""Stands for a cell of what differs from run to run."""
_ALL_GONE = re.compile(f"{_GONE}+")


class Cell(NamedTuple):
    sign: str
    ink: str
    """Colour and weight."""
    ground: str


_BETWEEN = Cell(" ", "", "")
"""Between the end of a line and the next below it."""


class Line(NamedTuple):
    """A line of the screen, and for each of its characters how it is drawn."""

    text: str
    inks: list[str]
    grounds: list[str]

    def at(self, column: int) -> Cell:
        return Cell(self.text[column], self.inks[column], self.grounds[column])

    def cut(self, begin: int, end: int) -> Line:
        return Line(self.text[begin:end], self.inks[begin:end], self.grounds[begin:end])

    def cells(self, pattern: re.Pattern[str], text: str) -> Iterator[Cell]:
        """Those of what a pattern finds in the text, which stands for the line's own."""
        for found in pattern.finditer(text):
            yield from map(self.at, range(*found.span()))


def lines_of(drawing: str) -> list[Line]:
    """The lines of the screen that an SVG of Textual's shows."""
    inks = dict(_INK.findall(drawing))
    grounds: dict[int, list[str]] = {}
    for colour, y, width in _GROUND.findall(drawing):
        row = grounds.setdefault(round((float(y) - 1.5) / LINE), [])
        row += [colour] * round(float(width) / CELL)
    texts: dict[int, list[tuple[int, str, str]]] = {}
    for name, x, y, text in _TEXT.findall(drawing):
        parts = texts.setdefault(round((float(y) - 20) / LINE), [])
        parts.append((round(float(x) / CELL), unescape(text).replace("\xa0", " "), inks[name]))
    return [_line(texts.get(number, []), row) for number, row in sorted(grounds.items())]


def _line(parts: Iterable[tuple[int, str, str]], grounds: list[str]) -> Line:
    text, inks = "", list[str]()
    for column, written, ink in sorted(parts):
        text = text.ljust(column) + written
        inks += [""] * (column - len(inks)) + [ink] * len(written)
    width = max(len(text), len(grounds))
    inks += [""] * (width - len(inks))
    return Line(text.ljust(width), inks, grounds + grounds[-1:] * (width - len(grounds)))


def kept(lines: Sequence[Line], varies: str = "") -> list[str]:
    """The words that a screen says in every run: without figures, ids, bars, where it is
    connected, and what this pattern finds. A longer figure may wrap the words after it.

    Behind them the corners of panes and dialogs, by their cells.
    """
    said = [word for column in _columns(lines) for word, _ in _words(column, varies)]
    corners = [
        f"{sign} {number}:{column}"
        for number, line in enumerate(lines)
        for column, sign in enumerate(line.text)
        if sign in _CORNERS
    ]
    return [*said, " ".join(corners)]


def differences(before: Sequence[Line], now: Sequence[Line], varies: str = "") -> list[str]:
    """What differs in words or, where these are the same, in how they are drawn."""
    words = kept(before, varies), kept(now, varies)
    if words[0] != words[1]:
        return list(unified_diff(*words, lineterm="", n=0))
    was, found = _drawn(before, varies), _drawn(now, varies)
    differ = [place for place in was if found.get(place, was[place]) != was[place]]
    for kind, *styles in zip(("figures", "bars"), _strewn(before), _strewn(now), strict=True):
        was[kind], found[kind] = map(sorted, styles)
        if not (styles[0] <= styles[1] or styles[0] >= styles[1]):
            differ.append(kind)
    return [f"{each}: {', '.join(found[each])}; it was {', '.join(was[each])}" for each in differ]


def _drawn(lines: Sequence[Line], varies: str) -> dict[str, list[str]]:
    """How what is kept is drawn: each word, and of each line its frames and grounds."""
    found: dict[str, list[str]] = {}
    for number, column in enumerate(_columns(lines)):
        for at, (word, cells) in enumerate(_words(column, varies)):
            found[f"{number}.{at} {word}"] = _styles(cells)
    for number, line in enumerate(lines):
        found[f"line {number} frame"] = _styles(line.cells(_FRAME, line.text))
        if _ELSEWHERE.search(line.text):
            for word, cells in _words(line.cells(_ANY, line.text), varies):
                found.setdefault(word, _styles(cells))
        else:
            found[f"line {number} ground"] = [ground for ground, _ in groupby(line.grounds)]
    return found


def _strewn(lines: Sequence[Line]) -> tuple[set[str], set[str]]:
    """How figures, and how bars are drawn: which of them are there differs from run to run."""
    figures, bars = set[str](), set[str]()
    for line in lines:
        if not _ELSEWHERE.search(line.text):
            figures.update(_styles(line.cells(_ALL_GONE, _steady(line.text, ""))))
            bars.update(_styles(line.cells(_BARS, _FRAME.sub(_blank, line.text))))
    return figures, bars


def _columns(lines: Sequence[Line]) -> list[list[Cell]]:
    """What stands below each other, as the lines of a pane do, put together."""
    columns: dict[int, list[Cell]] = {}
    for line in lines:
        if not _ELSEWHERE.search(line.text):
            for piece in _INSIDE.finditer(line.text):
                column = columns.setdefault(piece.start(), [])
                begin = piece.start() + len(piece[0]) - len(piece[0].lstrip())
                end = piece.start() + len(piece[0].rstrip())
                column += map(line.at, range(begin, end))
                column += [_BETWEEN] * (begin < end)
    return [columns[start] for start in sorted(columns)]


def _words(cells: Iterable[Cell], varies: str) -> Iterator[tuple[str, list[Cell]]]:
    """Each word with its cells."""
    cells = list(cells)
    steady = _steady("".join(cell.sign for cell in cells), varies)
    for found in _WORD.finditer(steady):
        left = [cells[at] for at in range(*found.span()) if steady[at] != _GONE]
        word = "".join(cell.sign for cell in left)
        if word not in ("", _NOTHING):
            yield word, left


def _styles(cells: Iterable[Cell]) -> list[str]:
    """How these are drawn, once where the next is drawn alike."""
    return [style for style, _ in groupby(f"{cell.ink} on {cell.ground}" for cell in cells)]


def _steady(text: str, varies: str) -> str:
    """The same cells, with `_GONE` for what differs from run to run, and no bars."""
    text = _BARS.sub(_blank, text)
    for pattern in (*filter(None, (varies,)), _MONTHS, _IDS, _FIGURES):
        text = re.sub(pattern, lambda found: _GONE * len(found[0]), text)
    return text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
