"""Bodies: Python values to bytes and back, as FastStream writes and reads them.

| value                                   | bytes        | content-type       |
|-----------------------------------------|--------------|--------------------|
| None                                    | empty        | (empty)            |
| bytes                                   | as they are  | (empty)            |
| str                                     | UTF-8        | text/plain         |
| the rest                                | compact JSON | application/json   |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Any
from uuid import UUID

from engine.durations import iso_duration
from engine.errors import DecodeError, InvalidBody
from engine.fields import read_json

JSON = "application/json"
TEXT = "text/plain"


def encode(value: Any) -> tuple[bytes, str]:
    """Bytes and content-type of a value; raises `InvalidBody` for what has no JSON form."""
    if value is None:
        return b"", ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value), ""
    try:
        if isinstance(value, str):
            return value.encode(), TEXT
        return _json(value).encode(), JSON
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBody(str(error)) from error


def decode(body: bytes, content_type: str | None) -> Any:
    """The value of a body; without a content-type JSON is tried and bytes are the rest.

    Raises `DecodeError` when the body is not what its content-type says.
    """
    try:
        if content_type == TEXT:
            return body.decode()
        if content_type and content_type.startswith(JSON):
            return read_json(body)
    except ValueError as error:
        raise DecodeError(content_type or "", str(error)) from error
    if content_type:
        return body
    try:
        return read_json(body)
    except ValueError:
        return body


def _json(value: Any) -> str:
    """What this alone cannot write, such as a UUID for a key, pydantic may, where it is there."""
    try:
        return _ENCODER.encode(value)
    except TypeError as error:
        try:
            from pydantic_core import to_jsonable_python
        except ImportError:
            raise error from None
        try:
            return _ENCODER.encode(to_jsonable_python(value))
        except ValueError:
            raise error from None


def _plain(value: Any) -> Any:
    """What the JSON encoder should write for a value it does not know."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    dump = getattr(value, "model_dump_json", None)
    if callable(dump):  # a model may choose how its floats are written, infinite ones too
        return read_json(dump(by_alias=True))
    for known, write in _WRITERS:
        if isinstance(value, known):
            return write(value)
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def _moment(value: datetime | time) -> str:
    """ISO 8601, with Z for UTC."""
    written = value.isoformat()
    return written[:-6] + "Z" if written.endswith("+00:00") else written


_ADDRESSES = (IPv4Address, IPv6Address, IPv4Network, IPv6Network)
"""A network is an iterable, too: of up to 2**128 addresses."""
_WRITERS: tuple[tuple[Any, Any], ...] = (
    (datetime, _moment),
    (time, _moment),
    (date, date.isoformat),
    (timedelta, iso_duration),
    ((UUID, Decimal, PurePath, *_ADDRESSES), str),
    (Enum, lambda value: value.value),
    ((bytes, bytearray, memoryview), lambda value: bytes(value).decode()),
    (Mapping, dict),
    (Iterable, list),
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)
