"""What a stream says of a message, and the server's error figures as errors of ours.

Source of the figures: server/errors.json of nats-server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import (
    ConsumerNotFound,
    JetStreamError,
    JetStreamOff,
    NoQuorum,
    NotStored,
    StreamNotFound,
    WrongStream,
)

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
WRONG_STREAM = 10060
STREAM_EXISTS = 10058
CONSUMER_EXISTS = 10148
NO_MESSAGE = 10037
JETSTREAM_OFF = (10039, 10076)
_NO_QUORUM = 10008


@dataclass(frozen=True, slots=True)
class PubAck:
    """A stream's acknowledgement: stored in `stream` as `sequence`."""

    stream: str
    sequence: int
    duplicate: bool = False
    domain: str = ""
    value: str = ""
    """A counter stream's new value."""

    @property
    def seq(self) -> int:
        return self.sequence

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> PubAck:
        return cls(
            stream=str(fields["stream"]),
            sequence=int(fields["seq"]),
            duplicate=bool(fields.get("duplicate")),
            domain=str(fields.get("domain") or ""),
            value=str(fields.get("val") or ""),
        )


def _figures(error: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": _number(error.get("code")),
        "err_code": _number(error.get("err_code")),
        "text": str(error.get("description") or ""),
    }


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def refusal(fields: Mapping[str, Any], subject: str, stream: str) -> JetStreamError:
    """The error in a stream's word on a published message."""
    figures = _figures(_error(fields))
    if figures["err_code"] == WRONG_STREAM:
        return WrongStream(subject, stream, **figures)
    return NotStored(subject, stream or str(fields.get("stream") or ""), figures["text"], **figures)


def api_error(fields: Mapping[str, Any], stream: str = "", consumer: str = "") -> JetStreamError:
    """The error in an answer of the JetStream API."""
    figures = _figures(_error(fields))
    if figures["err_code"] == STREAM_NOT_FOUND:
        return StreamNotFound(stream, **figures)
    if figures["err_code"] == CONSUMER_NOT_FOUND:
        return ConsumerNotFound(stream, consumer, **figures)
    if figures["err_code"] in JETSTREAM_OFF:
        return JetStreamOff(**figures)
    if figures["err_code"] == _NO_QUORUM:
        return NoQuorum(**figures)
    return JetStreamError(f"the server refused: {figures['text']}", **figures)


def _error(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    error = fields.get("error")
    return error if isinstance(error, dict) else {}
