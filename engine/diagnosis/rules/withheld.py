"""Not delivered: somebody listens, and the server does not pass the message on to it."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import begun, listening
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import short

from .rule import rule
from .way_closed import OPEN_THE_WAY

PERMISSIONS = (
    "Change the permissions that deny it the subject: "
    "the listener's own, or those of the leaf node on the way."
)


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def withheld(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    if audience.answering or not audience.withheld:
        return None
    if case.situation is Situation.TIMED_OUT and (audience.streams or audience.imported_from):
        return None
    reason = short(audience.withheld[0].withheld)
    hops = audience.path.withheld if audience.path is not None else ()
    if hops and all(hop.peer == "leaf node" for hop in hops):
        there = short(audience.withheld[0].server)
        return Diagnosis(
            Cause.WITHHELD,
            f"{begun(listening(audience.withheld))} on server {there}, but the leaf node "
            f"connection does not pass {case.subject} on: {reason}.",
            OPEN_THE_WAY,
        )
    return Diagnosis(
        Cause.WITHHELD,
        f"{begun(listening(audience.withheld))}, but the server does not deliver {case.subject} "
        f"to it: {reason}.",
        PERMISSIONS,
    )
