"""No responders: why the server itself said that nobody listens (status 503)."""

from __future__ import annotations

from engine.clients.listeners import Listener
from engine.diagnosis.ages import connected_after, was_absent
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.subject import matches
from engine.words import short

from .rule import rule

DEAD = "Nats-Subject"
"""The header in which a 503 names the subject that nobody listens on."""

START = "Check that the service runs, on this server and account, and how the subject is spelled."
START_THERE = "Start the service in that account, or check which subject it listens on there."
START_MAPPED = "Start the service on the mapped subject, or change the account's mapping."
SUBSCRIBE = "Give this user the right to subscribe to the subject."
AGAIN = "Ask again: it listens now."
AGAIN_OR_WAY = "Ask again. If it fails again, something on the way keeps the request from it."
NOT_LOOKED = "natstap did not look before the request, so it does not know since when."


@rule(Situation.NO_RESPONDERS, needs=(Fact.LISTENERS,))
def responder_denied(case: Case) -> Diagnosis | None:
    """natstap's own responder is on, and the server never took its subscription."""
    audience = known(case.audience)
    pattern = case.hosted[0].subject if case.hosted else ""
    heard = any(listener.own for listener in audience.listeners)
    if not pattern or heard or audience.user.may_hear(pattern):
        return None
    return Diagnosis(
        Cause.RESPONDER_DENIED,
        f"natstap's own responder on {pattern} hears nothing: this user may not subscribe to it.",
        SUBSCRIBE,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def mapped_away(case: Case) -> Diagnosis | None:
    """The server names the subject that nobody heard: by weight, a mapping may choose another."""
    dead = next((reply.headers.get(DEAD, "") for reply in case.replies if reply.no_responders), "")
    if known(case.audience).imported_from or dead in ("", case.exchange.subject):
        return None
    if any(matches(listener.pattern, dead) for listener in case.listeners):
        return None
    return Diagnosis(
        Cause.NOBODY_BEHIND_MAPPING,
        f"{case.subject} was mapped to {short(dead)}, and nobody listened there.",
        START_MAPPED,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def came_later(case: Case) -> Diagnosis | None:
    """All who listen connected after the server had said no, or were not there before."""
    if not case.listeners or not all(_is_new(listener, case) for listener in case.listeners):
        return None
    return Diagnosis(
        Cause.CAME_LATER,
        f"Nobody listened on {case.subject} when it was asked; "
        f"{listening(case.listeners)} there now.",
        AGAIN,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def listens_now(case: Case) -> Diagnosis | None:
    """Somebody listens now, and natstap does not know since when."""
    if not case.listeners:
        return None
    return Diagnosis(
        Cause.LISTENS_NOW,
        f"The server said that nobody listens on {case.subject}; "
        f"{listening(case.listeners)} there now.",
        AGAIN_OR_WAY,
        detail=NOT_LOOKED,
    )


def _is_new(listener: Listener, case: Case) -> bool:
    """True when it connected after the server's answer, or an earlier look did not show it."""
    if listener.age is None:
        return was_absent(listener, case)
    return connected_after(listener, case.exchange.answered or case.exchange.started, case)


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def nobody_behind_import(case: Case) -> Diagnosis | None:
    accounts = known(case.audience).imported_from
    if not accounts:
        return None
    return Diagnosis(
        Cause.NOBODY_BEHIND_IMPORT,
        f"{case.subject} is imported from account {accounts[0]}, and nobody listened there.",
        START_THERE,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def nobody_behind_mapping(case: Case) -> Diagnosis | None:
    mapped = known(case.audience).mapped_to
    if not mapped:
        return None
    return Diagnosis(
        Cause.NOBODY_BEHIND_MAPPING,
        f"{case.subject} is mapped to {mapped}, and nobody listened there.",
        START_MAPPED,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def nobody(case: Case) -> Diagnosis:
    audience = known(case.audience)
    account = audience.user.account
    where = f" in account {account}" if account not in ("", "$G") else ""
    near = f"; the nearest is {' or '.join(audience.nearest)}" if audience.nearest else ""
    return Diagnosis(Cause.NOBODY, f"Nobody listens on {case.subject}{where}{near}.", START)


@rule(Situation.NO_RESPONDERS)
def server_said_so(case: Case) -> Diagnosis:
    """All that is known without asking."""
    after = latency(case.exchange)
    return Diagnosis(
        Cause.NOBODY,
        f"Nobody listens on {case.subject}: the server said so after {after}.",
        START,
    )
