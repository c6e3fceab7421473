"""MessagePack. Its parts are read one by one, so that no length is believed before its bytes are
there; the library reads each of them.
"""

from __future__ import annotations

from typing import Any

from engine.content.content import MAYBE, READS, ContentBase, Document, Envelope, Guess, register
from engine.content.tree import (
    EXT,
    MAP,
    TIME,
    FineTime,
    as_bytes,
    from_json,
    nanoseconds,
    plain,
    time_after,
    to_json,
    written_time,
)
from engine.content.work import MAX_DEPTH, TooMuch, Work
from engine.errors import ContentError, InvalidBody, ReaderMissing
from engine.words import counted

_TIMESTAMP = -1
_MAX_SMALL = 2048
"""Bytes of a body whose lengths may be believed: none can be more than so many."""
_BYTES_PER_STEP = 4
"""As a power of two: so many plain values are read in the time of a step."""


@register
class MessagePack(ContentBase):
    name = "msgpack"
    title = "MessagePack"
    place = 10
    types = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")
    suffix = "msgpack"
    extra = "msgpack"
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        if not envelope.says_nothing or not body:
            return None
        first = body[0]
        is_map = 0x80 <= first <= 0x8F or first in (0xDE, 0xDF)
        if not is_map and not (0x90 <= first <= 0x9F or first in (0xDC, 0xDD)):
            return None
        try:
            made = self.read(body, envelope)
        except ReaderMissing:
            named_keys = is_map and len(body) > 1 and 0xA1 <= body[1] <= 0xBF
            return Guess(MAYBE, "it begins like MessagePack") if named_keys else None
        except ContentError:
            return None
        values = made.tree if made.note else [made.tree]
        good = all(isinstance(each, dict) and MAP not in each and each for each in values)
        return Guess(READS if good else MAYBE, "it reads as MessagePack", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        msgpack = self.library("msgpack")
        try:
            envelope.work.spend_bytes(len(body))
        except TooMuch as error:
            raise self.fail(str(error)) from None
        if made := self.read_small(body):
            envelope.work.left -= len(body) >> _BYTES_PER_STEP
            return made
        unpacker = msgpack.Unpacker(
            strict_map_key=False, unicode_errors="surrogateescape", max_buffer_size=len(body) + 1
        )
        unpacker.feed(body)
        walk = _Walk(unpacker, body, msgpack, envelope.work)
        try:
            values = [walk.value(0)]
            end = unpacker.tell()
            if end < len(body) and type(values[0]) in (dict, list):
                values += self._following(walk, unpacker, len(body))
        except TooMuch as error:
            raise self.fail(str(error), unpacker.tell()) from None
        except msgpack.OutOfData:
            raise self.fail("it ends too early", len(body)) from None
        except (ValueError, TypeError, OverflowError, msgpack.UnpackException) as error:
            raise self.fail(_why(error), unpacker.tell()) from None
        if len(values) > 1:
            note = f"{counted(len(values), 'value')} as one list"
            return Document("json", to_json(values), values, note)
        if end < len(body):
            raise self.fail(f"{len(body) - end:,} bytes follow the value", end)
        return Document("json", to_json(values[0]), tree=values[0])

    def _following(self, walk: _Walk, unpacker: Any, end: int) -> list[Any]:
        """Values to the end of the body behind the first; none where they are not all values of
        its kind.
        """
        values: list[Any] = []
        try:
            while unpacker.tell() < end:
                values.append(walk.value(0))
        except (ValueError, TypeError, OverflowError, walk.failure) as error:
            if isinstance(error, TooMuch):
                raise
            return []
        return values if all(type(value) in (dict, list) for value in values) else []

    def read_small(self, body: bytes) -> Document | None:
        """What `read` makes of a small map or list of plain values, in a tenth of the time."""
        if len(body) > _MAX_SMALL:
            return None
        msgpack = self.library("msgpack")
        try:
            value = msgpack.unpackb(
                body,
                strict_map_key=False,
                unicode_errors="surrogateescape",
                object_pairs_hook=_plain_map,
            )
            written = to_json(value) if type(value) in (dict, list) else ""
        except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
            return None
        if not written or written.count("{") + written.count("[") > MAX_DEPTH:
            return None
        return Document("json", written, tree=value)

    def write(self, written: str, envelope: Envelope) -> bytes:
        msgpack = self.library("msgpack")
        try:
            packed = msgpack.packb(_extended(from_json(written), msgpack), datetime=True)
        except UnicodeEncodeError:
            raise InvalidBody("it holds half of a surrogate pair") from None
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise InvalidBody(f"{self.title} cannot carry it: {error}") from None
        return bytes(packed)


def _plain_map(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    """Raises TypeError for one that is not shown as a plain map."""
    made = {str(key): value for key, value in pairs}
    if len(made) < len(pairs) or not all(type(key) in (str, int) for key, _ in pairs):
        raise TypeError
    return made


class _Walk:
    """Makes the tree, value by value."""

    def __init__(self, unpacker: Any, body: bytes, msgpack: Any, work: Work) -> None:
        self._unpacker = unpacker
        self._body = body
        self._msgpack = msgpack
        self._work = work
        self.failure: type[Exception] = msgpack.UnpackException

    def value(self, depth: int) -> Any:
        self._work.spend(1, depth)
        unpacker, at = self._unpacker, self._unpacker.tell()
        if at >= len(self._body):
            raise self._msgpack.OutOfData
        first = self._body[at]
        if 0x90 <= first <= 0x9F or first in (0xDC, 0xDD):
            return self._list(unpacker.read_array_header(), depth + 1)
        if 0x80 <= first <= 0x8F or first in (0xDE, 0xDF):
            return self._map(unpacker.read_map_header(), depth + 1)
        return self._plain(unpacker.unpack())

    def _fits(self, count: int) -> None:
        """Each value takes a byte at least."""
        left = len(self._body) - self._unpacker.tell()
        if count > left:
            raise ValueError(f"it says {count:,} values and only {left:,} bytes follow")

    def _list(self, count: int, depth: int) -> Any:
        self._work.spend(1)
        self._fits(count)
        return [self.value(depth) for _ in range(count)]

    def _map(self, count: int, depth: int) -> Any:
        self._work.spend(2)
        self._fits(count * 2)
        pairs = [(self.value(depth), self.value(depth)) for _ in range(count)]
        if all(type(key) is str or type(key) is int for key, _ in pairs):
            named = {str(key): value for key, value in pairs}
            if len(named) == count:
                return named
        return {MAP: [[key, value] for key, value in pairs]}

    def _plain(self, value: Any) -> Any:
        if type(value) is str or value is None:
            return value
        if isinstance(value, self._msgpack.Timestamp):
            self._work.spend(5)
            try:
                return {TIME: written_time(time_after(value.to_unix_nano()))}
            except (ValueError, OverflowError):
                return {EXT: _TIMESTAMP, **as_bytes(value.to_bytes())}
        if isinstance(value, self._msgpack.ExtType):
            self._work.spend(4)
            return {EXT: value.code, **as_bytes(value.data)}
        if type(value) is bytes:
            self._work.spend(1)
            return as_bytes(value)
        return plain(value, self._work)


def _extended(value: Any, msgpack: Any) -> Any:
    """With extensions made of the objects that stand for them."""
    match value:
        case {"$ext": int(code), "$bytes": raw, **rest} if not rest:
            return msgpack.ExtType(code, from_json(to_json({"$bytes": raw})))
        case FineTime():
            return msgpack.Timestamp.from_unix_nano(nanoseconds(value))
        case dict():
            return {key: _extended(item, msgpack) for key, item in value.items()}
        case list():
            return [_extended(item, msgpack) for item in value]
    return value


def _why(error: Exception) -> str:
    return str(error) or "a byte there means nothing"
