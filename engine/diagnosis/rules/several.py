"""Several replies were wanted, and not all have come."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import names
from engine.diagnosis.replies import count_answers, replies_of
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.journal import ExchangeKind
from engine.latency_words import span
from engine.words import counted

from .not_reading import MAKE_IT_READ, MIN_PENDING, not_read
from .rule import rule
from .silent import AGAIN, ITS_LOG

WANT_FEWER = "Ask for as many replies as there are responders, or end at a quiet gap."
RESPONSE_TYPE = "Give the export response_type: stream, if every responder's reply is wanted."


MAX_CANDIDATES = 8
"""Listeners that are named when one of them did not answer."""
ENDED = (Situation.PARTLY, Situation.ANSWERED)
"""When several were wanted, and natstap does not wait any more."""


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
        f": the export of account {audience.imported_from[0]} lets one reply per request through",
    )


@rule(Situation.PARTLY, needs=(Fact.LISTENERS,))
def all_gone(case: Case) -> Diagnosis | None:
    if known(case.audience).replies:
        return None
    return _few(case, Cause.GONE, AGAIN, f": nobody listens on {case.subject} now")


@rule(*ENDED, needs=(Fact.LISTENERS, Fact.ACTIVITY))
def silent_one(case: Case) -> Diagnosis | None:
    """Who got the request and has published nothing since is the one that is missing."""
    if _missing(case) <= 0:
        return None
    silent = [
        acted.listener
        for acted in known(case.activity)
        if acted.received and acted.published == 0 and not acted.listener.tap
    ]
    if not silent:
        return None
    if stuck := [listener for listener in silent if listener.counters.pending >= MIN_PENDING]:
        return _few(case, Cause.NOT_READING, MAKE_IT_READ, f": {not_read(stuck[0])}")
    got = "got it and has" if len(silent) == 1 else "got it and have"
    return _few(case, Cause.SILENT, ITS_LOG, f": {names(silent)} {got} published nothing since")


@rule(*ENDED, needs=(Fact.LISTENERS,))
def somebody_silent(case: Case) -> Diagnosis | None:
    """As many listen as were wanted, or more than answered."""
    if _missing(case) <= 0:
        return None
    listen = f"{names(case.listeners, MAX_CANDIDATES)} listen, and not all of them answered"
    return _few(case, Cause.SILENT, ITS_LOG, f": {listen}")


@rule(*ENDED, needs=(Fact.LISTENERS,))
def fewer_listen(case: Case) -> Diagnosis | None:
    """Fewer listen than replies were wanted."""
    if not _too_few(case):
        return None
    could = known(case.audience).replies
    expected = f"{counted(could, 'reply', 'replies')} can be expected, from {names(case.listeners)}"
    return _few(case, Cause.TOO_FEW, WANT_FEWER, f": {expected}")


@rule(*ENDED)
def too_few(case: Case) -> Diagnosis | None:
    return _few(case, Cause.TOO_FEW, WANT_FEWER) if _too_few(case) else None


@rule(Situation.PARTLY)
def partly(case: Case) -> Diagnosis:
    """All that came, when nobody said how many that would be."""
    return _few(case, Cause.TOO_FEW, WANT_FEWER)


def _too_few(case: Case) -> bool:
    return 0 < count_answers(case) < case.exchange.wanted


def _missing(case: Case) -> int:
    """How many more replies could have come than did, and were wanted."""
    exchange, count = case.exchange, count_answers(case)
    could = known(case.audience).replies
    if exchange.wanted == 1 or not count or exchange.kind is not ExchangeKind.REQUEST:
        return 0
    return min(could, exchange.wanted or could) - count


def _few(case: Case, cause: Cause, advice: str, why: str = "") -> Diagnosis:
    of = replies_of(count_answers(case), case.exchange.wanted)
    within = f" within {span(case.waited)}" if case.situation is Situation.PARTLY else ""
    return Diagnosis(cause, f"Only {of} came{within}{why}.", advice, Tone.WARN)
