"""Left unanswered: natstap's own responder got it, and sends no reply on purpose."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation

from .rule import rule


@rule(Situation.WAITING, Situation.TIMED_OUT, Situation.OVERDUE)
def left_unanswered(case: Case) -> Diagnosis | None:
    if not case.left:
        return None
    return Diagnosis(
        Cause.LEFT_UNANSWERED,
        f"natstap's own responder got it on {case.subject} and sends no reply: {case.left}.",
        "Change the responder: its rate limit, its number of requests, or how often it is silent.",
    )
