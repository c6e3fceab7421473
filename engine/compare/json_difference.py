"""JSON beside JSON: laid out in lines as it was written, and where its values differ.

It is laid out by its tokens, so repeated keys, the order of keys and the digits of a number
stay as they were sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from engine import fields

_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\Z)'
_TOKEN = re.compile(rf'{_STRING}|[\[{{]\s*+[\]}}]|[\[\]{{}},:]|[^\s\[\]{{}},:"]+', re.DOTALL)
_PLAIN = re.compile(r"[\w-]+")
_DEEPEST = 100
_INDENT = "  "
_LONGEST = 60
"""Characters of a value that is quoted."""


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class NotComparable(Exception):
    """It is no JSON, or repeats a key, so it has no values that could be compared."""


class _Absent:
    """The value of what is not there."""


@dataclass(frozen=True, slots=True)
class Value:
    """A place where two documents differ: `items.0.qty`; None for a side without it."""

    path: str
    left: str | None
    right: str | None


def read_json(written: str) -> Any:
    """The document, its numbers as `Number`; raises `NotComparable`."""
    try:
        return fields.read_json(
            written,
            object_pairs_hook=_object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
        )
    except ValueError as error:
        raise NotComparable from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotComparable
    return made


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def lay_out(written: str) -> Iterator[str]:
    """Lines, each a key with its value or a bracket; anything else comes out as something."""
    line, level = "", 0
    for found in _TOKEN.finditer(written):
        token = found[0]
        if token in ("]", "}"):
            if line.strip():
                yield line
            level = max(0, level - 1)
            line = _indent(level) + token
        elif token in ("[", "{", ","):
            yield line + token
            level += token != ","
            line = _indent(level)
        else:
            line += ": " if token == ":" else _closed(token)
    if line.strip():
        yield line


def _indent(level: int) -> str:
    return _INDENT * min(level, _DEEPEST)


def _closed(token: str) -> str:
    return token[0] + token[-1] if token[0] in "[{" else token


def differing(left: Any, right: Any) -> Iterator[Value]:
    """Where two documents differ, by path; the order of keys does not matter."""
    work: list[tuple[str, Any, Any]] = [("", left, right)]
    while work:
        path, one, other = work.pop()
        if type(one) is type(other) is dict:
            keys = [*one, *(key for key in other if key not in one)]
            inner = [
                (_step(path, key), one.get(key, _Absent), other.get(key, _Absent)) for key in keys
            ]
            work += reversed(inner)
        elif type(one) is type(other) is list:
            both = enumerate(zip_longest(one, other, fillvalue=_Absent))
            work += reversed([(_step(path, at), *pair) for at, pair in both])
        elif not _same(one, other):
            yield Value(path or "the whole", _quote(one), _quote(other))


def _step(path: str, key: str | int) -> str:
    word = str(key)
    word = word if _PLAIN.fullmatch(word) else json.dumps(word, ensure_ascii=False)
    return f"{path}.{word}" if path else word


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, Number) and one != other:
        try:
            return Decimal(one) == Decimal(other)
        except ArithmeticError:
            return False
    return bool(one == other)


def _quote(value: Any) -> str | None:
    if value is _Absent:
        return None
    if isinstance(value, dict | list):
        what, brackets = ("keys", "{…}") if isinstance(value, dict) else ("items", "[…]")
        return f"{brackets} {len(value):,} {what}"
    written = value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
