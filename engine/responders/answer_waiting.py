"""Answering a request that was watched and that nobody answered, by hand."""

from __future__ import annotations

import re

from engine.drafts.draft import Pairs
from engine.drafts.wire_headers import content_type
from engine.errors import InvalidInput
from engine.journal import ExchangeKind, Journal, State
from engine.message import Headers, header_in, text
from engine.rpc.broker import Broker
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID

from .harmless import find_harm

_OPEN = re.compile(
    b"[%b]"
    % b"".join(
        re.escape(bytes([ExchangeKind.REQUEST << 4 | state]))
        for state in (State.WAITING, State.NO_ANSWER)
    )
)
"""The codes of requests without an answer."""
_MAX_SEGMENTS = 16
"""Of the journal that are looked through."""


def why_not(journal: Journal, number: int) -> str:
    """Why a request cannot be answered by hand, in words; "" where it can."""
    if number not in journal:
        return "the journal does not hold it any more"
    exchange = journal.exchange(number)
    if exchange.kind is not ExchangeKind.REQUEST or not exchange.reply_subject:
        return "nobody waits for an answer to it"
    if exchange.own:
        return "natstap asked it itself"
    if exchange.replies:
        return "it has an answer already"
    return find_harm(exchange.subject, exchange.reply_subject)


def answer_waiting(
    broker: Broker, journal: Journal, number: int, body: bytes, headers: Pairs = ()
) -> None:
    """Send an answer to the reply subject of exchange `number`.

    A content-type and the request's correlation id are added where `headers` name none. Whether the
    asker still waits is not known. Raises `InvalidInput` for what cannot be answered, `LinkError`.
    """
    if why := why_not(journal, number):
        raise InvalidInput(f"it cannot be answered: {why}")
    request = journal.message(number)
    names = {name for name, _ in headers}
    known = header_in(request.head, CORRELATION_ID.encode()) if request.head else None
    added = [
        (name, value)
        for name, value in (
            (CONTENT_TYPE, content_type(body) if body else ""),
            (CORRELATION_ID, text(known or b"")),
        )
        if value and name not in names
    ]
    broker.send_bytes(request.reply, body, Headers.of((*added, *headers)).encode())


def unanswered(journal: Journal, most: int) -> list[int]:
    """The newest requests of others without an answer, the newest first."""
    found: list[int] = []
    for segment in reversed(journal.segments[-_MAX_SEGMENTS:]):
        codes = segment.codes.tobytes()
        for spot in reversed([spot.start() for spot in _OPEN.finditer(codes)]):
            number = segment.first + spot
            if not why_not(journal, number):
                found.append(number)
            if len(found) >= most:
                return found
    return found
