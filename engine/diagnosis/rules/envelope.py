"""The envelope of a framework: one that a service expects and did not get, an error inside one."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.cause import Cause
from engine.diagnosis.envelopes import answers_in_envelope, asks_in_envelope
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
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


@rule(Situation.ANSWERED)
def hidden_error(case: Case) -> Diagnosis | None:
    """A framework's error, which no header shows."""
    for reply in case.replies:
        fields = answers_in_envelope(reply.body)
        if fields is not None and fields.get("err"):
            said = _words(fields["err"])
            return Diagnosis(
                Cause.HIDDEN_ERROR, f"The answer is an error in an envelope: {said}.", READ
            )
    return None


def _words(error: object) -> str:
    told = error.get("message", error) if isinstance(error, dict) else error
    return short(str(told)).rstrip(".")
