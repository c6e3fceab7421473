"""Unlike the answered: other requests on the subject were answered, and this one differs.

What the journal holds of others is compared; why a service drops a request, only its log says.
"""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.message import Message
from engine.words import counted, octets, short

from .rule import rule

TIMES_LARGER = 4
"""Times that a request is larger than all that were answered before its size is worth a word."""
MIN_LARGE = 16_384
"""Bytes below which nobody drops a message for its size."""
MAX_HEADERS = 3
_EVERYBODYS = ("nats-", "traceparent", "tracestate", "content-type", "correlation_id", "reply_to")
"""Beginnings of headers that say nothing of what a service wants."""
ADD_IT = "Ask with the same header. natstap cannot tell whether the service needs it."
SMALLER = (
    "Ask with a smaller body. natstap cannot tell whether something on the way drops large "
    "messages, or the service does."
)


@rule(Situation.TIMED_OUT)
def header_missing(case: Case) -> Diagnosis | None:
    """All that were answered carry a header that this request does not."""
    if not case.neighbours:
        return None
    common = set.intersection(*(_telling(neighbour) for neighbour in case.neighbours))
    missing = sorted(common - _telling(case.request))[:MAX_HEADERS]
    if not missing:
        return None
    which = ", ".join(map(short, missing))
    many = counted(len(case.neighbours), "request")
    verb = "was answered carries" if len(case.neighbours) == 1 else "were answered carry"
    return Diagnosis(
        Cause.HEADER_MISSING,
        f"No answer within {span(case.waited)}: {many} on {case.subject} that {verb} "
        f"{which}, and this one does not.",
        ADD_IT,
    )


@rule(Situation.TIMED_OUT)
def larger_than_answered(case: Case) -> Diagnosis | None:
    size = _size(case.request)
    answered = max(map(_size, case.neighbours), default=0)
    if not case.neighbours or size < MIN_LARGE or size < TIMES_LARGER * answered:
        return None
    return Diagnosis(
        Cause.LARGER_THAN_ANSWERED,
        f"No answer within {span(case.waited)}: requests of up to {octets(answered)} were answered "
        f"on {case.subject}, and this one has {octets(size)}.",
        SMALLER,
    )


def _telling(message: Message) -> set[str]:
    return {header for header in message.headers if not header.lower().startswith(_EVERYBODYS)}


def _size(message: Message) -> int:
    return len(message.head) + len(message.body)
