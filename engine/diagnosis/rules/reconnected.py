"""Reconnected: the client that listened lost its connection, and is back on another one."""

from __future__ import annotations

from engine.clients.activity import Presence
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import name
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import octets

from .rule import rule

CANNOT_TELL_WHY = (
    "natstap cannot tell whether it crashed, restarted, or was cut off over an answer above "
    "max_payload{limit}. Look at its log and the server's."
)


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY, Fact.BEFORE))
def reconnected(case: Case) -> Diagnosis | None:
    for activity in known(case.activity):
        if (
            activity.presence is Presence.RETURNED
            and activity.earlier is not None
            and not activity.received
        ):
            limit = f" ({octets(case.max_payload)})" if case.max_payload else ""
            return Diagnosis(
                Cause.RECONNECTED,
                f"{name(activity.earlier)} lost its connection about that time, and a client of "
                f"that name came as cid {activity.listener.cid}.",
                CANNOT_TELL_WHY.format(limit=limit),
            )
    return None
