"""Inside two lines that face each other: which words differ."""

from __future__ import annotations

import re

from .line_difference import matches

_WORD_CELLS = 4_000
_WORDS = 400
_LONG = 4_000
"""Characters of a line that is looked at by its words; of a longer one only the ends."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Spans = tuple[tuple[int, int], ...]


def marks(left: str, right: str) -> tuple[Spans, Spans]:
    """Where two lines differ, on each side; nothing where they have no word in common."""
    if max(len(left), len(right)) > _LONG:
        return _ends(left, right)
    mine, theirs = _WORD.findall(left), _WORD.findall(right)
    if max(len(mine), len(theirs)) > _WORDS:
        return _ends(left, right)
    pairs = matches(mine, theirs, _WORD_CELLS)
    if not any(mine[at].isalnum() for at, _ in pairs):
        return (), ()
    return _spans(mine, {at for at, _ in pairs}), _spans(theirs, {at for _, at in pairs})


def _spans(words: list[str], same: set[int]) -> Spans:
    spans: list[tuple[int, int]] = []
    at = 0
    for place, word in enumerate(words):
        if place not in same:
            begin = spans.pop()[0] if spans and spans[-1][1] == at else at
            spans.append((begin, at + len(word)))
        at += len(word)
    return tuple(spans)


def _ends(left: str, right: str) -> tuple[Spans, Spans]:
    """All between the same beginning and the same end."""
    begin = common(left, right)
    end = common(left[begin:][::-1], right[begin:][::-1])
    spans = (begin, len(left) - end), (begin, len(right) - end)
    mine, theirs = (((span,) if span[0] < span[1] else ()) for span in spans)
    return mine, theirs


def common(left: str | bytes, right: str | bytes) -> int:
    """How long the same beginning is; by halves, for megabytes."""
    least, most = 0, min(len(left), len(right))
    while least < most:
        middle = (least + most + 1) // 2
        if left[least:middle] == right[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
