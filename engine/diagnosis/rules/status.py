"""A status instead of an answer: what it says of what was asked."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.jetstream_facts import MSG_NEXT, ApiRequest, read_request
from engine.diagnosis.replies import NO, answers, count_answers, first_word, status_of
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.message import Message
from engine.words import octets, short

from .rule import rule

NOT_FOUND, EXPIRED, CONFLICT = 404, 408, 409
"""Statuses that JetStream answers."""
WORDS = {
    (MSG_NEXT, NOT_FOUND): "No messages for consumer {consumer}.",
    (MSG_NEXT, EXPIRED): "No messages for consumer {consumer} until the pull expired.",
    (MSG_NEXT, CONFLICT): "JetStream ended the pull from consumer {consumer}: {description}.",
    ("DIRECT.GET", NOT_FOUND): "Message not found in stream {stream}.",
    ("STREAM.MSG.GET", NOT_FOUND): "Message not found in stream {stream}.",
}
ADVICE = {
    (MSG_NEXT, NOT_FOUND): "The consumer had nothing to deliver then. Pull again later.",
    (MSG_NEXT, EXPIRED): "Pull again, or let the pull wait longer.",
    ("DIRECT.GET", NOT_FOUND): "Nothing that matches is stored. Check the subject or sequence.",
    ("STREAM.MSG.GET", NOT_FOUND): "Nothing that matches is stored. Check the subject or sequence.",
}
STATUS_WORDS = "The words of the status say what to change."
CHECK_WHAT_WAS_ASKED = "Nothing that matches came. Check what was asked for, or ask again later."
ITS_WORDS = "Look into the service: it got the request and answered with this status."
A_MARK = "It ends the replies, and is not one of them."
EMPTY = "Such a status ends the replies; for a service it may mean that all is well."


@rule(Situation.ANSWERED, Situation.STATUS)
def status(case: Case) -> Diagnosis | None:
    """The first thing that came is a status that says no."""
    first = first_word(case)
    code, description = status_of(first) if first is not None else (0, "")
    if first is None or code < NO or (answers(case) and answers(case)[0] is not first):
        return None
    request = read_request(case.exchange.subject)
    words = WORDS.get((request.verb, code), "") if request is not None else ""
    numbered = " ".join(f"status {code} {short(description)}".split()).rstrip(".")
    if words and request is not None:
        sentence = _filled(words, request, description)
    elif request is not None:
        sentence = f"JetStream answered with {numbered}."
    else:
        sentence = f"The answer is {numbered}."
    return Diagnosis(
        Cause.STATUS,
        sentence,
        ADVICE.get((request.verb, code), STATUS_WORDS) if request is not None else ITS_WORDS,
        Tone.WARN if words else Tone.BAD,
        detail=_body(first),
    )


@rule(Situation.ANSWERED, Situation.STATUS)
def status_among_several(case: Case) -> Diagnosis | None:
    """Of several replies at least one is a service's status that says no."""
    said = [status_of(reply) for reply in answers(case)]
    bad = [(code, description) for code, description in said if code >= NO]
    if case.exchange.wanted == 1 or len(said) < 2 or not bad:
        return None
    code, description = bad[0]
    numbered = " ".join(f"status {code} {short(description)}".split()).rstrip(".")
    verb = "has" if len(bad) == 1 else "have an error status, the first"
    return Diagnosis(
        Cause.STATUS,
        f"{len(bad):,} of {count_answers(case):,} replies {verb} {numbered}.",
        ITS_WORDS,
    )


@rule(Situation.STATUS)
def some_status(case: Case) -> Diagnosis:
    """The journal calls it an error, and what came first does not say which."""
    return Diagnosis(Cause.STATUS, "The answer is an error.", ITS_WORDS)


@rule(Situation.ANSWERED)
def only_end_mark(case: Case) -> Diagnosis | None:
    """Nothing came but the mark that ends the replies."""
    first = first_word(case)
    if first is None or answers(case) or not 200 <= first.status < 300:
        return None
    numbered = " ".join(f"status {first.status} {short(first.description)}".split())
    if read_request(case.exchange.subject) is None:
        said = f"Nothing came but an empty reply with {numbered}."
        return Diagnosis(Cause.NO_MESSAGES, said, tone=Tone.WARN, detail=EMPTY)
    return Diagnosis(
        Cause.NO_MESSAGES,
        f"No messages: only the end mark came ({numbered}).",
        CHECK_WHAT_WAS_ASKED,
        Tone.WARN,
        detail=A_MARK,
    )


def _filled(words: str, request: ApiRequest, description: str) -> str:
    return words.format(
        consumer=short(request.consumer),
        stream=short(request.stream),
        description=short(description).rstrip(".") or "it gave no reason",
    )


def _body(reply: Message) -> str:
    return f"The reply has a body of {octets(len(reply.body))}." if reply.body else ""
