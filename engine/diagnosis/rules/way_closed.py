"""The way is closed: somebody listens on another server, and the message is not passed on there."""

from __future__ import annotations

from engine.audience.delivery_check import is_cut_off
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import short

from .rule import rule

OPEN_THE_WAY = (
    "Check deny_exports and deny_imports of the leaf node between the two, "
    "and the permissions of its user."
)


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def way_closed(case: Case) -> Diagnosis | None:
    """A dry run of now reaches none of those who listen, and none of their servers."""
    audience = known(case.audience)
    path = audience.path
    if path is None:
        return None
    beyond = [listener for listener in audience.withheld if is_cut_off(listener, path)]
    if not beyond or audience.answering:
        return None
    here, there = short(path.servers[-1]), short(beyond[0].server)
    return Diagnosis(
        Cause.WAY_CLOSED,
        f"{listening(beyond)} on server {there}, "
        f"but server {here} does not pass {case.subject} on.",
        OPEN_THE_WAY,
    )
