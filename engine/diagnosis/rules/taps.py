"""Only taps: nobody answers there, and somebody who only listens hides it."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import names
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation

from .elsewhere import hearing_accounts
from .rule import rule

STOP = "Start the service; stop the tap, if requests must fail at once without one."


@rule(Situation.TIMED_OUT, Situation.WAITING, Situation.OVERDUE, needs=(Fact.LISTENERS,))
def only_taps(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    if case.situation is not Situation.TIMED_OUT and case.exchange.own:
        return None
    if audience.answering or not audience.taps:
        return None
    if audience.streams or audience.imported_from or hearing_accounts(audience):
        return None
    return Diagnosis(
        Cause.ONLY_TAPS,
        f"No service listens on {case.subject}, only {names(audience.taps)}: "
        'so the server did not say "no responders".',
        STOP,
    )
