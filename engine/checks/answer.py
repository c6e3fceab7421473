"""What came back of a request, as expectations see it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.journal import Journal, State, pub_ack
from engine.message import Message

MAX_REPLIES = 1000
"""Replies of one request that are looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request."""

    state: State
    replies: tuple[Message, ...] = ()
    latency: float | None = None
    """Seconds until the first reply; None without one."""
    who: str = ""
    """The client that answered, "" where that is not known."""
    cid: int = 0
    """The number of its connection, which tells it from others of the same name."""
    why_unknown: str = "the servers do not say who answered"


def answer_of(journal: Journal, number: int) -> Answer:
    """What came back in an exchange; a stream's acknowledgement and "no responders" are none.

    Raises KeyError when the journal forgot it.
    """
    exchange = journal.exchange(number)
    messages = map(journal.message, exchange.replies[:MAX_REPLIES])
    replies = tuple(
        message
        for message in messages
        if not message.no_responders and pub_ack(message.body) is None
    )
    return Answer(exchange.state, replies, exchange.latency if replies else None)
