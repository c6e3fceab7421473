"""Where a line of laid out JSON is: its path, its value, and what it is a part of.

All of it is found in the index of the lines, at the speed of a search in bytes, so that the last
line of a large body is answered as soon as the first.
"""

from __future__ import annotations

import json
import re

from engine.fields import read_json
from tui.body.lines import CLOSES, DEEPEST, KEY, JsonLines

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_MAX_KEY = 200
"""Characters of a key that a path repeats."""


def path_of(lines: JsonLines, index: int) -> str:
    """As `$.rows[3].sku`; what is nested too deeply to tell ends with an ellipsis."""
    steps = []
    index = opener_of(lines, index)
    if _level(lines, index) == DEEPEST:
        steps.append("…")
        index = enclosing(lines, index)
    while (parent := enclosing(lines, index)) >= 0:
        steps.append(_step(lines, parent, index))
        index = parent
    return "$" + "".join(reversed(steps))


def value_of(lines: JsonLines, index: int) -> str | None:
    """The value on a line as it was sent, to the line that closes it; a string without its quotes.

    None while the line that closes it is not indexed.
    """
    index = opener_of(lines, index)
    begin, end = lines.span(index)
    if opens(lines, index):
        last = closer_of(lines, index)
        if last is None:
            return None
        end = lines.span(last)[1]
    key = KEY.match(lines.text, begin, end)
    value = lines.text[key.end() if key else begin : end].rstrip()
    return _unquoted(value.removesuffix(",").rstrip())


def opens(lines: JsonLines, index: int) -> bool:
    """True if the lines after it are a part of what it begins."""
    return lines.text[lines.span(index)[1] - 1] in "[{"


def closer_of(lines: JsonLines, index: int) -> int | None:
    """The line that closes what a line opens; None while it is not indexed."""
    found = lines.levels.find(_level(lines, index) | CLOSES, index + 1)
    if found >= 0:
        return found
    return len(lines) - 1 if lines.done else None


def opener_of(lines: JsonLines, index: int) -> int:
    """The line itself, or for one that closes the line that opened it."""
    if not lines.levels[index] & CLOSES:
        return index
    return max(0, lines.levels.rfind(_level(lines, index), 0, index))


def enclosing(lines: JsonLines, index: int) -> int:
    """The line that opens what a line is a part of; -1 for the outermost."""
    level = _level(lines, index)
    return lines.levels.rfind(level - 1, 0, index) if level else -1


def _level(lines: JsonLines, index: int) -> int:
    return lines.levels[index] & ~CLOSES


def _step(lines: JsonLines, parent: int, index: int) -> str:
    begin, end = lines.span(index)
    key = None
    if lines.text[lines.span(parent)[1] - 1] == "{":
        key = KEY.match(lines.text, begin, end)
    if key is None:
        before = lines.levels.count(bytes([_level(lines, index)]), parent + 1, index)
        return f"[{before}]"
    name = _unquoted(key[1][:_MAX_KEY])
    return f".{name}" if _NAME.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        found = read_json(value, strict=False)
    except ValueError:
        return value
    return found if isinstance(found, str) else value
