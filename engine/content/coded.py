"""Telling, at the speed of a search in bytes, which bodies say more when they are read.

JSON and text are searched as they are. What is compressed, or MessagePack, CBOR, Protobuf and the
like, has bytes that no text has: only these bodies are read for a search. To find base64 among all
others would make a search three times as long: it is read where a body is shown or written down.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from threading import Lock

from engine.message import Message

from .binary import is_binary
from .by_subject import NOTHING_SET, SubjectSettings
from .content import Envelope, Side
from .formats.messagepack import MessagePack
from .reading import Reading, read

MAX_READ = 1 << 20
"""Bytes of a body that is read for a search."""
_TELLING = (b"\0", b"\x08", b"\x10", b"\x12", b"\x1a")
"""Bytes that binary bodies have where they are ASCII otherwise."""
_WRITTEN = "null true false $bytes $time $ext $tag $map $number $simple value infinity nan"
"""What readings have that the bytes do not."""
_BASE64 = re.compile(
    rb"(?:e[w-z0-9+/_-]|e[A-P]|W[w-z0-9+/_-]|H4sI|KLUv|P[A-P]|[/_]wYAA)"
    rb"[A-Za-z0-9+/_\s-]{12,}={0,2}\s*"
)
"""Base64 of JSON, of XML, and of what gzip, zlib, zstd, Snappy and S2 make, by how it begins."""
_SAMPLE = 4096
MAX_KEPT = 16 << 20
"""Bytes of readings that are kept: a filter asks for the same ones again."""
_MESSAGEPACK = MessagePack()


def may_hold_coded(data: bytes | bytearray) -> bool:
    """False when no message in these bytes can have a body that is to be read."""
    return not data.isascii() or any(map(data.__contains__, _TELLING))


def may_be_coded(body: bytes | bytearray) -> bool:
    """False when a body is surely text as it is."""
    if not may_hold_coded(body):
        return False
    sample = bytes(body[:_SAMPLE])
    if body[:1] in (b"{", b"[") and b"\0" not in body[:4]:
        return not _may_be_utf8(sample) and len(body) <= MAX_READ
    coded = any(map(sample.__contains__, _TELLING)) or is_binary(sample) or not _may_be_utf8(sample)
    return coded and len(body) <= MAX_READ


def says_more(body: bytes | bytearray) -> bool:
    """False when a body is surely text as it is, and no base64."""
    if may_hold_coded(body):
        return may_be_coded(body)
    return len(body) <= MAX_READ and _BASE64.fullmatch(body[:_SAMPLE]) is not None


def is_utf8(data: bytes | bytearray) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _may_be_utf8(sample: bytes) -> bool:
    """Whether it is text in UTF-8; the last letter may be cut off."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4 and len(sample) == _SAMPLE
    return True


def lies_as_it_is(word: str) -> bool:
    """True for a word that is in the bytes of MessagePack, CBOR or Protobuf without a type where it
    is in what they are read as: of letters alone, and none that natstap writes there.
    """
    return len(word) > 2 and word.isascii() and word.isalpha() and word.lower() not in _WRITTEN


def is_bare_binary(body: bytes | bytearray) -> bool:
    """True for bytes that begin as maps and lists of these do, and no layer does."""
    first = body[:1]
    return b"\x80" <= first <= b"\xdf"


def read_small_map(body: bytes) -> Reading | None:
    """The reading of a small map in MessagePack, in a fraction of the time, where neither headers
    nor settings say anything; None for all else.
    """
    made = _MESSAGEPACK.read_small(body) if is_bare_binary(body) else None
    if made is None or type(made.tree) is not dict or not made.tree:
        return None
    name, title = _MESSAGEPACK.name, _MESSAGEPACK.title
    return Reading((name,), title, made.form, made.text, body, tree=made.tree)


class KeptReadings:
    """The readings that were asked for last, as many as fit: a few bytes may unpack to many."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._size = 0
        self._kept: dict[Hashable, tuple[Reading, SubjectSettings]] = {}
        """The settings are kept with a reading, for it is known by where they are."""
        self._lock = Lock()

    def read(self, body: bytes, envelope: Envelope) -> Reading:
        settings = envelope.settings
        key = body, envelope.subject, envelope.headers.pairs, envelope.side, id(settings)
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                return known[0]
        reading = read(body, envelope)
        size = _weight(reading)
        with self._lock:
            if size <= self._most // 8 and key not in self._kept:
                self._kept[key] = reading, settings
                self._size += size
                while self._size > self._most:
                    self._size -= _weight(self._kept.pop(next(iter(self._kept)))[0])
        return reading

    @property
    def size(self) -> int:
        """Bytes that are kept, about."""
        return self._size


def _weight(reading: Reading) -> int:
    """Bytes, about: a tree takes several times what its text does."""
    return 2 * len(reading.body) + 8 * len(reading.text) + 1000


_READINGS = KeptReadings()


def reading_of(
    message: Message,
    settings: SubjectSettings = NOTHING_SET,
    subject: str = "",
    side: Side = Side.REQUEST,
) -> Reading:
    """What a message's body is; `subject` is that of the request that it answers."""
    return _READINGS.read(
        message.body, Envelope(subject or message.subject, message.headers, side, settings)
    )


def read_text(message: Message, settings: SubjectSettings) -> str:
    """What is read in it, as text; "" for what stays bytes."""
    return reading_of(message, settings).text
