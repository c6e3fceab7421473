"""Late: the answer came when nobody waited for it any more."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.replies import asked_in_stream, stored
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.words import span

from .rule import rule

WAIT_LONGER = "Wait longer than the service takes, or make it faster."
OUT_OF_THE_STREAM = (
    "Wait longer, or make the service faster; and keep the subject out of the stream: "
    "other clients take the acknowledgement for the answer."
)
SLOWER = "The service works, but slower than the timeout allows."


@rule(Situation.LATE)
def late_after_ack(case: Case) -> Diagnosis | None:
    ack = stored(case)
    if ack is None or asked_in_stream(case.request):
        return None
    before = f"; stream {ack.stream} had acknowledged the request before"
    return _late(case, Cause.LATE_AFTER_ACK, OUT_OF_THE_STREAM, before)


@rule(Situation.LATE)
def late(case: Case) -> Diagnosis:
    return _late(case, Cause.LATE, WAIT_LONGER)


def _late(case: Case, cause: Cause, advice: str, before: str = "") -> Diagnosis:
    by = span((case.exchange.latency or 0) - case.waited)
    return Diagnosis(
        cause,
        f"Answered {by} too late: after {latency(case.exchange)}, "
        f"and you waited {span(case.waited)}{before}.",
        advice,
        Tone.WARN,
        detail=SLOWER,
    )
