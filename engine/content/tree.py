"""Values of other encodings as JSON, and back.

JSON has no bytes, times or tags. They are written as objects that say what they are, so that
what is typed in the same way is sent as it was:

| value                     | in JSON                              |
|---------------------------|--------------------------------------|
| bytes                     | {"$bytes": "base64"}                 |
| a time                    | {"$time": "2026-01-01T00:00:00Z"}    |
| a MessagePack extension   | {"$ext": 5, "$bytes": "base64"}      |
| a CBOR tag                | {"$tag": 37, "value": ...}           |
| a map with other keys     | {"$map": [[key, value], ...]}        |
| a very large number       | {"$number": "0x..."}                 |

A map whose keys are all whole numbers or texts has them as texts.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.errors import InvalidBody
from engine.fields import read_json

from .work import MAX_DEPTH, TooMuch, Work

_MAX_BITS = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TO_MICROSECOND = len("2026-01-01T00:00:00.000000")
_BELOW = re.compile(r"[.,]\d{6}(\d+)")
_AS_THEY_ARE = frozenset({type(None), bool, float})
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_LISTS = (tuple, set, frozenset)
BYTES, TIME, EXT, TAG, MAP, NUMBER = "$bytes", "$time", "$ext", "$tag", "$map", "$number"


def plain(value: Any, work: Work, depth: int = 0) -> Any:
    """The value as JSON has it; raises `TooMuch`, for cycles too."""
    work.left -= 1
    if work.left < 0 or depth > MAX_DEPTH:
        work.check(depth)
    kind = type(value)
    if kind is str:
        work.left -= len(value) >> 6  # the same text may stand in many places
        return value
    if kind in _AS_THEY_ARE:
        return value
    if kind is int:
        return written_number(value)
    if kind is list or kind in _LISTS:
        return [plain(item, work, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return _plain_map(value, work, depth + 1)
    return _plain_other(value, work, depth)


def _plain_map(value: Mapping[Any, Any], work: Work, depth: int) -> Any:
    if all(type(key) is str or type(key) is int for key in value):
        named = {str(key): plain(item, work, depth) for key, item in value.items()}
        if len(named) == len(value):
            return named
    pairs = value.items()
    return {MAP: [[plain(key, work, depth), plain(item, work, depth)] for key, item in pairs]}


def _plain_other(value: Any, work: Work, depth: int) -> Any:
    match value:
        case bytes() | bytearray() | memoryview():
            return as_bytes(bytes(value))
        case datetime():
            return {TIME: written_time(value)}
        case date():
            return value.isoformat()
        case Decimal() | Fraction():
            return {NUMBER: str(value)} if _is_long(value) else str(value)
    tag, inner = getattr(value, "tag", None), getattr(value, "value", None)
    if isinstance(tag, int):
        return {TAG: tag, "value": plain(inner, work, depth + 1)}
    return str(value)


def _is_long(value: Decimal | Fraction) -> bool:
    if isinstance(value, Decimal):
        return False
    return max(value.numerator.bit_length(), value.denominator.bit_length()) > _MAX_BITS


def written_number(value: int) -> Any:
    return {NUMBER: hex(value)} if value.bit_length() > _MAX_BITS else value


def as_bytes(raw: bytes) -> dict[str, str]:
    return {BYTES: base64.b64encode(raw).decode()}


class FineTime(datetime):
    """A time with nanoseconds, which Python's own does not have."""

    below: int
    """Nanoseconds behind its microsecond."""

    @classmethod
    def of(cls, at: datetime, below: int) -> datetime:
        if not below:
            return at
        made = cls.combine(at.date(), at.timetz())
        made.below = below
        return made


def written_time(value: datetime) -> str:
    """ISO 8601, with Z for UTC."""
    written = value.isoformat()
    if isinstance(value, FineTime):
        written = value.isoformat(timespec="microseconds")
        written = f"{written[:_TO_MICROSECOND]}{value.below:03}{written[_TO_MICROSECOND:]}"
    return written.replace("+00:00", "Z")


def time_of(written: str) -> datetime:
    """A time in ISO 8601; raises ValueError, for parts of a nanosecond too."""
    at, digits = datetime.fromisoformat(written), _BELOW.search(written)
    below = digits[1].rstrip("0") if digits else ""
    if len(below) > 3:
        raise ValueError("it has parts of a nanosecond")
    return FineTime.of(at, int(below.ljust(3, "0")))


def nanoseconds(at: datetime) -> int:
    """Since 1970; a time without a zone counts as UTC."""
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    return since // _MICROSECOND * 1000 + getattr(at, "below", 0)


def time_after(nanoseconds: int) -> datetime:
    """In UTC, after 1970; raises OverflowError."""
    return FineTime.of(_EPOCH + timedelta(microseconds=nanoseconds // 1000), nanoseconds % 1000)


def single(raw: bytes) -> float:
    """A number in four bytes, the low one first, with as few digits as tell it from all others."""
    number: float = struct.unpack("<f", raw)[0]
    for digits in (7, 8):
        short = float(f"{number:.{digits}g}")
        if struct.pack("<f", short) == raw:
            return short
    return float(f"{number:.9g}")


def written_decimal(number: int, exponent: int) -> str:
    """All digits of it: arithmetic would round them. Raises ArithmeticError."""
    return str(Decimal(f"{number}E{exponent}"))


def to_json(value: Any) -> str:
    """What `plain` made, as compact JSON that keeps every letter."""
    try:
        return _ENCODE(value)
    except (ValueError, RecursionError) as error:
        raise TooMuch(str(error)) from None


def from_json(text: str) -> Any:
    """JSON that was typed, with bytes, times and the like made of their objects.

    Raises `InvalidBody`.
    """
    try:
        return _made(read_json(text))
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidBody(str(error)) from None


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return [_made(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$bytes": str(written), **rest} if not rest:
            return raw_bytes_of(written)
        case {"$time": str(written), **rest} if not rest:
            return _time_of(written)
        case {"$number": str(written), **rest} if not rest:
            return _number_of(written)
        case {"$map": list(pairs), **rest} if not rest:
            if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
                raise InvalidBody(f"{MAP} needs pairs, as in [[key, value], [key, value]]")
            return {_key(_made(key)): _made(item) for key, item in pairs}
    return {key: _made(item) for key, item in value.items()}


def _time_of(written: str) -> datetime:
    try:
        return time_after(nanoseconds(time_of(written)))
    except (ValueError, OverflowError):
        raise InvalidBody(f"{TIME} needs a time, as 2026-01-01T00:00:00Z") from None


def _number_of(written: str) -> int:
    try:
        return int(written, 16)
    except ValueError:
        raise InvalidBody(f"{NUMBER} needs a number, as 0xff") from None


def _key(made: Any) -> Any:
    """A list as a key of a map: Python has only tuples there."""
    if isinstance(made, list):
        return tuple(map(_key, made))
    if isinstance(made, dict):
        raise InvalidBody("a map cannot be a key of another one")
    return made


def raw_bytes_of(written: str) -> bytes:
    try:
        return base64.b64decode(written, validate=True)
    except binascii.Error as error:
        raise InvalidBody(f"{BYTES} needs base64: {error}") from None
