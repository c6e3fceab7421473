"""The case as far as the journal alone knows it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import inf

from engine.journal import Exchange, Journal, Kind, State
from engine.message import Message
from engine.rpc.message import CORRELATION_ID, SERVICE_ERROR

from .case import Case, Heard

NEAR = 2.0
"""Seconds before and after an exchange in which a note counts as beside it."""
AROUND = 1000
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
    """What is known without asking anybody; KeyError when the journal lost the exchange."""
    exchange = journal.exchange(number)
    open_ended = exchange.state in (State.TIMED_OUT, State.WAITING)
    held = [one for one in exchange.replies[:MAX_REPLIES] if one in journal]
    last = exchange.replies[-1] if exchange.replies else 0
    return Case(
        exchange=exchange,
        request=journal.message(exchange.number),
        replies=tuple(map(journal.message, held)),
        last_reply=journal.message(last) if last in journal else None,
        errors=tuple(_errors(exchange, journal)),
        notes=tuple(islice(_notes(exchange, journal), MAX_NOTES)),
        neighbours=tuple(_neighbours(exchange, journal)) if open_ended else (),
        heard=heard or Heard(),
        asked_too=tuple(_asked_too(exchange, journal)) if open_ended else (),
        onward=tuple(_onward(exchange, journal)) if open_ended else (),
    )


def _errors(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    if exchange.state is not State.SERVICE_ERROR:
        return
    for number in exchange.replies[:MAX_SEARCHED]:
        if number in journal and _MARK in (reply := journal.message(number)).head:
            yield reply


def _around(exchange: Exchange, journal: Journal, kind: Kind) -> Iterator[int]:
    for number, code in journal.heads(exchange.number - AROUND):
        if number > exchange.number + AROUND:
            return
        if code >> 4 == kind and number != exchange.number:
            yield number


def _notes(exchange: Exchange, journal: Journal) -> Iterator[Exchange]:
    begin = exchange.started - NEAR
    end = max(exchange.ended or 0, exchange.answered or 0, exchange.started) + NEAR
    around = (journal.exchange(number) for number in _around(exchange, journal, Kind.NOTE))
    return (note for note in around if begin <= note.started <= end)


def _neighbours(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    around = _around(exchange, journal, Kind.REQUEST)
    answered = (journal.message(n) for n in around if journal.state(n) is State.ANSWERED)
    alike = (other for other in answered if other.subject == exchange.subject)
    return islice(alike, MAX_NEIGHBOURS)


def _asked_too(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    others = map(journal.message, _around(exchange, journal, Kind.REQUEST))
    return islice((one for one in others if one.subject == exchange.subject), MAX_NEIGHBOURS)


def _onward(exchange: Exchange, journal: Journal) -> Iterator[Exchange]:
    """Requests that somebody made because of this one, as far as a shared id shows it."""
    wanted = journal.message(exchange.number).headers.get(CORRELATION_ID, "")
    end = exchange.ended or inf
    later = (n for n in _around(exchange, journal, Kind.REQUEST) if n > exchange.number)
    others = ((n, journal.message(n)) for n in later if wanted)
    found = (
        journal.exchange(n)
        for n, message in others
        if message.at <= end
        and message.subject != exchange.subject
        and message.headers.get(CORRELATION_ID, "") == wanted
    )
    return islice((one for one in found if not one.own), MAX_ONWARD)


def own_asked(journal: Journal, exchange: Exchange, since: float) -> int:
    """Requests that natstap sent to the same subject from `since` on, itself included."""
    around = _around(exchange, journal, Kind.REQUEST)
    others = (journal.message(number) for number in around)
    return 1 + sum(
        one.sent and one.subject == exchange.subject and one.at >= since for one in others
    )
