"""Waiting: no answer yet, or none that natstap has seen."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.words import short

from .no_responders import START
from .rule import rule
from .silent import ITS_LOG

SEEN = "has been seen"
"""Where a sentence says of an answer that there was none; what shows it adds for how long."""
SUBSCRIBE_FIRST = "Subscribe to the reply subject before asking."
WITHOUT_THE_WATCH = (
    'Without the watch the server would have said "no responders" to the asker at once. '
    "Start the service, or stop the watch."
)
UNHEARD = (
    "The answer goes to the asker's inbox, where natstap did not listen at that moment. "
    "When the same client asks again, natstap hears the answer."
)
ASK_THE_SERVERS = "Press v: natstap asks the servers who listens there."
LISTENED = "natstap listens where the answer has to go, and it takes much longer than usual."
NOT_OURS = "Another client waits for it, and natstap does not know how long."


@rule(Situation.WAITING, Situation.OVERDUE)
def heard_alone(case: Case) -> Diagnosis | None:
    if not case.heard.alone:
        return None
    return Diagnosis(
        Cause.ONLY_TAPS,
        f"Nobody but natstap heard this on {case.subject}.",
        WITHOUT_THE_WATCH,
        Tone.WARN,
    )


@rule(Situation.WAITING)
def own_wait(case: Case) -> Diagnosis | None:
    timeout = case.exchange.timeout
    if not case.exchange.own or timeout is None:
        return None
    return Diagnosis(
        Cause.OPEN,
        f"Waiting for an answer on {case.subject}, at most {span(timeout)}.",
        tone=Tone.OPEN,
    )


@rule(Situation.WAITING, needs=(Fact.AUDIENCE, Fact.ASKERS))
def nobody_waits(case: Case) -> Diagnosis | None:
    """natstap published with a reply subject, and nobody is there to hear an answer."""
    if case.askers or case.exchange.ended is not None or not case.request.sent:
        return None
    return Diagnosis(
        Cause.NOBODY_WAITS,
        f"Nobody listens on the reply subject {short(case.exchange.reply_subject)}, "
        "so an answer reaches nobody.",
        SUBSCRIBE_FIRST,
        Tone.WARN,
    )


@rule(Situation.WAITING, needs=(Fact.LISTENERS,))
def nobody_to_answer(case: Case) -> Diagnosis | None:
    """natstap published with a reply subject, and nobody is there to answer.

    The server says "no responders" to nobody but a subscription of the publisher itself.
    """
    audience = known(case.audience)
    reached = audience.listeners or audience.streams or audience.imported_from
    if not case.request.sent or case.exchange.own or reached or audience.servers_own:
        return None
    near = f"; the nearest is {' or '.join(audience.nearest)}" if audience.nearest else ""
    return Diagnosis(
        Cause.NOBODY,
        f"Nobody listens on {case.subject} now, so no answer will come{near}.",
        START,
    )


@rule(Situation.WAITING, Situation.OVERDUE, needs=(Fact.AUDIENCE,))
def listened_to(case: Case) -> Diagnosis | None:
    """Who else asked may have had its answer, and be gone: then that is all that is known."""
    parts = [] if case.exchange.own else list(_known_of(case))
    if not parts:
        return None
    others = ", and ".join(parts)
    if case.heard.unheard:
        said = f"natstap could not hear whether {case.subject} was answered; {others}."
        return Diagnosis(Cause.NOT_HEARD, said, tone=Tone.OPEN, detail=UNHEARD)
    overdue = case.situation is Situation.OVERDUE
    return Diagnosis(
        Cause.NO_ANSWER_SEEN if overdue else Cause.OPEN,
        f"No answer on {case.subject} {SEEN}; {others}.",
        ITS_LOG if overdue else "",
        Tone.BAD if overdue else Tone.OPEN,
        detail=NOT_OURS,
    )


def _known_of(case: Case) -> list[str]:
    audience = known(case.audience)
    parts = []
    if case.listeners:
        parts.append(f"{listening(case.listeners)} there")
    elif audience.streams and audience.listeners_known:
        parts.append(f"stream {short(audience.stream)} stores it, and no service listens there")
    if case.askers == ():
        parts.append("nobody listens on its reply subject any more")
    return parts


@rule(Situation.WAITING, Situation.OVERDUE)
def unheard(case: Case) -> Diagnosis | None:
    if not case.heard.unheard:
        return None
    return Diagnosis(
        Cause.NOT_HEARD,
        "natstap could not hear whether this was answered.",
        tone=Tone.OPEN,
        detail=UNHEARD,
    )


@rule(Situation.OVERDUE)
def overdue(case: Case) -> Diagnosis:
    """natstap listened where the answer has to go, for much longer than is usual."""
    return Diagnosis(
        Cause.NO_ANSWER_SEEN,
        f"No answer on {case.subject} {SEEN}.",
        ASK_THE_SERVERS,
        detail=LISTENED,
    )


@rule(Situation.WAITING)
def no_answer_seen(case: Case) -> Diagnosis:
    return Diagnosis(
        Cause.OPEN,
        f"No answer on {case.subject} {SEEN}.",
        tone=Tone.OPEN,
        detail="" if case.exchange.own else NOT_OURS,
    )
