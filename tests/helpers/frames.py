"""Frames as the server and the link write them, for tests that need no server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from engine.journal import SENT, Journal
from engine.message import publish_frame


def heard_frame(subject: bytes, reply: bytes, head: bytes, body: bytes) -> bytes:
    """MSG or HMSG, as it comes from a server."""
    to = b"%b 1 %b" % (subject, reply) if reply else b"%b 1" % subject
    if head:
        return b"HMSG %b %d %d\r\n%b%b" % (to, len(head), len(head) + len(body), head, body)
    return b"MSG %b %d\r\n%b" % (to, len(body), body)


def seen(
    journal: Journal,
    subject: bytes,
    body: bytes = b"",
    reply: bytes = b"",
    head: bytes = b"",
    source: int = 1,
) -> int:
    """Record a message as heard from `source`, or as sent when that is SENT."""
    write = publish_frame if source == SENT else heard_frame
    frame = write(subject, reply, head, body)
    start = len(frame) - len(head) - len(body)
    return journal.record(source, subject, reply, frame, start, len(head))


UNAVAILABLE = b"NATS/1.0 503\r\nNats-Subject: svc\r\n\r\n"


SERVICE_ERROR = b"NATS/1.0\r\nNats-Service-Error: kaput\r\nNats-Service-Error-Code: 500\r\n\r\n"


STORED = b'{"stream":"S","seq":1}'


@contextmanager
def tiny_segments(count: int = 8, size: int = 400) -> Iterator[None]:
    """Segments so small that they turn and drop within a test."""
    with (
        patch("engine.journal.segment.MAX_COUNT", count),
        patch("engine.journal.journal.MAX_BYTES", size),
        patch("engine.journal.journal._MEMORY", 2 * count),
        patch("engine.journal.changes.MAX_ADOPTED", 2 * count),
    ):
        yield
