"""The service answered, and its answer is an error; or a stream refused to store."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.replies import failure, replies_of, stored
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency

from .rule import rule

STREAMS_WORDS = "The stream's words say what to change."
LOOK_INTO_IT = "Look into the service: it got the request, and refused or failed."


@rule(Situation.SERVICE_ERROR, Situation.STATUS)
def not_stored(case: Case) -> Diagnosis | None:
    ack = stored(case)
    if ack is None or not ack.problem:
        return None
    return Diagnosis(
        Cause.NOT_STORED, f"Stream {ack.stream} did not store this: {ack.problem}.", STREAMS_WORDS
    )


@rule(Situation.SERVICE_ERROR)
def some_failed(case: Case) -> Diagnosis | None:
    """Of several replies at least one is an error."""
    exchange, failed = case.exchange, len(case.errors)
    count = len(exchange.replies)
    if exchange.wanted == 1 or count < 2:
        return None
    of = replies_of(count, exchange.wanted if exchange.wanted > count else 0)
    verb = "is" if failed == 1 else "are errors, the first"
    return Diagnosis(
        Cause.SERVICE_ERROR,
        f"{failed:,} of {count:,} replies {verb} {_error(case)}.",
        LOOK_INTO_IT,
        detail=f"{of} came, the first after {latency(exchange)}.",
    )


@rule(Situation.SERVICE_ERROR)
def service_error(case: Case) -> Diagnosis:
    after = latency(case.exchange)
    return Diagnosis(
        Cause.SERVICE_ERROR,
        f"The service answered with {_error(case)}.",
        LOOK_INTO_IT,
        detail=f"It answered after {after}: the request and the answer got through.",
    )


def _error(case: Case) -> str:
    code, words = failure(case)
    numbered = f"error {code}" if code else "an error"
    return f"{numbered}: {words.rstrip('.')}" if words else numbered
