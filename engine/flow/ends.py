"""Who asked whom: the two ends of an exchange in a word or two each, for a row of a list.

What was known when an exchange was young is kept for it: the servers tell only how it is now.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from engine.clients.listeners import WATCH_NAME
from engine.clients.names import OWN, Names
from engine.journal import ExchangeKind, Journal, State, pub_ack
from engine.journal.glance import Glance

MAX_KEPT = 4096
"""Exchanges whose ends are remembered."""
YOUNG = 30.0
"""Seconds in which what the servers tell now is taken for how it was."""
_ACK = "$JS.ACK."
_SERVERS = (("$JS.", "JetStream"), ("$SYS.", "server"))
_TOLD = (State.NO_RESPONDERS, State.STORED, State.KEPT)
"""Where the answer itself tells who gave it."""


class Ends(NamedTuple):
    """Names; "" for an end that nobody knows."""

    asker: str
    answerer: str


NOBODY_KNOWN = Ends("", "")


class EndsOf:
    """The ends of a journal's exchanges."""

    def __init__(
        self, journal: Journal, names: Names, answerers: Callable[[int], str] | None = None
    ) -> None:
        """`answerers` gives who is known to have got an exchange's request, one on each line."""
        self.names = names
        self._journal = journal
        self._answerers = answerers
        self.kept: dict[int, Ends] = {}
        """What was known of exchanges when they were young."""

    def of(self, number: int) -> Ends:
        """What is known of an exchange; nothing when the journal lost it."""
        return (
            self(number, self._journal.glances.of(number))
            if number in self._journal
            else NOBODY_KNOWN
        )

    def __call__(self, number: int, seen: Glance) -> Ends:
        """What is known now of an exchange, which looks as it was `seen`."""
        found = self._find(number, seen)
        kept = self.kept.get(number)
        if kept is not None:
            asker, answerer = kept.asker or found.asker, kept.answerer or found.answerer
            if seen.state in _TOLD:  # what a stream or the server said is truer than who listened
                answerer = found.answerer
            found = Ends(asker, answerer)
        if found not in (kept, NOBODY_KNOWN) and time.time() - seen.at < YOUNG:
            self.kept[number] = found
            while len(self.kept) > MAX_KEPT:
                del self.kept[next(iter(self.kept))]
        return found

    def _find(self, number: int, seen: Glance) -> Ends:
        kind = seen.kind
        if kind is ExchangeKind.NOTE:
            return NOBODY_KNOWN
        if kind is ExchangeKind.DELIVERY:
            return Ends(*delivered(seen.subject, seen.reply))
        if kind is ExchangeKind.ORPHAN:
            return Ends("", self.names.asker(seen.subject, seen.at))
        asker = OWN if seen.own else seen.reply and self.names.asker(seen.reply, seen.at)
        return Ends(asker, self._target(number, seen))

    def _target(self, number: int, seen: Glance) -> str:
        if seen.state in _TOLD:
            return "" if seen.state is State.NO_RESPONDERS else self._stream(seen.replies)
        if seen.subject.startswith("$"):
            for start, who in _SERVERS:
                if seen.subject.startswith(start):
                    return who
        if self._answerers is not None and (told := self._answerers(number)):
            named = {*told.split("\n")} - {"", WATCH_NAME}
            if len(named) == 1:
                return named.pop()
        return self.names.listeners(seen.subject, seen.at)

    def _stream(self, replies: tuple[int, ...]) -> str:
        for number in replies:
            if number in self._journal:
                reply = self._journal.message(number)
                fields = None if reply.head else pub_ack(reply.body)
                if fields is not None and "stream" in fields:
                    return str(fields["stream"])
        return ""


def delivered(subject: str, reply: str) -> tuple[str, str]:
    """The stream and the consumer of what a stream delivered.

    `$JS.ACK.<stream>.<consumer>...`, with a domain and an account hash before in long ones.
    """
    tokens = (reply if reply.startswith(_ACK) else subject).split(".")
    at = 4 if len(tokens) >= 11 else 2
    stream, consumer = (*tokens[at : at + 2], "?", "?")[:2]
    return stream, consumer
