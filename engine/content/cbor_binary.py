"""CBOR, read value by value (RFC 8949).

The library makes numbers, patterns and the like of tags while it reads, and a few bytes keep it
busy for hours. So natstap reads by itself, and counts; cbor2 writes.
Tags: https://www.iana.org/assignments/cbor-tags.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from .tree import MAP, TAG, TIME, as_bytes, time_of, written_decimal, written_number, written_time
from .work import MAX_DEPTH, Work

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAGGED, _SIMPLE = range(8)
_SIMPLES = {20: False, 21: True, 22: None, 23: None}
_SHARED, _SHARED_AGAIN, _TEXTS, _TEXT_AGAIN = 28, 29, 256, 25
_MAX_EXPONENT = 1000
_MAX_NUMBER = 512
"""Bytes of a number that is written out."""


class BadCbor(ValueError):
    """Bytes that are not CBOR; `offset` says where."""

    def __init__(self, why: str, offset: int) -> None:
        super().__init__(why)
        self.offset = offset


class CborReader:
    """Reads the values of one body, as `tree` has them; raises `BadCbor` and `TooMuch`."""

    def __init__(self, body: bytes, work: Work) -> None:
        self.body = body
        self.at = 0
        self._work = work
        self._shared: list[Any] = []
        self._texts: list[list[Any]] = []
        """What `_TEXT_AGAIN` refers to, of each `_TEXTS` that is open."""

    def value(self, depth: int = 0) -> Any:
        work, body, at = self._work, self.body, self.at
        work.left -= 1
        if work.left < 0 or depth > MAX_DEPTH:
            work.check(depth)
        if at >= len(body):
            raise BadCbor("it ends too early", at)
        first = body[at]
        kind, size = first >> 5, first & 31
        self.at = at + 1
        if size == 31:
            return self._until_end(kind, depth)
        number = size if size < 24 else self._number(size)
        match kind:
            case 0:
                return number
            case 1:
                return -1 - number
            case 2 | 3:
                return self._string(kind, number)
            case 4:
                work.left -= 1
                self._fits(number)
                return [self.value(depth + 1) for _ in range(number)]
            case 5:
                work.left -= 2
                self._fits(2 * number)
                return as_map(
                    [(self.value(depth + 1), self.value(depth + 1)) for _ in range(number)]
                )
            case 6:
                work.left -= 8
                return self._tagged(number, depth + 1)
        return self._simple(size, number)

    def _number(self, size: int) -> int:
        """What follows the first byte of a value."""
        if size > 27:
            raise BadCbor("a byte there means nothing", self.at - 1)
        self._work.left -= 1
        return int.from_bytes(self._take(1 << (size - 24)), "big")

    def _take(self, size: int) -> bytes:
        begin = self.at
        self.at = end = begin + size
        if end > len(self.body):
            raise BadCbor("it ends too early", len(self.body))
        return self.body[begin:end]

    def _fits(self, count: int) -> None:
        """Each value takes a byte at least."""
        left = len(self.body) - self.at
        if count > left:
            raise BadCbor(f"it says {count:,} values and only {left:,} bytes follow", self.at)

    def _string(self, kind: int, size: int) -> Any:
        raw = self._take(size)
        made: Any = raw.decode("utf-8", "surrogateescape") if kind == _TEXT else as_bytes(raw)
        if self._texts and _is_remembered(size, len(self._texts[-1])):
            self._texts[-1].append(made)
        return made

    def _until_end(self, kind: int, depth: int) -> Any:
        """What says no length, and ends with a mark."""
        match kind:
            case 2 | 3:
                raw = b"".join(self._pieces(kind))
                return raw.decode("utf-8", "surrogateescape") if kind == _TEXT else as_bytes(raw)
            case 4:
                return list(self._values(depth + 1))
            case 5:
                values = list(self._values(depth + 1))
                if len(values) % 2:
                    raise BadCbor("a key has no value", self.at)
                return as_map(list(zip(values[::2], values[1::2], strict=True)))
        raise BadCbor("a byte there means nothing", self.at - 1)

    def _ends(self) -> bool:
        if self.body[self.at : self.at + 1] != b"\xff":
            return False
        self.at += 1
        return True

    def _values(self, depth: int) -> Any:
        self._work.left -= 2
        while not self._ends():
            yield self.value(depth)

    def _pieces(self, kind: int) -> Any:
        while not self._ends():
            self._work.spend(2)
            if self.at >= len(self.body):
                raise BadCbor("it ends too early", self.at)
            first = self.body[self.at]
            self.at += 1
            if first >> 5 != kind or first & 31 == 31:
                raise BadCbor("a text or bytes in pieces hold something else", self.at - 1)
            yield self._take(first & 31 if first & 31 < 24 else self._number(first & 31))

    def _simple(self, size: int, number: int) -> Any:
        raw = number.to_bytes({25: 2, 26: 4, 27: 8}.get(size, 1), "big")
        match size:
            case 25:
                return struct.unpack(">e", raw)[0]
            case 26:
                return struct.unpack(">f", raw)[0]
            case 27:
                return struct.unpack(">d", raw)[0]
        return _SIMPLES.get(number, {"$simple": number})

    # -- tags --------------------------------------------------------------------------------

    def _tagged(self, tag: int, depth: int) -> Any:
        if tag == _SHARED:
            place = len(self._shared)
            self._shared.append(_Cycle)
            self._shared[place] = value = self.value(depth)
            return value
        if tag == _TEXTS:
            self._texts.append([])
            value = self.value(depth)
            self._texts.pop()
            return value
        start = self.at
        value = self.value(depth)
        if tag in (_SHARED_AGAIN, _TEXT_AGAIN):
            known = self._shared if tag == _SHARED_AGAIN else self._texts[-1] if self._texts else []
            return self._again(known, value, start)
        return tagged(tag, value)

    def _again(self, known: list[Any], place: Any, start: int) -> Any:
        """A value that stands elsewhere too: writing it out once more takes as long again."""
        if type(place) is not int or not 0 <= place < len(known):
            raise BadCbor("it refers to a value that is not there", start)
        if known[place] is _Cycle:
            raise BadCbor("a value refers to itself", start)
        self._weigh(known[place])
        return known[place]

    def _weigh(self, value: Any) -> None:
        self._work.spend(1)
        match value:
            case str():
                self._work.spend_bytes(len(value))
            case dict():
                for key, item in value.items():
                    self._work.spend_bytes(len(key))
                    self._weigh(item)
            case list():
                for item in value:
                    self._weigh(item)


class _Cycle:
    """Stands for a shared value until it is read."""


def _is_remembered(size: int, known: int) -> bool:
    """Whether a text is one that can be referred to: the reference has to be shorter."""
    least = 3 if known < 24 else 4 if known < 256 else 5 if known < 65536 else 7
    return size >= least


def as_map(pairs: list[tuple[Any, Any]]) -> Any:
    """An object if all keys are texts or whole numbers, and differ."""
    if all(type(key) is str or type(key) is int for key, _ in pairs):
        named = {str(key): value for key, value in pairs}
        if len(named) == len(pairs):
            return named
    return {MAP: [[key, value] for key, value in pairs]}


def tagged(tag: int, value: Any) -> Any:
    """What a tag makes of a value, where JSON can say it; else the tag and the value."""
    try:
        match tag, value:
            case 0, str():
                return {TIME: written_time(time_of(value))}
            case 1, int() | float():
                return {TIME: written_time(_EPOCH + timedelta(seconds=value))}
            case 2 | 3, {"$bytes": str(written)} if len(written) <= _MAX_NUMBER * 4 // 3:
                number = int.from_bytes(_raw(written), "big")
                return written_number(number if tag == 2 else -1 - number)
            case 4, [int(exponent), int(number)] if abs(exponent) <= _MAX_EXPONENT:
                return written_decimal(number, exponent)
            case 30, [int(number), int(below)] if below > 0:
                return f"{number}/{below}"
            case 37, {"$bytes": str(written)} if len(written) == 24:
                return str(UUID(bytes=_raw(written)))
            case 100, int():
                return (_EPOCH + timedelta(days=value)).date().isoformat()
            case 258, list():
                return value
            case 1004, str():
                return value
            case 55799, _:
                return value
    except (ValueError, OverflowError, ArithmeticError):
        pass  # not what the tag says: both are shown
    return {TAG: tag, "value": value}


def _raw(written: str) -> bytes:
    from base64 import b64decode

    return b64decode(written)
