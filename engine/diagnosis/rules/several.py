"""Several replies were wanted, and not all have come."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import names
from engine.diagnosis.replies import replies_of
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.words import counted, span

from .rule import rule
from .silent import AGAIN, ITS_LOG

WANT_FEWER = "Want as many replies as there are responders, or end at a quiet gap."
RESPONSE_TYPE = "Give the export response_type: stream, if every responder's reply is wanted."


@rule(Situation.PARTLY)
def more_may_come(case: Case) -> Diagnosis | None:
    if case.exchange.ended is not None:
        return None
    of = replies_of(len(case.exchange.replies), case.exchange.wanted)
    have = "has" if of == "1 reply" else "have"
    return Diagnosis(
        Cause.OPEN,
        f"{of} {have} come, the first after {latency(case.exchange)}.",
        tone=Tone.OPEN,
    )


@rule(Situation.PARTLY, needs=(Fact.AUDIENCE,))
def one_per_export(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    if not audience.imported_from or len(case.exchange.replies) != 1 or audience.replies == 1:
        return None
    return _few(
        case,
        Cause.ONE_PER_EXPORT,
        RESPONSE_TYPE,
        f": account {audience.imported_from[0]} answers, and an export lets one reply per "
        "request through, unless its response_type says more",
    )


@rule(Situation.PARTLY, needs=(Fact.LISTENERS,))
def all_gone(case: Case) -> Diagnosis | None:
    if known(case.audience).replies:
        return None
    gone = f"whoever answered is gone, for nobody listens on {case.subject} now"
    return _few(case, Cause.GONE, AGAIN, f": {gone}")


@rule(Situation.PARTLY, needs=(Fact.LISTENERS,))
def fewer_than_listen(case: Case) -> Diagnosis:
    could = known(case.audience).replies
    expected = f"{counted(could, 'reply', 'replies')} can be expected, from {names(case.listeners)}"
    if could >= case.exchange.wanted > 0:
        rest = f": {expected}, so somebody there keeps silent"
        return _few(case, Cause.SILENT, ITS_LOG, rest)
    return _few(case, Cause.TOO_FEW, WANT_FEWER, f": {expected}")


@rule(Situation.PARTLY)
def too_few(case: Case) -> Diagnosis:
    return _few(case, Cause.TOO_FEW, WANT_FEWER)


def _few(case: Case, cause: Cause, advice: str, why: str = "") -> Diagnosis:
    of = replies_of(len(case.exchange.replies), case.exchange.wanted)
    sentence = f"Only {of} came within {span(case.waited)}{why}."
    return Diagnosis(cause, sentence, advice, Tone.WARN)
