"""Reading JSON that somebody else wrote: whatever it holds, these give a value of the type asked.

What a server (or whoever poses as one) answers is hostile input. A wrong type is as good as
a missing field, and a missing field is the empty value.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

Fields = dict[str, Any]

_AHEAD = re.compile(r"[\s\x1e]*")
"""What may stand before a value; application/json-seq has a record separator there."""
_LONG = 64 << 10
"""Characters from which on a text is worth a faster way."""
_BITS = 4096
MAX_ITEMS = 1 << 16
"""Items read of one list: no honest answer has more."""


def read_json(written: bytes | str, **options: Any) -> Any:
    """The value that is written there; raises ValueError for all that is not JSON.

    Nesting too deep for Python is one of these: `json.loads` alone raises `RecursionError`,
    which nobody expects. `options` are those of `json.loads`.
    """
    try:
        return json.loads(written, **options)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def write_json(value: Any, **options: Any) -> str:
    """JSON that every program reads: of NaN and the infinities, which JSON does not have, it has
    the names as texts, as Protobuf's JSON does. `options` are those of `json.dumps`.
    """
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        return json.dumps(_named_numbers(value), **options)


def _named_numbers(value: Any) -> Any:
    match value:
        case dict():
            return {key: _named_numbers(item) for key, item in value.items()}
        case list() | tuple():
            return [_named_numbers(item) for item in value]
        case float() if not math.isfinite(value):
            return json.dumps(value)
    return value


def check_json(written: str) -> None:
    """Raises ValueError for what is not JSON; its `pos` is where, if that is known."""
    if len(written) < _LONG:
        read_json(written, parse_int=len, parse_float=len)
        return
    raw = written.encode("utf-8", "surrogatepass")
    try:
        _check_long(raw)
    except ValueError:
        if not any(lax in raw for lax, _ in _LAX):
            raise
        for lax, strict in _LAX:
            raw = raw.replace(lax, strict)
        _check_long(raw)


_LAX = (
    (b"NaN", b"123"),
    (b"Infinity", b"12345678"),
    (b"\\ud", b"\\u0"),
    (b"\\uD", b"\\u0"),
)
"""What Python's own reader lets pass as JSON, and the fast one does not; as long as it."""


def _check_long(raw: bytes) -> None:
    import msgspec  # takes long to import, and is twenty times as fast

    try:
        msgspec.json.decode(raw, type=msgspec.Raw)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except msgspec.DecodeError as error:
        why, _, place = str(error).removeprefix("JSON is malformed: ").partition(" (byte ")
        at = int(place.rstrip(")")) if place else len(raw)
        before = raw[:at].decode("utf-8", "surrogateescape")
        raise json.JSONDecodeError(why, before, len(before)) from None


def json_spans(written: str, most: int) -> list[tuple[int, int]]:
    """Where each of several JSON values begins and ends that stand after each other.

    Raises ValueError for anything else between them, and for more than `most`.
    """
    spans: list[tuple[int, int]] = []
    at, decode = 0, json.JSONDecoder(parse_int=len, parse_float=len).raw_decode
    while (at := _AHEAD.match(written, at).end()) < len(written):  # type: ignore[union-attr]
        if len(spans) == most:
            raise ValueError(f"more than {most:,} values")
        try:
            _, end = decode(written, at)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        spans.append((at, end))
        at = end
    return spans


def parse(body: bytes) -> Fields:
    """The object in `body`, {} when there is none."""
    try:
        given = read_json(body)
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def part(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def parts(fields: Fields, name: str) -> list[Fields]:
    """The objects in a list; what is none is left out."""
    value = fields.get(name)
    items = value[:MAX_ITEMS] if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict)]


def words(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name)
    kept = value[:MAX_ITEMS] if isinstance(value, list) else ()
    return tuple(item for item in kept if isinstance(item, str))


def number(fields: Fields, name: str) -> int:
    """A whole number; 0 for one so long that a sum of such could not be written out."""
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if value.bit_length() <= _BITS else 0


def moment(fields: Fields, name: str) -> float | None:
    """Seconds since the epoch of a time as Go writes it; None when it is none."""
    try:
        return datetime.fromisoformat(words(fields, name)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
