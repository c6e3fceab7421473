"""How long something took, as exactly as it is known: bounds, and the words for a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from engine.latency_words import spoken
from engine.message import Message

from .classify import pub_ack
from .exchange import ANY_TIME, Bounds, Exchange, ExchangeKind, between, timed
from .segment import Segment
from .states import State

if TYPE_CHECKING:
    from .store import Store

_LOOKED_AT = 256
"""Replies among which the first answer is, or none is looked for."""


def took(exchange: Exchange) -> str:
    """The latency as a sentence says it: "5.1 ms", "at most 41 ms", "0.3–12 ms"."""
    return spoken(*(exchange.latency_bounds or ANY_TIME), own=exchange.own)


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


class AnswerTimes:
    """When the exchanges in a store were answered, without making an exchange of each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latency(self, number: int) -> float | None:
        """`Exchange.latency`; KeyError as `Store.message`."""
        bounds = self.bounds(number)
        return bounds[1] if bounds else None

    def bounds(self, number: int) -> Bounds | None:
        """`Exchange.latency_bounds`; KeyError as `Store.message`."""
        segment = self._store.held(number)
        at = number - segment.first
        if (first := segment.links[at]) and not (
            number in segment.more or segment.codes[at] & 15 == State.STORED
        ):
            holder = self._store.segment(first)
            return timed(between(segment.interval(at), holder.interval(first - holder.first)))
        end = self.first_answer(segment, number)
        if end is None and (asked := segment.asked.get(number)) is not None and asked.ended:
            end = asked.ended, asked.ended
        return timed(between(segment.interval(at), end)) if end else None

    def first_answer(self, segment: Segment, number: int) -> Bounds | None:
        """The earliest and the latest that the first answer can have come."""
        code = segment.codes[number - segment.first]
        first = segment.links[number - segment.first]
        if not first:
            return None
        several = code >> 4 == ExchangeKind.REQUEST and number in segment.more
        if code & 15 == State.STORED or several:
            first = next(self._answers(segment, number), first)
        holder = self._store.segment(first)
        return holder.interval(first - holder.first)

    def _answers(self, segment: Segment, number: int) -> Iterator[int]:
        """Replies that are more than a stream's acknowledgement or a status."""
        first = segment.links[number - segment.first]
        for reply in chain((first,), islice(segment.more.get(number, ()), _LOOKED_AT)):
            message = self._store.message(reply)
            if pub_ack(message.body) is None and not message.status:
                yield reply
