"""Times of an exchange as they stand in a sentence: the one place where they become words."""

from __future__ import annotations

from engine.journal import Exchange
from engine.message import Message
from engine.words import span


def latency(exchange: Exchange) -> str:
    """How long the first answer took, or whatever ended the wait."""
    return span(exchange.latency or 0)


def latency_beyond(exchange: Exchange, waited: float) -> str:
    """How much longer the answer took than somebody waited."""
    return span((exchange.latency or 0) - waited)


def came_after(exchange: Exchange, reply: Message) -> str:
    """How long after the request a reply came."""
    return span(reply.at - exchange.started)


def apart(one: Message, other: Message) -> str:
    """How long one message came after another."""
    return span(other.at - one.at)
