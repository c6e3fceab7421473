"""Near misses: subjects that somebody listens to and that look like the one that was written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

MAX_DISTANCE = 1.0
MAX_NEAREST = 3
LOOKED_AT = 1000
"""Patterns compared at most, so that a big account holds nobody up."""
_ODD_TOKEN = 0.7
"""What a token too many or too few costs."""
_TOKEN_IN_AN_INBOX = re.compile(r"[0-9A-Za-z]{16,}")


def nearest(subject: str, patterns: Iterable[str]) -> tuple[str, ...]:
    """At most three, the nearest first; a `*` is filled with what was written in its place."""
    ranked: dict[str, float] = {}
    wanted = subject.split(".")
    limit = min(MAX_DISTANCE, _ODD_TOKEN * (len(wanted) + 1) / 2)
    for pattern in list(dict.fromkeys(patterns))[:LOOKED_AT]:
        tokens = pattern.split(".")
        if hidden(pattern) or abs(len(tokens) - len(wanted)) > 1:
            continue
        cost = distance(wanted, tokens)
        name = _filled(wanted, tokens)
        if cost <= limit and name != subject:
            ranked[name] = min(cost, ranked.get(name, cost))
    return tuple(sorted(ranked, key=lambda name: (ranked[name], name)))[:MAX_NEAREST]


def hidden(pattern: str) -> bool:
    """True for what nobody would have meant: inboxes, the server's own, and `>`."""
    tokens = pattern.split(".")
    return (
        pattern.startswith(("_", "$"))
        or all(token in ("*", ">") for token in tokens)
        or any(_TOKEN_IN_AN_INBOX.fullmatch(token) for token in tokens[-2:] if not token.islower())
    )


def distance(wanted: list[str], tokens: list[str]) -> float:
    """What it costs to turn one list of tokens into the other; 0 when they are the same."""
    row = [n * _ODD_TOKEN for n in range(len(tokens) + 1)]
    for a in wanted:
        before, row = row, [row[0] + _ODD_TOKEN]
        for n, b in enumerate(tokens):
            best = min(before[n] + _token_distance(a, b), before[n + 1] + _ODD_TOKEN)
            row.append(min(best, row[n] + _ODD_TOKEN))
    return row[-1]


@lru_cache(maxsize=4096)
def _token_distance(a: str, b: str) -> float:
    """0 for the same, up to 1 for nothing alike."""
    if a == b:
        return 0.0
    if b in ("*", ">"):
        return 0.2  # it would do, but it speaks for no likeness
    if a.casefold() == b.casefold():
        return 0.1
    longest = max(len(a), len(b))
    if longest > 64 or abs(len(a) - len(b)) > 3:
        return 1.0
    return min(1.0, 1.2 * _edits(a, b) / longest)


def _edits(a: str, b: str) -> int:
    """Letters added, left out, changed or swapped with a neighbour."""
    older: list[int] = []
    before, row = older, list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j - 1] + (x != y), before[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _filled(wanted: list[str], tokens: list[str]) -> str:
    if len(wanted) != len(tokens):
        return ".".join(tokens)
    return ".".join(a if b in ("*", ">") else b for a, b in zip(wanted, tokens, strict=True))
