"""The envelope of a framework, as NestJS and its like write it around requests and replies."""

from __future__ import annotations

from collections.abc import Iterable

from engine.fields import Fields, parse
from engine.message import Message

MAX_BYTES = 1 << 20
"""Bytes of a body that is looked into."""


def asks_in_envelope(body: bytes) -> bool:
    """True for a request as NestJS and its like write it."""
    fields = _parse(body, b'"pattern"')
    return "pattern" in fields and "data" in fields and "id" in fields


def answers_in_envelope(body: bytes) -> Fields | None:
    """The fields of a reply as NestJS writes it; None when it is none."""
    fields = _parse(body, b'"isDisposed"')
    known = "isDisposed" in fields and ("response" in fields or "err" in fields)
    return fields if known else None


def _parse(body: bytes, mark: bytes) -> Fields:
    """The object in a body that has the mark in it; others, and very long ones, are not read."""
    return parse(body) if len(body) <= MAX_BYTES and mark in body else {}


def envelopes(messages: Iterable[Message]) -> int:
    """How many of the messages are in an envelope."""
    return sum(
        asks_in_envelope(message.body) or answers_in_envelope(message.body) is not None
        for message in messages
    )
