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

LOG = (
    "Look at its log and the server's: a crash, a restart, a link that broke, or an answer above "
    "max_payload, for which the server closes the connection."
)


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY, Fact.BEFORE))
def reconnected(case: Case) -> Diagnosis | None:
    for one in known(case.activity):
        if one.presence is Presence.RETURNED and one.earlier is not None and not one.received:
            limit = f" ({octets(case.max_payload)})" if case.max_payload else ""
            return Diagnosis(
                Cause.RECONNECTED,
                f"{name(one.earlier)} lost its connection about that time and is back as cid "
                f"{one.listener.cid}; natstap cannot tell whether it restarted, or its answer was "
                f"above max_payload{limit}.",
                LOG,
            )
    return None
