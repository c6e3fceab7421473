"""What asks nobody anything: a publish, a stream's delivery, a reply without its request."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.subject import beyond
from engine.words import short

from .no_responders import DEAD, START
from .rule import rule

NO_REPLY_SUBJECT = "It names no reply subject, so nothing can come back."
NOT_SEEN = "The request was sent before natstap watched, or where natstap does not watch."
WATCH_TOO = "Watch the subjects that it asks on as well: then natstap shows the two as one."
NO_ACK = "No acknowledgement has been seen."
CONNECTION = "Something that happened to the connection."
A_503 = "This is not an answer: it has an empty body and status 503."


@rule(Situation.PUBLISHED)
def published(case: Case) -> Diagnosis:
    return _told(f"Published to {case.subject}.", NO_REPLY_SUBJECT)


@rule(Situation.ORPHAN)
def orphan_503(case: Case) -> Diagnosis | None:
    if not case.request.no_responders:
        return None
    about = short(case.request.headers.get(DEAD, "what it asked for"))
    return Diagnosis(
        Cause.NOBODY,
        f"The server says to {case.subject} that nobody listens on {about}.",
        START,
        detail=A_503,
    )


@rule(Situation.ORPHAN)
def to_watched_client(case: Case) -> Diagnosis | None:
    owner = case.heard.owner
    return _told(f"An answer to {owner}.", f"{NOT_SEEN} {WATCH_TOO}") if owner else None


@rule(Situation.ORPHAN)
def orphan(case: Case) -> Diagnosis:
    if place := beyond(case.exchange.subject):
        return _told(f"A reply on its way to a client {place}.", NOT_SEEN, Tone.WARN)
    return _told("A reply to a request that natstap has not seen.", NOT_SEEN, Tone.WARN)


@rule(Situation.DELIVERY)
def delivery(case: Case) -> Diagnosis:
    sentence = f"A stream delivered this message from {case.subject} to a consumer."
    if not case.replies:
        return _told(sentence, NO_ACK)
    said = case.replies[0].body[:16].decode("ascii", "replace") or "+ACK"
    return _told(sentence, f"The consumer said {said} after {latency(case.exchange)}.")


@rule(Situation.NOTE)
def note(case: Case) -> Diagnosis:
    return _told(case.exchange.why or "A note.", CONNECTION)


def _told(sentence: str, detail: str, tone: Tone = Tone.OPEN) -> Diagnosis:
    return Diagnosis(Cause.NO_QUESTION, sentence, tone=tone, detail=detail)
