"""Who asked whom: the two ends of an exchange in a word or two each, for a row of a list.

What was known when an exchange was young is kept for it: the servers tell only how it is now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from engine.clients.listeners import WATCH_NAME
from engine.clients.names import OWN, Names
from engine.journal import Exchange, ExchangeKind, Journal, State, pub_ack

KEPT = 4096
"""Exchanges whose ends are remembered."""
YOUNG = 30.0
"""Seconds in which what the servers tell now is taken for how it was."""
_ACK = "$JS.ACK."
_JETSTREAM = "JetStream"
_SERVER = "server"


class Ends(NamedTuple):
    """Names; "" for an end that nobody knows."""

    asker: str
    answerer: str


NOBODY_KNOWN = Ends("", "")


class EndsOf:
    """The ends of a journal's exchanges, by number."""

    def __init__(
        self, journal: Journal, names: Names, answerers: Callable[[int], str] = lambda number: ""
    ) -> None:
        """`answerers` gives who is known to have got an exchange's request, one on each line."""
        self.names = names
        self._journal = journal
        self._answerers = answerers
        self._kept: dict[int, Ends] = {}

    def __call__(self, number: int) -> Ends:
        """What is known now; nothing of an exchange that the journal lost."""
        if number not in self._journal:
            return NOBODY_KNOWN
        exchange = self._journal.exchange(number)
        kept = self._kept.get(number, NOBODY_KNOWN)
        at = exchange.started
        found = self._find(exchange, at)
        ends = Ends(kept.asker or found.asker, self._answerer(exchange, kept, found))
        if ends != kept and time.time() - at < YOUNG:
            self._kept[number] = ends
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
        return ends

    def _answerer(self, exchange: Exchange, kept: Ends, found: Ends) -> str:
        """What a stream or the server said of the end is truer than who listened before."""
        if exchange.state in (State.NO_RESPONDERS, State.STORED, State.KEPT):
            return found.answerer
        return kept.answerer or found.answerer

    def _find(self, exchange: Exchange, at: float) -> Ends:
        subject = exchange.subject
        if exchange.kind is ExchangeKind.NOTE:
            return NOBODY_KNOWN
        if exchange.kind is ExchangeKind.DELIVERY:
            return Ends(*delivered(exchange))
        if exchange.kind is ExchangeKind.ORPHAN:
            return Ends("", self.names.asker(subject, at))
        return Ends(self._asker(exchange, at), self._target(exchange, at))

    def _asker(self, exchange: Exchange, at: float) -> str:
        if exchange.own:
            return OWN
        return self.names.asker(exchange.reply_subject, at) if exchange.reply_subject else ""

    def _target(self, exchange: Exchange, at: float) -> str:
        if exchange.state is State.NO_RESPONDERS:
            return ""
        if exchange.state in (State.STORED, State.KEPT):
            return self._stream(exchange)
        if exchange.subject.startswith("$JS."):
            return _JETSTREAM
        if exchange.subject.startswith("$SYS."):
            return _SERVER
        told = dict.fromkeys(self._answerers(exchange.number).split("\n"))
        named = [name for name in told if name and name != WATCH_NAME]
        if len(named) == 1:
            return named[0]
        return self.names.listeners(exchange.subject, at)

    def _stream(self, exchange: Exchange) -> str:
        for number in exchange.came_back:
            if number in self._journal:
                reply = self._journal.message(number)
                fields = None if reply.head else pub_ack(reply.body)
                if fields is not None and "stream" in fields:
                    return str(fields["stream"])
        return ""


def delivered(exchange: Exchange) -> tuple[str, str]:
    """The stream and the consumer of what a stream delivered.

    `$JS.ACK.<stream>.<consumer>...`, with a domain and an account hash before in long ones.
    """
    ack = exchange.reply_subject if exchange.reply_subject.startswith(_ACK) else exchange.subject
    tokens = ack.split(".")
    at = 4 if len(tokens) >= 11 else 2
    stream, consumer = (*tokens[at : at + 2], "?", "?")[:2]
    return stream, consumer
