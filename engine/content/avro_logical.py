"""What logical types make of Avro's values, and values of what is typed for them.

Source: https://avro.apache.org/docs/1.12.0/specification/#logical-types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from .tree import as_bytes, nanoseconds, time_after, time_of, written_decimal, written_time

_DAY = date(1970, 1, 1)
_UNITS = {"millis": 1_000_000, "micros": 1000, "nanos": 1}
"""Nanoseconds."""
_MOMENT, _LOCAL, _OF_DAY = "timestamp", "local-timestamp", "time"
_UUID_BYTES = 16


def logical(value: Any, facts: Mapping[str, Any]) -> Any:
    """As what its logical type says, where that says more; bytes as `tree` has them."""
    kind = facts.get("logicalType")
    try:
        if isinstance(kind, str) and type(value) is int:
            return _read_time(value, kind)
        if kind == "decimal" and isinstance(value, bytes) and len(value) < 64:
            number = int.from_bytes(value, "big", signed=True)
            return written_decimal(number, -int(facts.get("scale", 0)))
        if kind == "uuid" and isinstance(value, bytes) and len(value) == _UUID_BYTES:
            return str(UUID(bytes=value))
    except (OverflowError, ValueError, TypeError, ArithmeticError):
        pass  # out of what a date can be: the number itself is shown
    return as_bytes(value) if isinstance(value, bytes) else value


def _read_time(value: int, kind: str) -> Any:
    if kind == "date":
        return (_DAY + timedelta(days=value)).isoformat()
    base, _, unit = kind.rpartition("-")
    if unit not in _UNITS:
        return value
    at = time_after(value * _UNITS[unit])
    if base == _MOMENT:
        return written_time(at)
    if base == _LOCAL:
        return written_time(at).removesuffix("Z")
    if base == _OF_DAY and at.date() == _DAY:
        return at.time().isoformat()
    return value


def typed(value: Any, schema: Any, named: Mapping[str, Any]) -> Any:
    """What was typed, with times, decimals and the like made of texts that the schema wants as
    such; `named` are its types by their full names. Raises ValueError and ArithmeticError.
    """
    if isinstance(schema, str):
        schema = named.get(schema, schema)
    if isinstance(schema, list):
        return typed(value, _branch(value, schema, named), named)
    if not isinstance(schema, Mapping):
        return value
    kind, said = schema.get("type"), schema.get("logicalType")
    if isinstance(kind, Mapping | list):
        return typed(value, kind, named)
    if isinstance(said, str):
        return _typed_logical(value, said, kind)
    match kind, value:
        case "record" | "error", dict():
            kinds = {field["name"]: field["type"] for field in schema["fields"]}
            return {key: typed(item, kinds.get(key), named) for key, item in value.items()}
        case "map", dict():
            return {key: typed(item, schema["values"], named) for key, item in value.items()}
        case "array", list():
            return [typed(item, schema["items"], named) for item in value]
    return value


def _typed_logical(value: Any, said: str, kind: Any) -> Any:
    if said == "decimal" and type(value) in (str, int, float):
        return Decimal(str(value))
    if said == "uuid" and kind == "fixed" and isinstance(value, str):
        return UUID(value).bytes
    if said == "date" and isinstance(value, str):
        return (date.fromisoformat(value) - _DAY).days
    base, _, unit = said.rpartition("-")
    if unit not in _UNITS or not isinstance(value, str | datetime):
        return value
    if isinstance(value, datetime):
        at = value
    elif base == _OF_DAY:
        at = datetime.combine(_DAY, time.fromisoformat(value), UTC)
    else:
        at = time_of(value)
    return nanoseconds(at) // _UNITS[unit]


def _branch(value: Any, union: Iterable[Any], named: Mapping[str, Any]) -> Any:
    """The branch of a union that what was typed is likely for; None for one that it needs not be
    changed for.
    """
    branches = [named.get(each, each) if isinstance(each, str) else each for each in union]
    if isinstance(value, str) and "string" in branches:
        return None
    for branch in filter(lambda each: isinstance(each, Mapping), branches):
        kind = branch.get("type")
        fields = {field["name"] for field in branch.get("fields", ())}
        match value:
            case dict():
                fits = kind == "map" or (kind in ("record", "error") and value.keys() <= fields)
            case list():
                fits = kind == "array"
            case _:
                fits = "logicalType" in branch
        if fits:
            return branch
    return None
