"""Failures by their kind, each with its share drawn as a bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from tui.kit.chart import bar
from tui.kit.glyphs import COUNTED
from tui.safe import fit

_MUTED = "$foreground 60%"
_COLOURS = {"bad": "$text-error", "warn": "$text-warning", "muted": "$text-muted"}


def failure_lines(
    failures: Sequence[tuple[int, int]], stated: int, width: int
) -> Iterator[Content]:
    """`failures` are states with their counts, the most frequent first; `stated` is how many
    exchanges are in any state.
    """
    if not failures:
        yield Content.styled("✓ no failures", _MUTED)
        return
    failed = sum(count for _, count in failures)
    yield Content.styled(f"{failed:,} of {stated:,} failed", "bold")
    most = failures[0][1]
    for state, count in failures:
        sign = COUNTED[state]
        words = f"{sign.glyph} {fit(sign.word, 14)} {count:>7,}  "
        share = bar(count, most, width - len(words))
        colour = _COLOURS.get(sign.role, "$foreground")
        yield Content.assemble((words, colour), (share, colour))
