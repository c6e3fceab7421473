"""Late: the answer came when nobody waited for it any more."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.replies import asked_in_stream, stored
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency, latency_beyond
from engine.journal import Exchange
from engine.latency_words import span
from engine.link.events import Happening

from .rule import rule

WAIT_LONGER = "Wait longer than the service takes, or make it faster."
OUT_OF_THE_STREAM = (
    "Wait longer, or make the service faster; and keep the subject out of the stream: "
    "other clients take the acknowledgement for the answer."
)
HANDLED = "A service has handled it: ask again only if doing it twice does no harm."
WAIT_TO_THE_END = "Ask again, and wait for the answer."
NEARLY_SHARE = 0.99
"""Of the timeout: who waited so long waited to the end."""
SLOWER = "The service answers, but later than the timeout allows."


@rule(Situation.LATE)
def late_after_ack(case: Case) -> Diagnosis | None:
    ack = stored(case)
    if ack is None or asked_in_stream(case.request):
        return None
    before = f"; stream {ack.stream} had acknowledged the request before"
    return _late(case, Cause.LATE_AFTER_ACK, OUT_OF_THE_STREAM, before)


@rule(Situation.LATE)
def late(case: Case) -> Diagnosis:
    return _late(case, Cause.LATE, WAIT_LONGER)


@rule(Situation.LATE)
def after_the_end(case: Case) -> Diagnosis | None:
    """natstap stopped waiting before the timeout: by itself, or because the connection went."""
    exchange = case.exchange
    timeout, ended = exchange.timeout, exchange.ended
    if timeout is None or ended is None or ended - exchange.started > timeout * NEARLY_SHARE:
        return None
    waited, came = span(ended - exchange.started), latency(exchange)
    if any(note.why.startswith(Happening.LOST) for note in _before(case)):
        return Diagnosis(
            Cause.AFTER_RECONNECT,
            f"The connection was lost {waited} after the request; the answer still came, "
            f"after {came}.",
            HANDLED,
            Tone.WARN,
        )
    return Diagnosis(
        Cause.AFTER_CANCEL,
        f"natstap stopped waiting after {waited}; the answer came after {came}.",
        WAIT_TO_THE_END,
        Tone.WARN,
    )


def _before(case: Case) -> list[Exchange]:
    """What happened to the connection between the request and its answer."""
    begin, end = case.exchange.started, case.exchange.answered or 0
    return [note for note in case.notes if begin <= note.started <= end]


def _late(case: Case, cause: Cause, advice: str, before: str = "") -> Diagnosis:
    by = latency_beyond(case.exchange, case.waited)
    return Diagnosis(
        cause,
        f"Answered {by} too late: after {latency(case.exchange)}, "
        f"and you waited {span(case.waited)}{before}.",
        advice,
        Tone.WARN,
        detail=SLOWER,
    )
