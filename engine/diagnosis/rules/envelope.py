"""The envelope of a framework: one that a service expects and did not get, an error inside one."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.cause import Cause
from engine.diagnosis.envelopes import asks_in_envelope
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.service_failures import body_error
from engine.words import short

from .rule import rule

WRAP = 'Ask as the framework does: {"pattern": subject, "data": body, "id": any}.'
READ = "Read the reply's body: a client that only looks at the headers takes it for a success."


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def missing_envelope(case: Case) -> Diagnosis | None:
    """Others ask here in an envelope, and this request has none."""
    if asks_in_envelope(case.request.body):
        return None
    if not any(asks_in_envelope(neighbour.body) for neighbour in case.asked_too):
        return None
    return Diagnosis(
        Cause.ENVELOPE,
        f"Other requests on {case.subject} have an envelope with pattern, data and id; "
        "this one has none.",
        WRAP,
    )


@rule(Situation.ANSWERED, Situation.STATUS)
def hidden_error(case: Case) -> Diagnosis | None:
    """A framework's error, which no header shows."""
    for reply in case.replies:
        said = body_error(reply.body)
        if said is not None:
            words = short(said).rstrip(".")
            return Diagnosis(
                Cause.HIDDEN_ERROR, f"The answer's body is a framework's error: {words}.", READ
            )
    return None
