"""Only taps: nobody answers there, and somebody who only listens hides it."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import names
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation

from .elsewhere import hearing_accounts
from .rule import rule

STOP = "Start the service; and stop the tap, if failing at once matters."


@rule(Situation.TIMED_OUT, Situation.WAITING, Situation.OVERDUE, needs=(Fact.LISTENERS,))
def only_taps(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    if case.situation is not Situation.TIMED_OUT and case.exchange.own:
        return None
    if audience.answering or not audience.taps:
        return None
    if audience.streams or audience.imported_from or hearing_accounts(audience):
        return None
    verb = "only listens" if len(audience.taps) == 1 else "only listen"
    return Diagnosis(
        Cause.ONLY_TAPS,
        f"Nobody answers on {case.subject}: {names(audience.taps)} {verb}, and that alone keeps "
        "the server from saying at once that there are no responders.",
        STOP,
    )
