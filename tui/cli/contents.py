"""A body that is no text, as what it is read as: MessagePack, a packed body, and the like."""

from __future__ import annotations

from typing import Any

from engine.content.content import Envelope, Side
from engine.content.reading import Reading, read
from engine.errors import ContentError
from engine.message import Message


def read_as(reply: Message) -> Reading | None:
    """What a reply's body is read as; None where it stays bytes."""
    reading = read(reply.body, Envelope(headers=reply.headers, side=Side.REPLY))
    return reading if reading.error is None and reading.text else None


def content_record(reply: Message) -> dict[str, Any]:
    """For a JSON line: `content` says what the bytes are, `value` what they say."""
    reading = read_as(reply)
    if reading is None:
        return {}
    try:
        return {"content": reading.title, "value": reading.value()}
    except ContentError:
        return {"content": reading.title}
