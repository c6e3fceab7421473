"""How long something took, as exactly as it is known: bounds, and the words for a sentence."""

from __future__ import annotations

from engine.message import Message
from engine.words import spoken

from .exchange import Bounds, Exchange, between


def took(exchange: Exchange) -> str:
    """The latency as a sentence says it: "5.1 ms", "at most 41 ms", "0.3–12 ms"."""
    return spoken(*(exchange.latency_bounds or (0.0, 0.0)), own=exchange.own)


def after(exchange: Exchange, message: Message) -> Bounds:
    """Seconds from the request to one of its messages."""
    return between((exchange.started - exchange.spread, exchange.started), came(message))


def said_after(exchange: Exchange, message: Message) -> str:
    """`after` as a sentence says it."""
    return spoken(*after(exchange, message), own=exchange.own)


def apart(one: Message, other: Message) -> str:
    """How long after one message the other came, as a sentence says it."""
    return spoken(*between(came(one), came(other)))


def came(message: Message) -> Bounds:
    """The earliest and the latest that it can have come, in seconds since the epoch."""
    return message.earliest, message.at
