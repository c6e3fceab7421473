"""Requests to JetStream's own API: off, not known there, or answered with an error."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.fields import number, parse, part, words
from engine.words import short

from .rule import rule

OFF = (10039, 10076)
"""JetStream's error codes for "not enabled", for an account and for a server."""
NEEDS_AN_OBJECT = (".CONSUMER.MSG.NEXT.", ".DIRECT.GET.")
"""Requests that only an existing stream or consumer listens to."""

ENABLE = "Enable JetStream for this account, or connect with one that has it, in the right domain."
SPELLING = "Check the spelling, and that the stream or consumer in it exists."
SERVERS_WORDS = "The server's own words say what it did not like."


@rule(Situation.ANSWERED)
def api_error(case: Case) -> Diagnosis | None:
    """JetStream's API answers its errors in the body, so that they look like answers."""
    if not case.replies or not case.exchange.subject.startswith(("$JS.", "$SYS.")):
        return None
    error = part(parse(case.replies[0].body), "error")
    if not error:
        return None
    code = number(error, "err_code") or number(error, "code")
    jetstream = case.subject.startswith("$JS.")
    if jetstream and code in OFF:
        return _off(case)
    who, said = "JetStream" if jetstream else "The server", short(words(error, "description"))
    return Diagnosis(Cause.API_ERROR, f"{who} answered with error {code}: {said}.", SERVERS_WORDS)


@rule(Situation.NO_RESPONDERS)
def no_such_object(case: Case) -> Diagnosis | None:
    """Every API request is answered where JetStream is, but for those that need an object."""
    if not _is_api(case) or not any(one in case.exchange.subject for one in NEEDS_AN_OBJECT):
        return None
    if case.audience is not None and case.audience.jetstream is False:
        return None
    return Diagnosis(
        Cause.NOT_IN_API,
        f"JetStream has nothing at {case.subject}: no such stream or consumer.",
        SPELLING,
    )


@rule(Situation.NO_RESPONDERS)
def jetstream_off(case: Case) -> Diagnosis | None:
    return _off(case) if _is_api(case) else None


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def unknown_request(case: Case) -> Diagnosis | None:
    """JetStream keeps silent about requests that it does not know."""
    if not case.subject.startswith("$JS.API.") or not known(case.audience).jetstream:
        return None
    return Diagnosis(
        Cause.NOT_IN_API,
        f"JetStream answers this account, but not at {case.subject}: it knows no such request.",
        SPELLING,
    )


def _is_api(case: Case) -> bool:
    return case.exchange.subject.startswith("$JS.")


def _off(case: Case) -> Diagnosis:
    user = case.audience.user if case.audience is not None else None
    account = f"account {user.account}" if user is not None and user.account else "this account"
    domain = case.exchange.subject.split(".")[1]
    where = "" if domain == "API" else f" in domain {short(domain)}"
    return Diagnosis(
        Cause.JETSTREAM_OFF, f"JetStream is not available to {account}{where}.", ENABLE
    )
