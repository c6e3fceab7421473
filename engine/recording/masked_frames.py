"""What is done with secrets on their way into a recording: said before, and written in its head.

A message whose secrets were masked has other bytes than it had, and its sizes say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

import msgspec

from engine.content.binary import is_binary
from engine.content.content import Envelope
from engine.content.reading import open_layers
from engine.message import CRLF, Headers, publish_frame, raw_bytes, split_frame, text
from engine.secrets.conceal import conceal, stand_in
from engine.secrets.known_secrets import KnownSecrets

from .lines import Line

_PACKED = (
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
    b"sNaPpY",
    b"S2sTwO",
    b"\xff\xfe",
    b"\xfe\xff",
)
"""What is in a frame whose body is packed, or is text in UTF-16."""
_PACKED_AS_TEXT = re.compile(rb"\n(?:H4sI|KLUv|e[AFJN]|/wYAAHNO|/wYAAFMy)")
"""The same in base64, where a body begins."""
_NAMED = b"ncoding:"
"""What is in a frame whose headers name how it is packed."""

_LONG_MARK = 20
"""Letters from which on Python skips more of a text when it searches forwards."""


class Secrets(StrEnum):
    """How a recording is made."""

    KNOWN = "known"
    """Values that natstap knows to be secret are masked, also as base64, in URLs and in JSON."""
    ALL = "all"
    """So is all that looks like a secret by its name or its form; slow."""
    KEPT = "kept"
    """Everything is recorded as it was."""

    @property
    def words(self) -> str:
        """What is said before a recording begins."""
        match self:
            case Secrets.KNOWN:
                return "secrets that natstap knows are masked"
            case Secrets.ALL:
                return "all that looks like a secret is masked"
            case Secrets.KEPT:
                return "secrets are recorded as they are"
            case _:
                assert_never(self)


class Mask:
    """Masks frames and lines; learns with `known`."""

    def __init__(self, known: KnownSecrets, secrets: Secrets = Secrets.KNOWN) -> None:
        self.secrets = secrets
        self._known = known

    def suspects(self, data: bytes) -> bool:
        """True when some of these bytes may be a secret; quick."""
        match self.secrets:
            case Secrets.KEPT:
                return False
            case Secrets.ALL:
                return True
            case Secrets.KNOWN:
                return _holds_any(data, self._known.marks)
            case _:
                assert_never(self.secrets)

    def may_pack(self, data: bytes) -> bool:
        """True when some of these bytes may be a packed secret; quick."""
        if self.secrets is Secrets.KEPT or not (self._known.marks or self.secrets is Secrets.ALL):
            return False
        if _NAMED in data or _PACKED_AS_TEXT.search(data):
            return True
        if data.isascii() and b"\0" not in data:
            return False
        return any(map(data.__contains__, _PACKED)) or self._may_be_wide(data)

    def _may_be_wide(self, data: bytes) -> bool:
        """Text in UTF-16 or UTF-32 has zeros between its letters."""
        if b"\0" not in data:
            return False
        if self.secrets is Secrets.ALL:
            return True
        wide = (b"\0".join(bytes((byte,)) for byte in mark) for mark in self._known.marks)
        return b"\0\0\0" in data or any(map(data.__contains__, wide))

    def frame(self, frame: bytes) -> bytes:
        """The frame without its secrets; its sizes are right again."""
        if self.may_pack(frame):
            frame = self._opened(frame)
        if not self.suspects(frame):
            return frame
        if frame[:1] == b"+":
            words = self._bytes(frame[frame.index(CRLF) + 2 :])
            return b"+NOTE %d\r\n%b" % (len(words), words)
        subject, reply, start, size = split_frame(frame)
        head, body = frame[start : start + size], frame[start + size :]
        parts = subject, reply, head, body
        masked = (
            _one_word(self._bytes(subject)),
            _one_word(self._bytes(reply)),
            self._bytes(head),
            self._bytes(body, packed=is_binary(body)),
        )
        return frame if masked == parts else _rebuilt(frame, *masked)

    def _opened(self, frame: bytes) -> bytes:
        """With what its body packs in place of it, where there is a secret in that."""
        if frame[:1] == b"+":
            return frame
        subject, reply, start, size = split_frame(frame)
        head, body = frame[start : start + size], frame[start + size :]
        headers = Headers.parse(head)
        inner = open_layers(body, Envelope(headers=headers))
        if inner == body or self._bytes(inner) == inner:
            return frame
        kept = Headers(
            (name, value) for name, value in headers.pairs if name.lower() != "content-encoding"
        )
        return _rebuilt(frame, subject, reply, kept.encode() if head else b"", inner)

    def line(self, line: Line) -> Line:
        """The line without the secrets in what it says."""
        why, value = self.words(line.why), bytes(line.value)
        if value and self.suspects(value):
            value = self._value(value)
        if why == line.why and value == bytes(line.value):
            return line
        return msgspec.structs.replace(line, why=why, value=msgspec.Raw(value))

    def words(self, written: str) -> str:
        return text(self._bytes(raw_bytes(written))) if written else written

    def _value(self, value: bytes) -> bytes:
        """Text by text: what a secret looks like must not end the JSON that it is in."""
        return msgspec.json.encode(self._plain(msgspec.json.decode(value)))

    def _plain(self, value: object) -> object:
        match value:
            case str():
                return self.words(value)
            case list():
                return [self._plain(each) for each in value]
            case dict():
                return {self.words(str(name)): self._plain(each) for name, each in value.items()}
            case _:
                return value

    def _bytes(self, written: bytes, *, packed: bool = False) -> bytes:
        if not written or not self.suspects(written):
            return written
        if self.secrets is Secrets.ALL:
            return conceal(written, self._known).value
        shown, made, at = text(written), "", 0
        for spot in self._known.find(shown):
            secret = shown[spot.begin : spot.end]
            made += shown[at : spot.begin] + stand_in(spot.name, secret, packed=packed)
            at = spot.end
        return raw_bytes(made + shown[at:])


def _holds_any(data: bytes, marks: Iterable[bytes]) -> bool:
    """True where one stands in there: that some letter of it is missing is found out far quicker.

    A short one is looked for from behind, which takes Python half as long; a long one twice.
    """
    missing: set[int] = set()
    for mark in marks:
        if not missing.isdisjoint(mark):
            continue
        absent = next((letter for letter in mark if letter not in data), None)
        if absent is not None:
            missing.add(absent)
        elif (data.find if len(mark) > _LONG_MARK else data.rfind)(mark) >= 0:
            return True
    return False


def _one_word(masked: bytes) -> bytes:
    """A subject has no blank."""
    return masked.replace(b" ", b"_")


def _rebuilt(frame: bytes, subject: bytes, reply: bytes, head: bytes, body: bytes) -> bytes:
    made = publish_frame(subject, reply, head, body)
    verb = frame[: frame.index(b" ")]
    if verb.endswith(b"PUB"):
        return made
    sid = frame.split(b" ", 3)[2]
    named = made.split(b" ", 2)
    kind = b"HMSG" if head else b"MSG"
    return b"%b %b %b %b" % (kind, named[1], sid, named[2])
