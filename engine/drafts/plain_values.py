"""Drafts and the like as plain values, for TOML and JSON, and back.

Headers are lines of `Name: value`. A body that is text is written as text, else as base64
under `body_base64`; lists of bodies likewise. What has its usual value is left out, so a small
thing is a small file.
"""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Wrong = Callable[[str, str], Exception]
"""Makes the error for a field's name and a sentence."""
_BODIES = tuple[bytes, ...]


def write_record(record: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    written: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.default is MISSING or value != field.default:
            written |= _write(field.name, value)
    return written


def _write(name: str, value: Any) -> dict[str, Any]:
    if name == "headers":
        return {name: [f"{key}: {text}" for key, text in value]}
    if isinstance(value, bytes):
        try:
            return {name: value.decode()}
        except UnicodeDecodeError:
            return {f"{name}_base64": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return _write_bodies(name, value)
    return {name: value.value if isinstance(value, StrEnum) else value}


def _write_bodies(name: str, bodies: tuple[bytes, ...]) -> dict[str, Any]:
    try:
        return {name: [body.decode() for body in bodies]}
    except UnicodeDecodeError:
        return {f"{name}_base64": [base64.b64encode(body).decode() for body in bodies]}


def read_record(kind: type[T], given: Mapping[str, Any], wrong: Wrong) -> T:
    """A `kind` from what `write_record` wrote; raises what `wrong` makes."""
    hints = _hints(typing.cast(Any, kind))
    values: dict[str, Any] = {}
    for name, value in given.items():
        plain = name.removesuffix("_base64")
        if plain not in hints or (plain != name and hints[plain] not in (bytes, _BODIES)):
            raise wrong(name, "natstap knows no such field")
        values[plain] = _read(name, hints[plain], value, wrong)
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default is MISSING and field.name not in values:
            raise wrong(field.name, "it is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(name: str, wanted: Any, value: Any, wrong: Wrong) -> Any:
    if name == "headers":
        return _headers(value, wrong)
    if wanted == _BODIES:
        return _bodies(name, value, wrong)
    choices = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    if bytes in choices:
        return _bytes(name, value, wrong)
    if isinstance(choices[0], type) and issubclass(choices[0], StrEnum):
        return _choice(name, choices[0], value, wrong)
    if type(value) is int and float in choices:
        return float(value)
    if type(value) not in choices:
        raise wrong(name, f"{value!r} is not {TYPE_NAMES.get(choices[0], 'what belongs here')}")
    return value


TYPE_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _headers(value: Any, wrong: Wrong) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise wrong("headers", 'it is a list of "Name: value" texts')
    cut = [line.partition(":") for line in value]
    if not all(colon for _, colon, _ in cut):
        raise wrong("headers", "one has no colon: write it as Name: value")
    return tuple((name.strip(), text.strip(" \t")) for name, _, text in cut)


def _bytes(name: str, value: Any, wrong: Wrong) -> bytes:
    if not isinstance(value, str):
        raise wrong(name, f"{value!r} is not text")
    if not name.endswith("_base64"):
        return _encoded(name, value, wrong)
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise wrong(name, "it is not base64 text") from None


def _encoded(name: str, value: str, wrong: Wrong) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise wrong(name, "it holds half of a character: write it as base64") from None


def _bodies(name: str, value: Any, wrong: Wrong) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise wrong(name, "it is a list of texts")
    return tuple(_bytes(name, body, wrong) for body in value)


def _choice(name: str, kinds: type[StrEnum], value: Any, wrong: Wrong) -> StrEnum:
    if value not in list(kinds):
        raise wrong(name, f"{value!r} is none of {', '.join(kinds)}")
    return kinds(value)
