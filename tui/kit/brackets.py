"""What a key does to JSON that is being written: brackets and quotes in pairs, lines indented.

Pure: each function is given the line before and after the cursor, and says what to change, or
None to leave the key to the editor. Typing a closing bracket by hand, as if nothing had been
written ahead, always ends in the same text.
"""

from __future__ import annotations

from typing import NamedTuple

STEP = 2
PAIRS = {"{": "}", "[": "]", '"': '"'}
_CLOSERS = frozenset(PAIRS.values())


class BracketEdit(NamedTuple):
    """`before` and `after` are the characters around the cursor that `text` takes the place of;
    the cursor then stands `back` characters before its end.
    """

    text: str
    before: int = 0
    after: int = 0
    back: int = 0

    @property
    def ahead(self) -> str:
        """What stands before the cursor then."""
        return self.text[: len(self.text) - self.back]


def typed(char: str, before: str, after: str) -> BracketEdit | None:
    """For a character; `before` and `after` are of one line."""
    quoted = in_string(before)
    if char in _CLOSERS and after.startswith(char) and quoted == (char == '"'):
        return BracketEdit(char, after=1) if not _escaped(before) else None
    if char not in PAIRS or quoted or not _free(after):
        return None
    return BracketEdit(char + PAIRS[char], back=1)


def closed_below(char: str, before: str, after: str, below: str) -> BracketEdit | None:
    """For a closing bracket on an empty line, when `below` has it already: go there."""
    gap = len(below) - len(below.lstrip())
    if char not in "}]" or before.strip() or after or below[gap : gap + 1] != char:
        return None
    indent = below[:gap].rpartition("\n")[2]
    return BracketEdit(indent + char, before=len(before), after=gap + 1)


def dedented(char: str, before: str, after: str) -> BracketEdit | None:
    """For a closing bracket on an empty line: one level out."""
    if char not in "}]" or before.strip() or after or not before:
        return None
    return BracketEdit(before[STEP:] + char, before=len(before))


def entered(before: str, after: str) -> BracketEdit | None:
    """For a line break: as far in as the line, further behind an opening bracket."""
    indent = before[: len(before) - len(before.lstrip(" \t"))]
    opener = "" if in_string(before) else before.rstrip()[-1:]
    if opener not in ("{", "["):
        return BracketEdit(f"\n{indent}") if indent else None
    inner = f"\n{indent}{' ' * STEP}"
    if not after.startswith(PAIRS[opener]):
        return BracketEdit(inner)
    return BracketEdit(f"{inner}\n{indent}", back=len(indent) + 1)


def erased(before: str, after: str) -> BracketEdit | None:
    """For the key that deletes to the left: an empty pair goes whole."""
    pair = before[-1:] in PAIRS and after.startswith(PAIRS[before[-1:]])
    return BracketEdit("", before=1, after=1) if pair and not in_string(before[:-1]) else None


def in_string(before: str) -> bool:
    """True when the cursor is inside a JSON string, which never spans lines."""
    inside = escaped = False
    for char in before:
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = inside
        elif char == '"':
            inside = not inside
    return inside


def _escaped(before: str) -> bool:
    """True when a backslash takes what follows for a character like others."""
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _free(after: str) -> bool:
    """True when nothing follows that a pair would be pushed in front of."""
    return not after or after[0] in " \t,:]}"
