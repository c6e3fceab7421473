"""The server itself does not respond, so nothing that it did not say means anything."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import short

from .rule import rule

CHECK_THE_SERVER = (
    "Check the server and the network to it. natstap does not know whether the request got there."
)


@rule(Situation.TIMED_OUT, needs=(Fact.SERVER,))
def server_silent(case: Case) -> Diagnosis | None:
    if case.server_answers is not False:
        return None
    return Diagnosis(
        Cause.SERVER_SILENT,
        f"Server {short(case.server)} does not respond: it did not answer a PING either.",
        CHECK_THE_SERVER,
    )
