"""What a message says of the exchange that it begins or answers, read from its bytes."""

from __future__ import annotations

from engine.fields import read_json

from .exchange import Event, Kind, State
from .segment import Asked

REQUEST = Kind.REQUEST << 4 | State.WAITING
SERVICE_ERROR = b"\r\nNats-Service-Error"


def request_code(subject: bytes, reply: bytes) -> int:
    if reply.startswith(b"$JS.ACK."):
        return Kind.DELIVERY << 4 | State.WAITING
    return Kind.SYSTEM << 4 | State.WAITING if subject.startswith(b"$") else REQUEST


def answer_event(frame: bytes, start: int, head: int, code: int) -> int:
    if head:
        if frame[start + 8 : start + 12] == b" 503" and len(frame) == start + head:
            return Event.NO_RESPONDERS
        if frame.find(SERVICE_ERROR, start, start + head) > 0:
            return Event.ERROR
    elif code >> 4 == Kind.REQUEST and (stored := pub_ack(frame[start:])) is not None:
        return Event.ERROR if "error" in stored else Event.PUB_ACK
    return Event.REPLY


def own_event(asked: Asked, event: int, status: bool) -> int:
    """What an answer means to the asker: the last one wanted, one of several, or too late."""
    if event not in (Event.REPLY, Event.ERROR):
        return event
    if asked.ended is not None:
        return Event.LATE_REPLY
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
