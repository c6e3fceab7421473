"""The connection was lost, or there was none; or natstap stopped waiting."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.latency_words import span

from .rule import rule

WHEN_BACK = "Ask again when the connection is back; nothing was sent."
IF_HARMLESS = "Ask again, if doing it twice does no harm."
TAKEN_BACK = "It was taken back, so it cannot arrive later. Asking again does no harm."
NOT_KNOWN = "natstap does not know whether a service has handled it."


@rule(Situation.LINK_LOST)
def never_sent(case: Case) -> Diagnosis | None:
    """It waited for a server in vain, and was taken back."""
    if "never sent" not in case.exchange.why:
        return None
    return Diagnosis(
        Cause.AWAY,
        f"Never sent: there was no connection within {span(case.exchange.timeout or 0)}.",
        WHEN_BACK,
        detail=TAKEN_BACK,
    )


@rule(Situation.LINK_LOST)
def link_lost(case: Case) -> Diagnosis:
    return Diagnosis(
        Cause.LINK_LOST,
        "The connection was lost while this request was in flight.",
        IF_HARMLESS,
        detail=NOT_KNOWN,
    )


@rule(Situation.CANCELLED)
def cancelled(case: Case) -> Diagnosis:
    after = latency(case.exchange)
    return Diagnosis(
        Cause.CANCELLED,
        f"natstap stopped waiting after {after}, before an answer came.",
        tone=Tone.OPEN,
    )
