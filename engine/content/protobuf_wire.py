"""Protobuf without a schema: fields by their numbers, and what their bytes look like.

Written by hand, for the library gives nothing of a message whose type it does not know.
Source: https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from .binary import is_binary
from .tree import as_bytes, single
from .work import MAX_DEPTH, Work

_MAX_FIELD = (1 << 29) - 1
_VARINT, _FIXED64, _BYTES, _GROUP, _END, _FIXED32 = range(6)
_SIZES = {_FIXED64: 8, _FIXED32: 4}
_LEAST, _MOST = 1e-6, 1e15
"""Between these a number in eight bytes is more likely a double than a whole number."""


class BadWire(ValueError):
    """Bytes that are not a message; `offset` says where."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.offset = offset


def read_fields(body: bytes, work: Work) -> dict[str, Any]:
    """Values by field number, repeated ones as a list; raises `BadWire` and `TooMuch`."""
    return _WireReader(body, work).message(0, len(body), 0)[0]


def unknown_fields(found: Any, work: Work) -> dict[str, Any]:
    """The same of what the library keeps of fields that a type does not have."""
    fields: dict[str, Any] = {}
    for unknown in found:
        work.spend(2)
        value = unknown.data
        if unknown.wire_type == _BYTES:
            value = _WireReader(value, work).bytes(0, len(value), 0)
        elif unknown.wire_type == _GROUP:
            value = unknown_fields(value, work)
        elif unknown.wire_type in _SIZES:
            value = _fixed(value.to_bytes(_SIZES[unknown.wire_type], "little"))
        _put(fields, str(unknown.field_number), value)
    return fields


class _WireReader:
    def __init__(self, body: bytes, work: Work) -> None:
        self._body = body
        self._work = work

    def message(self, at: int, end: int, depth: int, group: int = 0) -> tuple[dict[str, Any], int]:
        fields: dict[str, Any] = {}
        work = self._work
        while at < end:
            work.left -= 2
            if work.left < 0 or depth > MAX_DEPTH:
                work.check(depth)
            start = at
            tag, at = self._varint(at, end)
            number, kind = tag >> 3, tag & 7
            if not 0 < number <= _MAX_FIELD:
                raise BadWire(f"{number} is not the number of a field", start)
            if kind == _END:
                if number != group:
                    raise BadWire("a group ends that did not begin", start)
                return fields, at
            value, at = self._value(kind, number, at, end, depth)
            _put(fields, str(number), value)
        if group:
            raise BadWire("a group does not end", end)
        return fields, at

    def _value(self, kind: int, number: int, at: int, end: int, depth: int) -> tuple[Any, int]:
        if kind == _VARINT:
            return self._varint(at, end)
        if kind == _BYTES:
            size, begin = self._varint(at, end)
            if size > end - begin:
                raise BadWire(f"a field of {size:,} bytes, and {end - begin:,} follow", at)
            return self.bytes(begin, begin + size, depth), begin + size
        if kind == _GROUP:
            return self.message(at, end, depth + 1, number)
        size = _SIZES.get(kind, 0)
        if not size:
            raise BadWire(f"{kind} is not a kind of field", at)
        if at + size > end:
            raise BadWire("it ends too early", end)
        self._work.left -= 1
        return _fixed(self._body[at : at + size]), at + size

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        number, body = 0, self._body
        if at < end and body[at] < 0x80:
            return body[at], at + 1
        for place in range(at, min(at + 10, end)):
            number |= (body[place] & 0x7F) << (7 * (place - at))
            if body[place] < 0x80:
                self._work.left -= (place - at) >> 2
                return number, place + 1
        raise BadWire("it ends too early" if at + 10 > end else "a number does not end", at)

    def bytes(self, begin: int, end: int, depth: int) -> Any:
        """A text, a message or bytes, whichever they look like."""
        raw = self._body[begin:end]
        self._work.left -= 1 + ((end - begin) >> 6)
        if not is_binary(raw):
            try:
                return raw.decode()
            except UnicodeDecodeError:
                pass
        if depth >= MAX_DEPTH:
            return as_bytes(raw)
        try:
            return self.message(begin, end, depth + 1)[0]
        except BadWire:
            return as_bytes(raw)


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
        return
    before = fields[name]
    if isinstance(before, _Repeated):
        before.append(value)
    else:
        fields[name] = _Repeated((before, value))


class _Repeated(list[Any]):
    """The values of a field that came several times."""


def _fixed(raw: bytes) -> Any:
    wide = len(raw) == 8
    real = struct.unpack("<d" if wide else "<f", raw)[0]
    if math.isfinite(real) and (real == 0 or _LEAST < abs(real) < _MOST):
        return real if wide else single(raw)
    return int.from_bytes(raw, "little")
