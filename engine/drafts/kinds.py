"""The kinds of drafts, and which fields of the form each has."""

from __future__ import annotations

from enum import StrEnum

from engine.rpc.message import CORRELATION_ID, EXPECTED_STREAM, REPLY_TO


class Kind(StrEnum):
    """What is sent, and what is waited for."""

    REQUEST = "request"
    MANY = "request_many"
    PUBLISH = "publish"
    STREAM_REQUEST = "stream_request"
    """Stored by a stream, answered by whoever consumes it."""
    STREAM_PUBLISH = "stream_publish"
    """Stored by a stream, which acknowledges it."""

    @property
    def streamed(self) -> bool:
        return self in (Kind.STREAM_REQUEST, Kind.STREAM_PUBLISH)

    @property
    def asks(self) -> bool:
        """True when answers come back to the sender."""
        return self in (Kind.REQUEST, Kind.MANY, Kind.STREAM_REQUEST)


HEADERS_OF_FIELDS = {
    "message_id": "Nats-Msg-Id",
    "expected_sequence": "Nats-Expected-Last-Sequence",
    "expected_subject_sequence": "Nats-Expected-Last-Subject-Sequence",
    "expected_subject": "Nats-Expected-Last-Subject-Sequence-Subject",
    "expected_message_id": "Nats-Expected-Last-Msg-Id",
    "ttl": "Nats-TTL",
}
"""Fields of the form that are headers on the wire, in the order of sending."""
FORM_HEADERS = HEADERS_OF_FIELDS | {
    "correlation_id": CORRELATION_ID,
    "stream": EXPECTED_STREAM,
    "reply_to": REPLY_TO,
}
"""The same, with those that some kinds send as headers and others otherwise."""
_STORING = frozenset({Kind.STREAM_REQUEST, Kind.STREAM_PUBLISH})
_STORED = frozenset({Kind.STREAM_PUBLISH})
_SHOWN = {
    **dict.fromkeys(FORM_HEADERS, _STORED),
    "correlation_id": frozenset(Kind),
    "message_id": _STORING,
    "stream": _STORING,
}


def shows(kind: Kind, field: str) -> bool:
    """Whether the form of a kind has a row for one of `FORM_HEADERS`, as the header it is."""
    return kind in _SHOWN[field]
