"""What a message says of the exchange that it begins or answers, read from its bytes."""

from __future__ import annotations

from engine.fields import parse, read_json
from engine.message import split_frame, status_of
from engine.service_failures import ERROR_MARK, MAX_ERROR, body_error, header_status

from .exchange import ExchangeKind
from .segment import Asked
from .states import Event, State

REQUEST = ExchangeKind.REQUEST << 4 | State.WAITING
SERVICE_ERROR = b"\r\nNats-Service-Error"
_API = b'{"type":"io.nats.jetstream.api.'
_SYSTEM = b'{"server":{'
_MAX_ANSWER = 4096
"""Bytes of an answer that is looked into: the server's errors are short."""
_SUCCESS = 300
"""Statuses below this one end or pace the replies."""
NO = 400
"""The least status that says no."""


def request_code(subject: bytes, reply: bytes) -> int:
    if reply.startswith(b"$JS.ACK."):
        return ExchangeKind.DELIVERY << 4 | State.WAITING
    return ExchangeKind.SYSTEM << 4 | State.WAITING if subject.startswith(b"$") else REQUEST


def answer_event(frame: bytes, start: int, head: int, code: int) -> int:
    if head:
        if frame[start + 8 : start + 12] == b" 503" and len(frame) == start + head:
            return Event.NO_RESPONDERS
        if frame.find(SERVICE_ERROR, start, start + head) > 0:
            return Event.ERROR
        if reply_status(frame[start : start + head]) >= NO:
            return Event.STATUS
        start += head
        if len(frame) - start > MAX_ERROR or ERROR_MARK not in frame:
            return Event.REPLY
        return Event.REPLY if body_error(frame[start:]) is None else Event.STATUS
    if code >> 4 == ExchangeKind.REQUEST and (stored := pub_ack(frame[start:])) is not None:
        return Event.STATUS if "error" in stored else Event.PUB_ACK
    if frame.startswith((_API, _SYSTEM), start) and api_refusal(frame[start:]) is not None:
        return Event.STATUS
    if len(frame) - start > MAX_ERROR or ERROR_MARK not in frame:
        return Event.REPLY
    return Event.REPLY if body_error(frame[start:]) is None else Event.STATUS


def api_refusal(body: bytes) -> dict[str, object] | None:
    """The error in an answer of the server's own API; None when it is none."""
    if not body.startswith((_API, _SYSTEM)) or len(body) > _MAX_ANSWER or b'"error":{' not in body:
        return None
    error = parse(body).get("error")
    return error if isinstance(error, dict) and type(error.get("code")) is int else None


def reply_status(block: bytes) -> int:
    """The status of a header block, in its first line or in a header; 0 without one."""
    status, _ = status_of(block)
    return status or header_status(block)[0]


def is_mark(frame: bytes, start: int, head: int, answered: bool, until_empty: bool) -> bool:
    """Whether a message ends or paces the replies instead of being one.

    `answered` is true when a reply has come, `until_empty` when an empty one ends them.
    """
    if len(frame) != start + head:
        return False
    status, _ = status_of(frame[start : start + head])
    if not status:
        return until_empty
    return answered or status < _SUCCESS


def own_event(asked: Asked, event: int, status: bool) -> int:
    """What an answer means to the asker: the last one wanted, one of several, or too late."""
    if event not in (Event.REPLY, Event.ERROR, Event.STATUS):
        return event
    if asked.ended is not None:
        return event if event == Event.STATUS else Event.LATE_REPLY
    asked.got += not status
    if event == Event.REPLY and asked.wanted != 1:
        return Event.REPLY if 0 < asked.wanted <= asked.got else Event.PART
    return event


def pub_ack(body: bytes) -> dict[str, object] | None:
    """The fields of a stream's acknowledgement, or of its refusal; None if it is neither."""
    if not body.startswith((b'{"stream":', b'{"error":')) or len(body) > 4096:
        return None
    try:
        fields = read_json(body)
    except ValueError:
        return None
    stored = isinstance(fields.get("stream"), str) and type(fields.get("seq")) is int
    return fields if stored and isinstance(fields.get("error", {}), dict) else None


def instead_of_ack(request: bytes, frame: bytes, start: int, head: int) -> bool:
    """True for what came where only a stream's word was asked for, and is none."""
    _, reply, _, _ = split_frame(request)
    here = frame.split(b" ", 2)[1] == reply
    return here and (bool(head) or pub_ack(frame[start:]) is None)
