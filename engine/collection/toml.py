"""A small writer of TOML, for files that people read and compare: tomllib reads them.

Lists stand one item to a line; texts of several lines stand as they are between quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"'}
_ESCAPES["\\"] = "\\\\"


def write_toml(fields: Mapping[str, Any]) -> str:
    """Lines of `key = value`; what has several lines goes last, where it is out of the way, and
    tables stand below all of them.
    """
    return _write_table(fields, ())


def _write_table(fields: Mapping[str, Any], path: tuple[str, ...]) -> str:
    deep = len(path) > 1  # tables further down stand between braces, on the line of their name
    tables = {
        key: value
        for key, value in fields.items()
        if isinstance(value, Mapping) and value and not deep
    }
    plain = ((key, value) for key, value in fields.items() if key not in tables)
    flat = sorted(plain, key=lambda one: isinstance(one[1], str) and "\n" in one[1])
    lines = "".join(f"{write_key(key)} = {write_value(value)}\n" for key, value in flat)
    heading = f"\n[{'.'.join(map(write_key, path))}]\n" if path and (flat or not tables) else ""
    below = (_write_table(value, (*path, key)) for key, value in tables.items())
    return "".join((heading, lines, *below))


def write_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _basic(key)


def write_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{write_key(key)} = {_inline(each)}" for key, each in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if not value:
        return "[]"
    return "[\n" + "".join(f"    {write_value(item)},\n" for item in value) + "]"


def _inline(value: Any) -> str:
    """A value within a table on one line, which may hold no line break."""
    if isinstance(value, str):
        return _basic(value) if "\n" in value else _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    return write_value(value)


def _text(value: str) -> str:
    if "\n" in value:
        return _lines(value)
    plain = "'" not in value and value.isprintable()
    return f"'{value}'" if plain and ('"' in value or "\\" in value) else _basic(value)


def _lines(value: str) -> str:
    """As it is, if TOML can hold it so; the first newline after the quotes is not part of it."""
    if "'''" in value or value.endswith("'") or not _visible(value):
        return _basic(value)
    return f"'''\n{value}'''"


def _visible(value: str) -> bool:
    """True when a reviewer sees every character: nothing turns the text around or hides in it."""
    return value.replace("\n", "").replace("\t", "").isprintable()


def _basic(value: str) -> str:
    return '"' + "".join(map(_char, value)) + '"'


def _char(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable() or "\ud800" <= char <= "\udfff":  # the latter no file can hold
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
