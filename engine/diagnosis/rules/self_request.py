"""Self-request: the one who asks is the only one who would answer, and has no hand free."""

from __future__ import annotations

from engine.audience.audience import Audience
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import name
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation

from .rule import rule

OTHERS = "Let another connection ask, or give the responder more workers."


@rule(Situation.TIMED_OUT, needs=(Fact.LISTENERS,))
def natstap_asked_itself(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    waiting = _waiting_in_line(case, audience)
    if not _is_one_client(audience) or not case.exchange.own or waiting <= 0:
        return None
    line = "1 request waits" if waiting == 1 else f"{waiting:,} requests wait"
    return Diagnosis(
        Cause.SELF_REQUEST,
        f"natstap asked itself: nobody else listens on {case.subject}, "
        f"and {line} for a free worker.",
        OTHERS,
    )


@rule(
    Situation.TIMED_OUT,
    Situation.WAITING,
    Situation.OVERDUE,
    needs=(Fact.LISTENERS, Fact.ASKERS),
)
def client_asked_itself(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    asking = {(asker.server, asker.cid) for asker in known(case.askers) if not asker.tap}
    if case.exchange.own or not _is_one_client(audience) or _clients(audience) != asking:
        return None
    who = name(audience.answering[0])
    return Diagnosis(
        Cause.SELF_REQUEST,
        f"{who} asked itself: nobody else listens on {case.subject}, and it has not answered.",
        OTHERS,
    )


def _clients(audience: Audience) -> set[tuple[str, int]]:
    return {(listener.server, listener.cid) for listener in audience.answering}


def _is_one_client(audience: Audience) -> bool:
    return len(_clients(audience)) == 1


def _waiting_in_line(case: Case, audience: Audience) -> int:
    """Requests that natstap's own responders were sent and no worker has begun."""
    sent = sum(listener.messages for listener in audience.answering if listener.own)
    return sent - sum(hosted.served for hosted in case.hosted) if case.hosted else 0
