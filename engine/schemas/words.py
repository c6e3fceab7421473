"""What breaks a schema, in a few plain words: "id is missing"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from engine.words import counted

MAX_TOLD = 3
"""Breaches that are told; the rest is counted."""
MAX_FOUND = 20
_MAX_VALUE = 40
"""Characters of a value that are repeated."""
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_KINDS: tuple[tuple[Any, str], ...] = (
    (type(None), "null"),
    (bool, "true or false"),
    (int | float, "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "an object"),
)
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def told(breaches: Iterable[str]) -> str:
    """Breaches as one part of a sentence."""
    every = list(dict.fromkeys(breaches))
    more = len(every) - MAX_TOLD
    return ", ".join(every[:MAX_TOLD]) + (f", and {counted(more, 'more', 'more')}" * (more > 0))


def words_of(error: Any) -> Iterator[str]:
    """An error of jsonschema in words."""
    path, wanted, value = path_of(error.absolute_path), error.validator_value, error.instance
    match error.validator:
        case "required" if isinstance(value, dict):
            yield from (f"{_join(path, name)} is missing" for name in wanted if name not in value)
        case "type":
            types = wanted if isinstance(wanted, list) else [wanted]
            right = " or ".join(_TYPES.get(str(name), str(name)) for name in types)
            yield f"{path or 'the body'} is {kind_of(value)}, not {right}"
        case "enum" if isinstance(wanted, list):
            choices = ", ".join(map(_short, wanted[:5]))
            yield f"{path or 'the body'} is {_short(value)}, not one of {choices}"
        case "const":
            yield f"{path or 'the body'} is {_short(value)}, not {_short(wanted)}"
        case "minimum" | "exclusiveMinimum":
            yield f"{path} is {_short(value)}, less than {_short(wanted)}"
        case "maximum" | "exclusiveMaximum":
            yield f"{path} is {_short(value)}, more than {_short(wanted)}"
        case "additionalProperties":
            yield f"{path or 'the body'} has a field that the schema does not know"
        case "pattern":
            yield f"{path or 'the body'} is {_short(value)}, which its pattern does not allow"
        case "anyOf" | "oneOf":
            yield f"{path or 'the body'} fits none of the choices"
        case _:
            yield f"{path or 'the body'} breaks {error.validator}"


def path_of(steps: Iterable[Any]) -> str:
    """As `items[0].qty`; "" for the whole."""
    path = ""
    for step in steps:
        path = f"{path}[{step}]" if isinstance(step, int) else _join(path, str(step))
    return path


def _join(path: str, name: Any) -> str:
    said = str(name)[:_MAX_VALUE]
    said = said if _NAME.fullmatch(said) else f'"{said}"'
    return f"{path}.{said}" if path else said


def kind_of(value: Any) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a value")


def _short(value: Any) -> str:
    said = f'"{value}"' if isinstance(value, str) else str(value)
    return said if len(said) <= _MAX_VALUE else f"{said[:_MAX_VALUE]}…"
