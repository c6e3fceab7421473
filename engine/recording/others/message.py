"""A message as another tool wrote it down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.message import CRLF, Headers, raw_bytes

_LINE_BREAKS = re.compile(r"[\r\n]+")
_SUBJECT = re.compile(rb"[^\s\x00]+")
MAX_SUBJECT = 4096
"""Bytes; a server takes less."""


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """`at` is seconds since the epoch, 0 where nobody wrote it down; `asker` who sent it."""

    subject: bytes
    body: bytes = b""
    reply: bytes = b""
    head: bytes = b""
    at: float = 0.0
    sender: str = ""
    spread: float = 0.0
    """Seconds before `at` at which it came at the earliest."""

    @property
    def is_one(self) -> bool:
        """False for what no server could have delivered."""
        return all(
            len(subject) <= MAX_SUBJECT and _SUBJECT.fullmatch(subject)
            for subject in (self.subject, self.reply)
            if subject or subject is self.subject
        )

    def frame(self) -> bytes:
        """As a server would have delivered it."""
        to = b"%b 0 %b" % (self.subject, self.reply) if self.reply else b"%b 0" % self.subject
        size = len(self.head) + len(self.body)
        if not self.head:
            return b"MSG %b %d" % (to, size) + CRLF + self.body
        return b"HMSG %b %d %d" % (to, len(self.head), size) + CRLF + self.head + self.body


def header_block(pairs: object, status: object = 0, description: object = "") -> bytes:
    """A block of headers that another tool read: names with a value each, or with several; and the
    status that the server gave.
    """
    found: list[tuple[str, str]] = []
    items = pairs.items() if isinstance(pairs, dict) else pairs if isinstance(pairs, list) else ()
    for item in items:
        if not isinstance(item, tuple | list) or len(item) != 2:
            continue
        name, values = item
        for value in values if isinstance(values, list) else [values]:
            written = _LINE_BREAKS.sub(" ", str(name)), _LINE_BREAKS.sub(" ", str(value))
            found.append(written)
    lines = Headers(found).encode()
    if not isinstance(status, int) or not 100 <= status <= 999:
        return lines
    said = _LINE_BREAKS.sub(" ", f"{status} {description or ''}").strip()
    return b"NATS/1.0 %b\r\n" % raw_bytes(said) + (lines.partition(CRLF)[2] or CRLF)
