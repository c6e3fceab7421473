"""Answered, and the answer or the request breaks the schema that it has to keep."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency

from .rule import rule

ADVICE = "Correct who wrote it, or the schema: ~!valid finds all like it."


@rule(Situation.ANSWERED)
def breaks_schema(case: Case) -> Diagnosis | None:
    """Not where more is wrong with the answer than its shape."""
    if not case.heard.breach:
        return None
    return Diagnosis(
        Cause.BREAKS_SCHEMA,
        f"Answered in {latency(case.exchange)}, and breaks its schema: {case.heard.breach}.",
        ADVICE,
        Tone.WARN,
    )
