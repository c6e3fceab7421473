"""No answer: who was there and is gone, and who is there and says nothing."""

from __future__ import annotations

from engine.clients.listeners import Listener
from engine.diagnosis.ages import connected_after
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import begun, listening, name, names
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.words import counted

from .rule import rule

AGAIN = "Check whether the service crashed or restarted over this request, and ask again."
ITS_LOG = (
    "Look at its log: it is stuck, slower than the timeout, fails without answering, "
    "only watches, or may not publish to the reply subject (allow_responses)."
)


@rule(Situation.TIMED_OUT, needs=(Fact.LISTENERS, Fact.BEFORE))
def left(case: Case) -> Diagnosis | None:
    """Who was there when it was asked, and is no more, may have taken the request along."""
    audience = known(case.audience)
    here = {(listener.server, listener.cid) for listener in audience.listeners}
    seen = [
        listener
        for listener in known(case.before).answering
        if listener.counted and not listener.leaf
    ]
    gone = [listener for listener in seen if (listener.server, listener.cid) not in here]
    if not gone:
        return None
    are = "is" if len(set(map(name, gone))) == 1 else "are"
    now = listening(audience.answering) if audience.answering else "nobody listens"
    return Diagnosis(
        Cause.GONE,
        f"{names(gone)} listened on {case.subject} before it was asked and {are} gone now, "
        f"maybe with the request; {now} there.",
        AGAIN,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def came_too_late(case: Case) -> Diagnosis | None:
    """Who connected later, or has been sent nothing at all, cannot have been sent this."""
    answering = known(case.audience).answering
    counting = [listener for listener in answering if listener.counted and not listener.leaf]
    if not counting or len(counting) < len(answering):
        return None
    if not all(_cannot_have_got_it(listener, case) for listener in counting):
        return None
    return Diagnosis(
        Cause.GONE,
        f"The client that got the request is gone: {listening(counting)} on {case.subject} now, "
        "and did not get it.",
        AGAIN,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def silent(case: Case) -> Diagnosis | None:
    """Of a queue group, those who have been sent nothing cannot have been chosen."""
    answering = known(case.audience).answering
    there = [listener for listener in answering if not _cannot_have_got_it(listener, case)]
    if not there:
        return None
    sent = there[0].messages if len(there) == 1 and not there[0].leaf else 0
    got = f" and has been sent {counted(sent, 'message')}" if sent else ""
    return Diagnosis(
        Cause.SILENT,
        f"{begun(listening(there))} on {case.subject}{got}, "
        f"but no answer came within {span(case.waited)}.",
        ITS_LOG,
    )


def _cannot_have_got_it(listener: Listener, case: Case) -> bool:
    if not listener.counted or listener.leaf:
        return False
    return not listener.messages or connected_after(listener, case.exchange.started, case)


@rule(Situation.TIMED_OUT, needs=(Fact.LISTENERS,))
def gone(case: Case) -> Diagnosis | None:
    path = known(case.audience).path
    if path is None or not path.complete:
        return None
    return Diagnosis(
        Cause.GONE,
        f"The client that got the request is gone: nobody listens on {case.subject} now.",
        AGAIN,
    )


@rule(Situation.TIMED_OUT)
def no_answer(case: Case) -> Diagnosis:
    """All that is known without asking."""
    return Diagnosis(Cause.UNKNOWN, f"No answer within {span(case.waited)}.")
