"""Messages as JSON, one object after the other: natstap's own exports, `natstap watch --json`,
`nats sub --dump -` and whatever else names subject and body.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.fields import read_json
from engine.message import raw_bytes

from .message import FoundMessage, header_block

_SUBJECTS = ("subject", "Subject")
_REPLIES = ("reply", "Reply", "reply_subject", "reply_to")
_HEADERS = ("headers", "Header", "Headers", "header", "hdrs")
_TEXTS = ("body", "payload", "data_text")
_BASE64 = ("body_base64", "base64", "Data", "data")
_TIMES = ("at", "time", "Time", "timestamp", "ts")
_INBOX = b"_INBOX.recorded."
"""The replies of an exchange that is one line have no subject: this one joins them."""


def read_objects(chunks: Iterable[bytes], missed: list[int]) -> Iterator[FoundMessage]:
    """Messages of lines, or of texts that end with a NUL; those that are none go to `missed`."""
    number = 0
    for chunk in chunks:
        for line in chunk.replace(b"\0", b"\n").split(b"\n"):
            if not line.strip():
                continue
            number += 1
            try:
                fields = read_json(line)
            except ValueError:
                missed.append(number)
                continue
            found = list(read_object(fields, number)) if isinstance(fields, dict) else []
            if not found and not _is_about_others(fields):
                missed.append(number)
            yield from found


_LONGEST, _LATEST = 1e9, 1e11
"""Seconds that something can have taken, and since the epoch."""


def read_object(fields: Mapping[str, Any], number: int = 0) -> Iterator[FoundMessage]:
    """The message that an object is, or the request and the replies that it has."""
    subject, at = _first(fields, _SUBJECTS, ""), _time(_first(fields, _TIMES, 0.0))
    if not isinstance(subject, str) or not subject:
        return
    sender = fields.get("from")
    sender = sender if isinstance(sender, str) else ""
    if isinstance(request := fields.get("request"), dict):
        yield from _exchange(fields, request, subject, at, number, sender)
        return
    reply = _first(fields, _REPLIES, "")
    found = FoundMessage(
        raw_bytes(subject),
        _body(fields),
        raw_bytes(reply) if isinstance(reply, str) else b"",
        _head(fields),
        at,
        sender,
        _seconds(fields.get("spread")),
    )
    if found.is_one:
        yield found


def _exchange(
    fields: Mapping[str, Any],
    request: Mapping[str, Any],
    subject: str,
    at: float,
    number: int,
    sender: str,
) -> Iterator[FoundMessage]:
    replies = [each for each in fields.get("replies") or () if isinstance(each, dict)]
    inbox = b"%b%d" % (_INBOX, number) if fields.get("state") != "published" else b""
    latency = _seconds(fields.get("latency"))
    answered = at + latency if at else 0.0
    spread = max(0.0, latency - _seconds(fields.get("latency_at_least", latency)))
    answerer = fields.get("to")
    answerer = answerer if isinstance(answerer, str) else ""
    yield FoundMessage(raw_bytes(subject), _body(request), inbox, _head(request), at, sender)
    for reply in replies:
        head, to = _head(reply), inbox or raw_bytes(subject)
        yield FoundMessage(to, _body(reply), b"", head, answered, answerer, spread)


def _head(fields: Mapping[str, Any]) -> bytes:
    headers = _first(fields, _HEADERS, None)
    return header_block(headers, fields.get("status"), fields.get("description"))


def _seconds(given: Any) -> float:
    return given if isinstance(given, int | float) and 0 <= given <= _LONGEST else 0.0


def _is_about_others(fields: Any) -> bool:
    """True for lines that are not meant to be messages, such as those about an exchange."""
    return isinstance(fields, dict) and not any(name in fields for name in (*_TEXTS, *_BASE64))


def _first(fields: Mapping[str, Any], names: Iterable[str], usual: Any) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), usual)


def _body(fields: Mapping[str, Any]) -> bytes:
    written = _first(fields, _TEXTS, None)
    if isinstance(written, str):
        return raw_bytes(written)
    packed = _first(fields, _BASE64, "")
    if not isinstance(packed, str):
        return b""
    try:
        return b64decode(packed, validate=True)
    except ValueError:
        return raw_bytes(packed)


def _time(given: Any) -> float:
    if isinstance(given, int | float):
        return float(given) if abs(given) <= _LATEST else 0.0
    try:
        return datetime.fromisoformat(str(given)).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0
