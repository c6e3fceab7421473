"""Variables as people write them: a line each, `name = value`.

A value stands as it is; one that begins or ends with a space or has several lines stands
between quotes, as in TOML.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping

from engine.errors import InvalidInput


def parse_lines(written: str) -> dict[str, str]:
    """Variables from lines; raises `InvalidInput` that names the bad line."""
    values: dict[str, str] = {}
    for number, line in enumerate(written.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, value = line.partition("=")
        name = name.strip()
        if not sign or not name:
            raise InvalidInput(f"line {number} is no variable: write it as name = value")
        if name in values:
            raise InvalidInput(f"line {number}: {name} has a value already")
        values[name] = _value(value.strip(), number)
    return values


def write_lines(variables: Mapping[str, str]) -> str:
    return "".join(f"{name} = {_written(value)}\n" for name, value in sorted(variables.items()))


def _value(written: str, number: int) -> str:
    if written[:1] not in ('"', "'"):
        return written
    try:
        value = tomllib.loads(f"x = {written}")["x"]
    except (tomllib.TOMLDecodeError, RecursionError):
        raise InvalidInput(f"line {number}: the quotes do not close") from None
    return str(value)


def _written(value: str) -> str:
    if value == value.strip() and value.isprintable() and value[:1] not in ('"', "'"):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
