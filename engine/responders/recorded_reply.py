"""Reply drafts of what was seen: answer as an exchange was answered."""

from __future__ import annotations

from engine.drafts.draft import Pairs, content_type
from engine.errors import InvalidInput
from engine.journal import Exchange, ExchangeKind, Journal, State, pub_ack
from engine.latency_words import settled
from engine.message import Message
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, SERVICE_ERROR, SERVICE_ERROR_CODE

from .behaviour import Recipe
from .reply import ReplyDraft

SLOW_SECONDS = 0.1
"""Seconds from which on a delay, or a pause between replies, is repeated too."""
_OF_ONE_SENDING = (CORRELATION_ID, SERVICE_ERROR, SERVICE_ERROR_CODE, "traceparent", "tracestate")
_TRACE = "Nats-Trace-"


def recorded_reply(journal: Journal, number: int) -> ReplyDraft:
    """A responder on the exchange's subject that does to others what was done there.

    Nothing in it is a template. Raises KeyError when the exchange fell out of the journal, and
    `InvalidInput` when it is none that could have been answered.
    """
    exchange = journal.exchange(number)
    if exchange.kind is not ExchangeKind.REQUEST:
        raise InvalidInput("only a request has an answer that can be repeated")
    if exchange.state is State.NO_RESPONDERS:
        return ReplyDraft(exchange.subject, Recipe.NO_RESPONDERS)
    answers = _answers(journal, exchange)
    if not answers:
        return ReplyDraft(exchange.subject, Recipe.CANNED, no_reply=True)
    return _repeated(exchange, answers)


def _answers(journal: Journal, exchange: Exchange) -> list[Message]:
    """What a service said; neither statuses nor acknowledgements of streams."""
    messages = (journal.message(reply) for reply in exchange.replies if reply in journal)
    return [
        message
        for message in messages
        if not message.status and (message.headers.pairs or not pub_ack(message.body))
    ]


def _repeated(exchange: Exchange, answers: list[Message]) -> ReplyDraft:
    marked = len(answers) > 1 and not answers[-1].body
    bodies = [answer.body for answer in (answers[:-1] if marked else answers)]
    first = answers[0].headers
    failing = SERVICE_ERROR in first or SERVICE_ERROR_CODE in first
    least, _ = settled(*(exchange.latency_bounds or (0.0, 0.0)), own=exchange.own)
    delay = _lasting(least)
    apart = (answers[-1].at - answers[0].at) / max(1, len(answers) - 1)
    return ReplyDraft(
        exchange.subject,
        Recipe.FAILING if failing else Recipe.CANNED,
        bodies[0],
        _headers(answers[0]),
        least_delay=delay,
        most_delay=delay,
        error=first.get(SERVICE_ERROR, ""),
        error_code=first.get(SERVICE_ERROR_CODE, ""),
        more=tuple(bodies[1:]) if len(set(bodies)) > 1 else (),
        replies=len(bodies),
        pause=_lasting(apart),
        end_mark=marked,
    )


def _lasting(seconds: float) -> float:
    return round(seconds, 3) if seconds >= SLOW_SECONDS else 0.0


def _headers(answer: Message) -> Pairs:
    """Without those of that one sending, and a content-type that is no news."""
    guessed = (CONTENT_TYPE, content_type(answer.body) if answer.body else "")
    return tuple(
        pair
        for pair in answer.headers.pairs
        if pair[0] not in _OF_ONE_SENDING and not pair[0].startswith(_TRACE) and pair != guessed
    )
