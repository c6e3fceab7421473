"""Onward: the service asked another one, and that is where no answer comes from."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.journal import State
from engine.latency_words import span
from engine.words import short

from .rule import rule

LOOK_THERE = "Find out why that request was not answered: choose it in the list."
_OPEN = (State.WAITING, State.NO_RESPONDERS)


@rule(Situation.TIMED_OUT)
def waits_for_another(case: Case) -> Diagnosis | None:
    """As far as natstap saw it, by the correlation id that both carry."""
    stuck = [exchange for exchange in case.onward if exchange.state in _OPEN]
    if not stuck:
        return None
    last = stuck[-1]
    why = "nobody listens there" if last.state is State.NO_RESPONDERS else "no answer was seen"
    return Diagnosis(
        Cause.ASKS_ANOTHER,
        f"The service asked {short(last.subject)} with the same correlation id "
        f"{span(last.started - case.exchange.started)} later, and {why}.",
        LOOK_THERE,
    )
