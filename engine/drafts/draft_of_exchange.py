"""Drafts of what was seen: the message that began an exchange, to be sent again."""

from __future__ import annotations

from typing import Any

from engine.journal import SENT, Exchange, Journal
from engine.message import Message
from engine.rpc.ids import new_short_id
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, EXPECTED_STREAM, REPLY_TO
from engine.tracing.trace import TRACE_DEST, TRACE_ONLY

from .draft import TIMEOUT, Draft, Kind, Pairs
from .renewed_headers import renewed


def recorded_draft(journal: Journal, number: int) -> Draft:
    """The message that began an exchange; raises KeyError when it fell out of the journal.

    Nothing in it is a template: braces mean themselves. Headers that name one message, such as
    a correlation id or `Nats-Msg-Id`, have new values.
    """
    exchange = journal.exchange(number)
    message = journal.message(exchange.number)
    kind = _kind(message, exchange)
    return Draft(
        subject=message.subject,
        body=message.body,
        kind=kind,
        headers=_headers(message, kind),
        timeout=exchange.timeout or TIMEOUT,
        replies=exchange.wanted if kind is Kind.MANY else 0,
        reply_to=_reply_to(message, kind),
        stream=message.headers.get(EXPECTED_STREAM, "") if kind.streamed else "",
        **correlation_anew(message),
    )


def correlation_anew(message: Message) -> dict[str, Any]:
    """Fields of a draft so that it has another correlation id if the message has one, and no
    header that the message has not.
    """
    if CORRELATION_ID not in message.headers:
        return {"adds_headers": False}
    typed = any(name.lower() == CONTENT_TYPE for name in message.headers)
    if typed or not message.body:
        return {"adds_headers": True}
    return {"adds_headers": False, "correlation_id": new_short_id()}


def _headers(message: Message, kind: Kind) -> Pairs:
    """Without those that the next sending gets anew."""
    anew = {CORRELATION_ID}
    if TRACE_ONLY not in message.headers:
        anew.add(TRACE_DEST)  # without it, a dry run would be delivered
    if kind.streamed:
        anew |= {EXPECTED_STREAM, REPLY_TO}
    return renewed(pair for pair in message.headers.pairs if pair[0] not in anew)


def _kind(message: Message, exchange: Exchange) -> Kind:
    """For a stream the reply subject hears the acknowledgement; a header says who hears more."""
    if not message.reply or (message.source == SENT and not exchange.own):
        return Kind.PUBLISH
    if exchange.to_store or EXPECTED_STREAM in message.headers:
        own_inbox = message.reply.partition(".")[0] + "."
        asks = message.headers.get(REPLY_TO, "").startswith(own_inbox)
        return Kind.STREAM_REQUEST if asks else Kind.STREAM_PUBLISH
    return Kind.REQUEST if exchange.wanted == 1 else Kind.MANY


def _reply_to(message: Message, kind: Kind) -> str:
    if kind is Kind.STREAM_PUBLISH:
        return message.headers.get(REPLY_TO, "")
    return message.reply if kind is Kind.PUBLISH else ""
