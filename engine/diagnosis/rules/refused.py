"""Refused: a permission of this user is missing."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import name
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import short

from .rule import rule

PUBLISH = "Give this user the right to publish to the subject, or connect as another."
INBOX = "Set an inbox_prefix that this user may subscribe to, or allow its inbox."
ANSWER = (
    "Give the responder's user allow_responses (with enough max and expires), "
    "or the right to publish to the reply subjects."
)


@rule(Situation.PUBLISHED)
def publish_refused(case: Case) -> Diagnosis | None:
    """A publish that the server refused, which no state shows where no answer is wanted."""
    if not case.request.sent:
        return None
    refusal = f'ermissions Violation for Publish to "{case.exchange.subject}"'
    words = next((note.why for note in case.notes if refusal in note.why), "")
    return _no_right_to_publish(case) if words else None


@rule(Situation.REFUSED)
def answer_refused(case: Case) -> Diagnosis | None:
    """What was refused is natstap's own answer."""
    if not case.exchange.replies:
        return None
    reply = short(case.exchange.reply_subject)
    return Diagnosis(
        Cause.ANSWER_DENIED,
        f"natstap's answer was refused: this user may not publish to {reply}.",
        ANSWER,
        detail=_words(case),
    )


@rule(Situation.WAITING, Situation.TIMED_OUT, Situation.OVERDUE)
def reply_refused(case: Case) -> Diagnosis | None:
    """Another client answered, and the log of natstap's own server tells what became of it."""
    refused = case.heard.refused
    if refused is None:
        return None
    who = next((each for each in case.listeners if each.cid == refused.cid), None)
    return Diagnosis(
        Cause.ANSWER_DENIED,
        f"{name(who) if who else f'The client {refused.cid}'} answered, and the server refused "
        f"its reply: its user may not publish to {short(refused.subject)}.",
        ANSWER,
        detail=f"The server's log says: {refused.said}",
    )


@rule(Situation.REFUSED)
def inbox_refused(case: Case) -> Diagnosis | None:
    return _deaf(case) if "for subscription" in case.exchange.why.lower() else None


@rule(Situation.REFUSED)
def request_refused(case: Case) -> Diagnosis:
    return _no_right_to_publish(case)


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def no_right_to_publish(case: Case) -> Diagnosis | None:
    return _no_right_to_publish(case) if known(case.audience).may_publish is False else None


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def no_right_to_hear(case: Case) -> Diagnosis | None:
    return _deaf(case) if known(case.audience).may_hear_replies is False else None


def _no_right_to_publish(case: Case) -> Diagnosis:
    return Diagnosis(
        Cause.PUBLISH_DENIED,
        f"Permission denied: this user may not publish to {case.subject}.",
        PUBLISH,
        detail=_words(case),
    )


def _deaf(case: Case) -> Diagnosis:
    inbox = short(case.exchange.reply_subject.rpartition(".")[0])
    return Diagnosis(
        Cause.INBOX_DENIED,
        f"natstap cannot hear an answer: this user may not subscribe to its inbox {inbox}.*.",
        INBOX,
        detail=_words(case),
    )


def _words(case: Case) -> str:
    return f"The server says: {case.exchange.why}" if case.exchange.why else ""
