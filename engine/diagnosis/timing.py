"""Times of an exchange as they stand in a sentence."""

from __future__ import annotations

from engine.journal import Exchange
from engine.words import span


def latency(exchange: Exchange) -> str:
    """How long the first answer took, or whatever ended the wait."""
    return span(exchange.latency or 0)
