"""A small writer of TOML, for files that people read and compare: tomllib reads them.

Lists stand one item to a line; texts of several lines stand as they are between quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}
_ESCAPES["\\"] = "\\\\"


def write_toml(fields: Mapping[str, Any]) -> str:
    """Lines of `key = value`; what has several lines goes last, where it is out of the way."""
    ordered = sorted(fields.items(), key=lambda one: isinstance(one[1], str) and "\n" in one[1])
    return "".join(f"{write_key(key)} = {write_value(value)}\n" for key, value in ordered)


def write_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _basic(key)


def write_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if not value:
        return "[]"
    return "[\n" + "".join(f"    {write_value(one)},\n" for one in value) + "]"


def _text(value: str) -> str:
    if "\n" in value:
        return _lines(value)
    plain = "'" not in value and not _CONTROL.search(value) and "\t" not in value
    return f"'{value}'" if plain and ('"' in value or "\\" in value) else _basic(value)


def _lines(value: str) -> str:
    """As it is, if TOML can hold it so; the first newline after the quotes is not part of it."""
    if "'''" in value or value.endswith("'") or _CONTROL.search(value):
        return _basic(value)
    return f"'''\n{value}'''"


def _basic(value: str) -> str:
    def written(found: re.Match[str]) -> str:
        char = found[0]
        return _ESCAPES.get(char) or f"\\u{ord(char):04x}"

    return '"' + re.sub(r'[\x00-\x1f\x7f"\\]', written, value) + '"'
