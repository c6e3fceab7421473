"""JSON on lines of its own, as people read it; templates in it stay as they were written."""

from __future__ import annotations

import re

from engine.drafts.template import ACTION
from tui.body.lines import JsonLines

LONGEST = 200_000
"""Characters; more would hold the screen up."""
_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around the number of a template that is set aside; private, so hardly in any text."""
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def tidy(written: str) -> str:
    """The same JSON: its keys in their order, repeated ones too, its numbers digit for digit."""
    if _OPEN in written:
        return written
    kept: list[str] = []

    def mark(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"{_OPEN}{len(kept) - 1}{_CLOSE}"

    lines = JsonLines(ACTION.sub(mark, written))
    lines.grow(float("inf"))
    laid_out = "\n".join(lines.line(index) for index in range(len(lines)))
    made = _MARK.sub(lambda found: kept[int(found[1])], laid_out)
    return made if "".join(made.split()) == "".join(written.split()) else written
