"""Nobody: why the server itself said that there are no responders (status 503).

Pure. Either JetStream is what was asked, or nobody listened then: not here, not behind an
import, not where a mapping leads.
"""

from __future__ import annotations

from engine.subject import matches
from engine.words import short

from .case import Case
from .cause import Cause
from .finding import Finding, listening, withheld

DEAD = "Nats-Subject"
"""The header in which a 503 names the subject that nobody listens on."""


def judge_nobody(case: Case) -> Finding:
    """503: the server itself said that nobody was there."""
    if case.subject.startswith("$JS."):
        return _not_in_api(case) or jetstream_off(case)
    return (
        _hosted_but_deaf(case)
        or _withheld(case)
        or _mapped_away(case)
        or _now_there(case)
        or _nobody(case)
    )


def _not_in_api(case: Case) -> Finding | None:
    """Every API request is answered where JetStream is, but for these, which need an object."""
    named = any(part in case.exchange.subject for part in (".CONSUMER.MSG.NEXT.", ".DIRECT.GET."))
    if not named or (case.audience is not None and case.audience.jetstream is False):
        return None
    sentence = f"JetStream has nothing at {case.subject}: no such stream or consumer."
    return Finding(Cause.NOT_IN_API, sentence)


def jetstream_off(case: Case) -> Finding:
    user = case.audience.user if case.audience is not None else None
    account = f"account {user.account}" if user is not None and user.account else "this account"
    domain = case.exchange.subject.split(".")[1]
    where = "" if domain == "API" else f" in domain {short(domain)}"
    return Finding(Cause.JETSTREAM_OFF, f"JetStream is not available to {account}{where}.")


def _hosted_but_deaf(case: Case) -> Finding | None:
    found = case.audience
    if not case.hosted or found is None or not found.listeners_known:
        return None
    pattern = case.hosted[0].subject
    if any(one.own for one in found.listeners) or found.user.may_hear(pattern):
        return None
    return Finding(
        Cause.RESPONDER_DENIED,
        f"natstap's own responder on {pattern} hears nothing: "
        "this user may not subscribe to its subject.",
    )


def _withheld(case: Case) -> Finding | None:
    found = case.audience
    if found is None or found.answering or not found.withheld:
        return None
    return withheld(found.withheld, case.subject)


def _mapped_away(case: Case) -> Finding | None:
    """The server names the subject that nobody heard: by weight, a mapping may choose another."""
    found = case.audience
    dead = next((one.headers.get(DEAD, "") for one in case.replies if one.no_responders), "")
    if found is None or other_account(case) or dead in ("", case.exchange.subject):
        return None
    if any(matches(one.pattern, dead) for one in case.listeners):
        return None
    sentence = f"{case.subject} was mapped to {short(dead)}, and nobody listened there."
    return Finding(Cause.NOBODY_BEHIND_MAPPING, sentence)


def _now_there(case: Case) -> Finding | None:
    if not case.listeners:
        return None
    return Finding(
        Cause.CAME_LATER,
        f"Nobody listened on {case.subject} when it was asked; "
        f"{listening(case.listeners)} there now.",
    )


def _nobody(case: Case) -> Finding:
    found = case.audience
    if found is None:
        return Finding(Cause.NOBODY, case.verdict.sentence)
    if other := other_account(case):
        sentence = f"{case.subject} is imported from account {other}, and nobody listens there."
        return Finding(Cause.NOBODY_BEHIND_IMPORT, sentence)
    if found.mapped_to:
        sentence = f"{case.subject} is mapped to {found.mapped_to}, and nobody listens there."
        return Finding(Cause.NOBODY_BEHIND_MAPPING, sentence)
    account = f" in account {found.user.account}" if found.user.account not in ("", "$G") else ""
    near = f"; the nearest is {' or '.join(found.nearest)}" if found.nearest else ""
    return Finding(Cause.NOBODY, f"Nobody listens on {case.subject}{account}{near}.")


def other_account(case: Case) -> str:
    found = case.audience
    return next(iter(found.imported_from), "") if found is not None else ""
