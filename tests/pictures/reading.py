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
_WORD = re.compile(r"[^\s│]+")
_NOTHING = "–"
"""What stands for a figure that there is not."""
_CORNERS = "╭╮╰╯"
_FRAME = re.compile(r"[│╭╮╰╯─]+")
_ELSEWHERE = re.compile(r"^ *natstap  |127\.0\.0\.1:|/natstap")
"""Lines on where natstap is connected, and on what else runs on the machine."""
_GONE = "\0"
"""Stands for a cell of what differs from run to run."""
_ALL_GONE = re.compile(f"{_GONE}+")


class Line(NamedTuple):
    """A line of the screen, and for each of its characters how it is drawn."""

    text: str
    inks: list[str]
    """Colour and weight."""
    grounds: list[str]

    def cut(self, begin: int, end: int) -> Line:
        return Line(self.text[begin:end], self.inks[begin:end], self.grounds[begin:end])

    def styles(self, cells: Iterable[int]) -> list[str]:
        """How these are drawn, once where the next is drawn alike."""
        return [
            style for style, _ in groupby(f"{self.inks[at]} on {self.grounds[at]}" for at in cells)
        ]


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
    """What a screen says in every run: without figures, ids, bars, where it is connected, and
    what this pattern finds.

    Behind it the corners of panes and dialogs, by their cells.
    """
    said = [
        " ".join(word for word, _ in _words(_steady(line.text, varies)))
        for line in lines
        if not _ELSEWHERE.search(line.text)
    ]
    corners = [
        f"{sign} {number}:{column}"
        for number, line in enumerate(lines)
        for column, sign in enumerate(line.text)
        if sign in _CORNERS
    ]
    return [*filter(None, said), " ".join(corners)]


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


def _drawn(lines: Sequence[Line], varies: str = "") -> dict[str, list[str]]:
    """How what is kept is drawn: each word, and of each line its frames and grounds."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        elsewhere = _ELSEWHERE.search(line.text)
        for at, (word, cells) in enumerate(_words(_steady(line.text, varies))):
            found.setdefault(word if elsewhere else f"{number}.{at} {word}", line.styles(cells))
        found[f"{number} frame"] = line.styles(_cells(_FRAME, line.text))
        if not elsewhere:
            found[f"{number} ground"] = [ground for ground, _ in groupby(line.grounds)]
    return found


def _strewn(lines: Sequence[Line]) -> tuple[set[str], set[str]]:
    """How figures, and how bars are drawn: which of them are there differs from run to run."""
    figures, bars = set[str](), set[str]()
    for line in lines:
        if not _ELSEWHERE.search(line.text):
            figures.update(line.styles(_cells(_ALL_GONE, _steady(line.text, ""))))
            bars.update(line.styles(_cells(_BARS, _FRAME.sub(_blank, line.text))))
    return figures, bars


def _steady(text: str, varies: str) -> str:
    """The same cells, with `_GONE` for what differs from run to run, and no bars."""
    text = _BARS.sub(_blank, text)
    for pattern in (*filter(None, (varies,)), _IDS, _FIGURES):
        text = re.sub(pattern, lambda found: _GONE * len(found[0]), text)
    return text


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _words(steady: str) -> Iterator[tuple[str, list[int]]]:
    """Each word with its cells."""
    for found in _WORD.finditer(steady):
        cells = [at for at in range(*found.span()) if steady[at] != _GONE]
        word = "".join(steady[at] for at in cells)
        if word not in ("", _NOTHING):
            yield word, cells


def _cells(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    for found in pattern.finditer(text):
        yield from range(*found.span())
