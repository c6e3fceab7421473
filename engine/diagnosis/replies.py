"""What came back to an exchange: answers, acknowledgements of a stream, errors of a service.

Pure: it reads the journal, of very many replies only the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from engine.journal import Exchange, Journal, pub_ack
from engine.message import Headers, Message
from engine.rpc.message import REPLY_TO, SERVICE_ERROR, SERVICE_ERROR_CODE

_LOOKED_AT = 8
"""Replies that are searched for evidence: what decides is always among the first."""
_SEARCHED = 1000
"""Replies among which errors are looked for."""
_MARK = f"\r\n{SERVICE_ERROR}".encode()
"""What the header block of every service error has in it."""


def first_replies(exchange: Exchange, journal: Journal) -> list[Message]:
    """Those that are still held, of very many the first."""
    numbers = (one for one in exchange.replies if one in journal)
    return [journal.message(one) for one in islice(numbers, _LOOKED_AT)]


def answers(exchange: Exchange, journal: Journal) -> list[Message]:
    """The first replies that are more than an acknowledgement or a status, or else all."""
    return replied(exchange, journal) or first_replies(exchange, journal)


def replied(exchange: Exchange, journal: Journal) -> list[Message]:
    """The first replies that are more than a stream's acknowledgement or a status."""
    replies = first_replies(exchange, journal)
    return [one for one in replies if not one.status and pub_ack(one.body) is None]


def asked_in_stream(request: Message) -> bool:
    """True when it says itself where its answer goes: who reads it from a stream sees only that.

    It need not name the stream: by a mapping or an import that may be any.
    """
    return REPLY_TO in request.headers


def stored(exchange: Exchange, journal: Journal) -> tuple[str, int, str] | None:
    """Stream, sequence and, if it did not store, the server's words."""
    for reply in first_replies(exchange, journal):
        fields = None if reply.head else pub_ack(reply.body)
        if fields is not None:
            error = fields.get("error")
            words = str(error.get("description", "")) if isinstance(error, dict) else ""
            return str(fields["stream"]), int(str(fields["seq"])), words
    return None


def failure(exchange: Exchange, journal: Journal) -> tuple[str, str]:
    """Code and words of the service error; both may be empty."""
    headers = next((one.headers for one in failures(exchange, journal)), Headers())
    return headers.get(SERVICE_ERROR_CODE, ""), headers.get(SERVICE_ERROR, "")


def failures(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    """The replies that are service errors, among the first of very many."""
    for number in exchange.replies[:_SEARCHED]:
        if number in journal and _MARK in (reply := journal.message(number)).head:
            yield reply
