"""Telling, at the speed of a search in bytes, which bodies say more when they are read.

JSON and text are searched as they are. What is compressed, or MessagePack, CBOR, Protobuf and the
like, has bytes that no text has: only these bodies are read for a search.
"""

from __future__ import annotations

from threading import Lock

from engine.message import Message

from .binary import is_binary
from .by_subject import NOTHING_SET, SubjectSettings
from .content import Envelope, Side
from .reading import Reading, read

MAX_READ = 1 << 20
"""Bytes of a body that is read for a search."""
_TELLING = (b"\0", b"\x08", b"\x10", b"\x12", b"\x1a")
"""Bytes that binary bodies have where they are ASCII otherwise."""
_SAMPLE = 4096
MAX_KEPT = 16 << 20
"""Bytes of readings that are kept: a filter asks for the same ones again."""


def may_hold_coded(data: bytes | bytearray) -> bool:
    """False when no message in these bytes can have a body that is to be read."""
    return not data.isascii() or any(byte in data for byte in _TELLING)


def may_be_coded(body: bytes | bytearray) -> bool:
    """False when a body is surely text as it is."""
    if not may_hold_coded(body):
        return False
    if body[:1] in (b"{", b"[") and b"\0" not in body[:4]:
        return False
    sample = bytes(body[:_SAMPLE])
    coded = any(byte in sample for byte in _TELLING) or is_binary(sample) or not _is_utf8(sample)
    return coded and len(body) <= MAX_READ


def _is_utf8(sample: bytes) -> bool:
    """Whether it is text in UTF-8; the last letter may be cut off."""
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 4 and len(sample) == _SAMPLE
    return True


class KeptReadings:
    """The readings that were asked for last, as many as fit: a few bytes may unpack to many."""

    def __init__(self, most: int = MAX_KEPT) -> None:
        self._most = most
        self._size = 0
        self._kept: dict[tuple[bytes, Envelope], Reading] = {}
        self._lock = Lock()

    def read(self, body: bytes, envelope: Envelope) -> Reading:
        key = body, envelope
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                return known
        reading = read(body, envelope)
        size = _weight(body, reading)
        with self._lock:
            if size <= self._most // 8 and key not in self._kept:
                self._kept[key] = reading
                self._size += size
                while self._size > self._most:
                    oldest = next(iter(self._kept))
                    self._size -= _weight(oldest[0], self._kept.pop(oldest))
        return reading

    @property
    def size(self) -> int:
        """Bytes that are kept, about."""
        return self._size


def _weight(body: bytes, reading: Reading) -> int:
    """Bytes, about: a tree takes several times what its text does."""
    return len(body) + len(reading.body) + 8 * len(reading.text) + 1000


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


def read_text(
    message: Message,
    settings: SubjectSettings = NOTHING_SET,
    subject: str = "",
    side: Side = Side.REQUEST,
) -> str:
    """What is read in it, as text; "" for what stays bytes."""
    return reading_of(message, settings, subject, side).text
