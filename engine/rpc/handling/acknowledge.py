"""Acknowledging by hand: what a stream can be told of a message that it delivered.

The server confirms each of these where it is asked to; then it is known that it was heard.
Source: https://docs.nats.io/reference/reference-protocols/nats_api_reference
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

ACK_PREFIX = "$JS.ACK."
_SHORT = 9
"""Tokens of an acknowledgement subject without domain and account."""


class AckWord(StrEnum):
    """What goes to the message's reply subject."""

    ACK = "+ACK"
    NAK = "-NAK"
    TERM = "+TERM"
    IN_PROGRESS = "+WPI"


class Delivery(NamedTuple):
    """Who delivered a message, read from its reply subject."""

    stream: str
    consumer: str
    delivered: int
    """How many times this message has been delivered."""
    sequence: int
    """In the stream."""


def read_delivery(reply: str) -> Delivery | None:
    """None where `reply` does not acknowledge a stream's delivery."""
    tokens = reply.split(".")
    if not reply.startswith(ACK_PREFIX) or len(tokens) < _SHORT:
        return None
    stream, consumer, delivered, sequence = tokens[2:6] if len(tokens) == _SHORT else tokens[4:8]
    if not all(
        figure.isascii() and figure.isdigit() and len(figure) < 20
        for figure in (delivered, sequence)
    ):
        return None
    return Delivery(stream, consumer, int(delivered), int(sequence))
