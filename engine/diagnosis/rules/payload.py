"""Payload: the server closed the connection over a message that is larger than it takes."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import octets

from .rule import rule

SEND_LESS = "Send less, or raise max_payload on the server again."
_VIOLATION = "maximum payload violation"


@rule(Situation.LINK_LOST, Situation.PUBLISHED)
def payload_lowered(case: Case) -> Diagnosis | None:
    """natstap sends nothing above the limit that it knows, so the limit was another then."""
    size = len(case.request.head) + len(case.request.body)
    said = any(_VIOLATION in note.why.lower() for note in case.notes)
    if not case.request.sent or not said or (case.max_payload and size <= case.max_payload):
        return None
    now = f" {octets(case.max_payload)}" if case.max_payload else " less"
    return Diagnosis(
        Cause.TOO_LARGE,
        f"The server closed the connection over this message of {octets(size)}: it takes{now} now "
        "(max_payload), and has lowered that since natstap connected.",
        SEND_LESS,
    )
