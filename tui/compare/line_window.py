"""The part of a long line that is worth its cells: the one with the first difference."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from engine.compare.changed_words import Spans
from tui.safe import clean

_MARGIN = 12
"""Cells that are shown ahead of the first difference of a long line."""


def pieces(line: str, spans: Spans, room: int) -> Iterator[tuple[str, bool]]:
    """The part of a line that fits and has its first difference; True where it differs."""
    start = _begin(line, spans[0][0], room) if spans else 0
    room -= start > 0
    if room <= 0:
        return
    end = _end(line, start, room)
    if start:
        yield "…", False
    at = start
    for begin, stop in spans:
        begin, stop = max(at, min(begin, end)), max(at, min(stop, end))
        yield from (
            (part, marked)
            for part, marked in ((line[at:begin], False), (line[begin:stop], True))
            if part
        )
        at = stop
    yield line[at:end], False
    if end < len(line):
        yield "…", False


def _begin(line: str, first: int, room: int) -> int:
    """0 where what is before the first difference leaves room for it, else a little before it."""
    margin = min(_MARGIN, room // 2)
    if first <= room and cell_len(clean(line[:first])) <= room - margin:
        return 0
    start, used = first, 0
    while start and (used := used + cell_len(clean(line[start - 1]))) <= margin:
        start -= 1
    return start


def _end(line: str, start: int, room: int) -> int:
    """Where the text that fits ends; one cell is left for the ellipsis when not all of it does."""
    end, used = start, 0
    for char in line[start : start + room + 1]:
        used += cell_len(clean(char))
        if used > room:
            break
        end += 1
    if end < len(line):
        while end > start and cell_len(clean(line[start:end])) > room - 1:
            end -= 1
    return end
