"""Times of an exchange as they stand in a sentence: the one place where they become words."""

from __future__ import annotations

import time

from engine.journal import Exchange, times
from engine.latency_words import spoken
from engine.message import Message


def latency(exchange: Exchange) -> str:
    """How long the first answer took, or whatever ended the wait."""
    return times.took(exchange)


def latency_beyond(exchange: Exchange, waited: float) -> str:
    """How much longer the answer took than somebody waited."""
    least, most = exchange.latency_bounds or (0.0, 0.0)
    return spoken(max(0.0, least - waited), max(0.0, most - waited), own=exchange.own)


def came_after(exchange: Exchange, reply: Message) -> str:
    """How long after the request a reply came."""
    return times.said_after(exchange, reply)


def apart(one: Message, other: Message) -> str:
    """How long one message came after another."""
    return times.apart(one, other)


SOON_SECONDS = 43_200.0
"""Seconds up to which a time of day alone says when."""


def until(now: float, seconds: float) -> str:
    """When so many seconds after `now` (since the epoch) are over, by the clock of this machine."""
    form = "%H:%M:%S" if seconds < SOON_SECONDS else "%Y-%m-%d %H:%M"
    return time.strftime(form, time.localtime(now + seconds))
