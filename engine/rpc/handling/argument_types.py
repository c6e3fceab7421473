"""Decoded values as the types that a handler is annotated with, where pydantic is not there.

Dataclasses, the types that the codec writes, and unions, collections and literals of them.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID


def is_convertible(wanted: Any) -> bool:
    """True for what `convert` honours wholly; constraints and typed dicts take pydantic."""
    if wanted is Any or wanted is None:
        return True
    kind, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if kind is typing.Literal:
        return True
    if kind in (typing.Union, types.UnionType, list, set, frozenset, dict, tuple):
        return all(part is ... or is_convertible(part) for part in inner)
    if not isinstance(wanted, type):
        return False
    if is_dataclass(wanted):
        hints = typing.get_type_hints(wanted, include_extras=True)
        return all(is_convertible(hints[field.name]) for field in fields(wanted))
    return wanted in _MAKERS or issubclass(wanted, Enum)


def convert(value: Any, wanted: Any) -> Any:
    """`value` as `wanted`; raises ValueError or TypeError when it cannot be."""
    if wanted is Any:
        return value
    kind = typing.get_origin(wanted)
    if kind is typing.Literal:
        return _literal(value, typing.get_args(wanted))
    if kind in (typing.Union, types.UnionType):
        return _one_of(value, typing.get_args(wanted))
    if kind is not None:
        return _collection(value, kind, typing.get_args(wanted))
    if wanted is None:
        wanted = types.NoneType
    return value if _is(value, wanted) else _made(value, wanted)


def _is(value: Any, wanted: type) -> bool:
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


def _literal(value: Any, options: tuple[Any, ...]) -> Any:
    for option in options:
        if type(option) is type(value) and option == value:
            return option
    known = ", ".join(repr(option) for option in options)
    raise ValueError(f"{value!r} is not one of {known}")


def _one_of(value: Any, options: tuple[Any, ...]) -> Any:
    """As the option that it is already, else as the first that it can be."""
    if any(isinstance(option, type) and _is(value, option) for option in options):
        return value
    for option in options:
        try:
            return convert(value, option)
        except (TypeError, ValueError):
            continue
    raise _mismatch(value, options)


def _collection(value: Any, kind: Any, inner: tuple[Any, ...]) -> Any:
    if kind in (list, set, frozenset) or inner[1:] == (...,):
        if not isinstance(value, list):
            raise _mismatch(value, kind)
        return kind(_part(at, item, inner[0]) for at, item in enumerate(value))
    if kind is tuple:
        if not isinstance(value, list) or len(value) != len(inner):
            raise ValueError(f"expected a list of {len(inner)} values")
        parts = zip(value, inner, strict=True)
        return tuple(_part(at, item, part) for at, (item, part) in enumerate(parts))
    if kind is dict:
        if not isinstance(value, dict):
            raise _mismatch(value, kind)
        return {
            _part(key, key, inner[0]): _part(key, item, inner[1]) for key, item in value.items()
        }
    return value


def _made(value: Any, wanted: Any) -> Any:
    if is_dataclass(wanted):
        return _dataclass(value, wanted)
    if issubclass(wanted, Enum):
        return wanted(value)
    make = _MAKERS.get(wanted)
    return value if make is None else make(value)


def _dataclass(value: Any, wanted: Any) -> Any:
    if not isinstance(value, dict):
        raise _mismatch(value, wanted)
    hints = typing.get_type_hints(wanted)
    given = {}
    for field in fields(wanted):
        if field.name in value and field.init:
            given[field.name] = _part(field.name, value[field.name], hints[field.name])
        elif field.init and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{field.name}: Field required")
    return wanted(**given)


def _part(where: object, value: Any, wanted: Any) -> Any:
    """A part of a value; what is wrong is told with where, as in `items: 0: price: …`."""
    try:
        return convert(value, wanted)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error


def _mismatch(value: Any, wanted: Any) -> TypeError:
    options = wanted if isinstance(wanted, tuple) else (wanted,)
    named = " or ".join(getattr(option, "__name__", str(option)) for option in options)
    return TypeError(f"expected {named}, got {type(value).__name__}")


def _integer(value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError(f"{value} is no whole number")
    return number


def _truth(value: Any) -> bool:
    known = {"true": True, "false": False, "1": True, "0": False}
    found = known.get(str(value).lower())
    if found is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, int | float):
        return str(value)
    raise _mismatch(value, str)


def _bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    raise _mismatch(value, bytes)


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None


def _from_list(kind: Any) -> Callable[[Any], Any]:
    def make(value: Any) -> Any:
        if isinstance(value, list):
            return kind(value)
        raise _mismatch(value, kind)

    return make


def _never(kind: type) -> Callable[[Any], Any]:
    def make(value: Any) -> Any:
        raise _mismatch(value, kind)

    return make


_MAKERS: dict[Any, Callable[[Any], Any]] = {
    int: _integer,
    float: float,
    bool: _truth,
    str: _text,
    bytes: _bytes,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    UUID: UUID,
    Decimal: _decimal,
    tuple: _from_list(tuple),
    set: _from_list(set),
    frozenset: _from_list(frozenset),
    list: _never(list),
    dict: _never(dict),
    types.NoneType: _never(types.NoneType),
}
