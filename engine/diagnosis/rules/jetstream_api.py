"""Requests to JetStream's own API: off, not known there, or answered with an error."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.jetstream_facts import MSG_NEXT, read_request
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.fields import number, parse, part, words
from engine.latency_words import span
from engine.rpc.pubacks import JETSTREAM_OFF
from engine.words import short

from .rule import rule

"""JetStream's error codes for "not enabled", for an account and for a server."""
NEEDS_AN_OBJECT = (MSG_NEXT, "DIRECT.GET")
"""Requests that only an existing stream or consumer listens to."""

ENABLE = "Enable JetStream for this account, or connect with one that has it, in the right domain."
SPELLING = "Check the spelling, and that the stream or consumer in it exists."
LEADER = "Check in Streams whether the stream has a leader, and enough servers that respond."
SERVERS_WORDS = "The server's words say what to change."


@rule(Situation.ANSWERED, Situation.STATUS)
def api_error(case: Case) -> Diagnosis | None:
    """JetStream's API answers its errors in the body, so that they look like answers."""
    if not case.replies or not case.exchange.subject.startswith(("$JS.", "$SYS.")):
        return None
    error = part(parse(case.replies[0].body), "error")
    if not error:
        return None
    code = number(error, "err_code") or number(error, "code")
    jetstream = case.subject.startswith("$JS.")
    if jetstream and code in JETSTREAM_OFF:
        return _off(case)
    who, said = "JetStream" if jetstream else "The server", short(words(error, "description"))
    return Diagnosis(Cause.API_ERROR, f"{who} answered with error {code}: {said}.", SERVERS_WORDS)


@rule(Situation.NO_RESPONDERS)
def no_such_object(case: Case) -> Diagnosis | None:
    """Every API request is answered where JetStream is, but for those that need an object."""
    request = read_request(case.exchange.subject)
    if request is None or request.verb not in NEEDS_AN_OBJECT:
        return None
    if case.audience is not None and case.audience.jetstream is False:
        return None
    return Diagnosis(
        Cause.NOT_IN_API,
        f"No such stream or consumer takes requests on {case.subject}.",
        SPELLING,
    )


@rule(Situation.NO_RESPONDERS)
def jetstream_off(case: Case) -> Diagnosis | None:
    return _off(case) if _is_api(case) else None


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def unknown_request(case: Case) -> Diagnosis | None:
    """JetStream keeps silent about requests that it does not know."""
    request = read_request(case.exchange.subject)
    if request is None or request.verb or not known(case.audience).jetstream:
        return None
    return Diagnosis(
        Cause.NOT_IN_API,
        f"JetStream answers this account, but it knows no such request: {case.subject}.",
        SPELLING,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def api_silent(case: Case) -> Diagnosis | None:
    """A request that JetStream knows, and that was not answered."""
    request = read_request(case.exchange.subject)
    if request is None or not request.verb or not known(case.audience).jetstream:
        return None
    if request.stream and case.stream is False:
        said = f"Stream {short(request.stream)} does not respond: it may have no leader."
        return Diagnosis(Cause.API_SILENT, said, LEADER)
    return Diagnosis(
        Cause.API_SILENT,
        f"JetStream answers this account, but not {case.subject} within {span(case.waited)}.",
        LEADER,
    )


def _is_api(case: Case) -> bool:
    return read_request(case.exchange.subject) is not None


def _off(case: Case) -> Diagnosis:
    user = case.audience.user if case.audience is not None else None
    account = f"account {user.account}" if user is not None and user.account else "this account"
    domain = case.exchange.subject.removeprefix("$JS.").partition("API")[0].rstrip(".")
    where = f" in domain {short(domain)}" if domain else ""
    return Diagnosis(
        Cause.JETSTREAM_OFF, f"JetStream is not available to {account}{where}.", ENABLE
    )
