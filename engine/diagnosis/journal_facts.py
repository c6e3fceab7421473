"""The case as far as the journal alone knows it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import inf

from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.message import Message
from engine.rpc.message import CORRELATION_ID, SERVICE_ERROR

from .case import Case, Heard

NEAR_SECONDS = 2.0
"""Seconds before and after an exchange in which a note counts as beside it."""
MAX_AROUND = 1000
"""Messages on each side of an exchange that are looked at."""
MAX_REPLIES = 16
MAX_SEARCHED = 1000
"""Replies among which errors are looked for."""
MAX_NEIGHBOURS = 8
MAX_NOTES = 20
MAX_ONWARD = 8
_MARK = f"\r\n{SERVICE_ERROR}".encode()
"""What the header block of every service error has in it."""


def from_journal(journal: Journal, number: int, heard: Heard | None = None) -> Case:
    """What is known without asking anybody; KeyError when the journal lost the exchange.

    Cheap: whoever walks through a list asks it of every row.
    """
    exchange = journal.exchange(number)
    held = [number for number in exchange.came_back[:MAX_REPLIES] if number in journal]
    last = exchange.replies[-1] if exchange.replies else 0
    return Case(
        exchange=exchange,
        request=journal.message(exchange.number),
        replies=tuple(map(journal.message, held)),
        last_reply=journal.message(last) if last in journal else None,
        errors=tuple(_errors(exchange, journal)),
        notes=tuple(islice(_notes(exchange, journal), MAX_NOTES)),
        heard=heard or Heard(),
        left=journal.unanswered.left.get(exchange.number, ""),
    )


def _errors(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    if exchange.state is not State.SERVICE_ERROR:
        return
    for number in exchange.replies[:MAX_SEARCHED]:
        if number in journal and _MARK in (reply := journal.message(number)).head:
            yield reply


def _notes(exchange: Exchange, journal: Journal) -> Iterator[Exchange]:
    begin = exchange.started - NEAR_SECONDS
    end = max(exchange.ended or 0, exchange.answered or 0, exchange.started) + NEAR_SECONDS
    first = max(journal.first, exchange.number - MAX_AROUND)
    notes = journal.notes
    for at in range(bisect_left(notes, first), len(notes)):
        note = journal.exchange(notes[at])
        if note.started > end:
            return
        if note.started >= begin and note.number != exchange.number:
            yield note


@dataclass(frozen=True, slots=True)
class RequestsNearby:
    """Other requests about the time of one."""

    neighbours: tuple[Message, ...]
    """On the same subject, and answered."""
    asked_too: tuple[Message, ...]
    """On the same subject, answered or not."""
    onward: tuple[Exchange, ...]
    """Those of others, with the same correlation id, while it was open."""


def requests_beside(exchange: Exchange, journal: Journal) -> RequestsNearby:
    """Found by walking through the messages around it, so only for who wants to know why."""
    around = [(n, journal.message(n)) for n in _requests_around(exchange, journal)]
    alike = [(n, message) for n, message in around if message.subject == exchange.subject]
    answered = (message for n, message in alike if journal.state(n) is State.ANSWERED)
    return RequestsNearby(
        tuple(islice(answered, MAX_NEIGHBOURS)),
        tuple(message for _, message in alike[-MAX_NEIGHBOURS:]),
        tuple(islice(_onward(exchange, journal, around), MAX_ONWARD)),
    )


def _onward(
    exchange: Exchange, journal: Journal, around: list[tuple[int, Message]]
) -> Iterator[Exchange]:
    wanted = journal.message(exchange.number).headers.get(CORRELATION_ID, "")
    end = exchange.ended or inf
    for number, message in around if wanted else ():
        later = number > exchange.number and message.at <= end and not message.sent
        elsewhere = message.subject != exchange.subject
        if later and elsewhere and message.headers.get(CORRELATION_ID, "") == wanted:
            yield journal.exchange(number)


def own_beside(journal: Journal, exchange: Exchange, since: float) -> list[Exchange]:
    """Other requests that natstap sent to the same subject from `since` on."""
    found = []
    for number in _requests_around(exchange, journal):
        other = journal.message(number)
        if other.sent and other.subject == exchange.subject and other.at >= since:
            found.append(journal.exchange(number))
    return found


def _requests_around(exchange: Exchange, journal: Journal) -> Iterator[int]:
    for number, code in journal.heads(exchange.number - MAX_AROUND):
        if number > exchange.number + MAX_AROUND:
            return
        if code >> 4 == ExchangeKind.REQUEST and number != exchange.number:
            yield number
