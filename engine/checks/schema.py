"""Checking a value by a JSON schema; no schema is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.schemas.schema import CannotCheck, Schema
from engine.schemas.words import told
from engine.words import short

from .invalid_checks import InvalidChecks

_FIELD = "expect.schema"


def schema_fault(schema: Mapping[str, Any], value: Any) -> str:
    """Why a value does not fit, "" where it does; why it cannot be told, too."""
    try:
        return told(Schema(schema, _FIELD).check(value))
    except CannotCheck as error:
        return str(error)


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises `InvalidChecks` for what is no JSON schema, or refers to one that is elsewhere."""
    try:
        elsewhere = next(_elsewhere(schema), None)
    except RecursionError:
        raise InvalidChecks(_FIELD, "it is nested too deeply") from None
    if elsewhere is not None:
        where = short(elsewhere)
        raise InvalidChecks(_FIELD, f"$ref to {where} is elsewhere: put it in the schema")
    if trouble := Schema(schema, _FIELD).trouble:
        raise InvalidChecks(_FIELD, f"not a JSON schema: {short(trouble)}")


def _elsewhere(part: Any) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "$ref" and isinstance(value, str) and not value.startswith("#"):
                yield value
            yield from _elsewhere(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _elsewhere(value)
