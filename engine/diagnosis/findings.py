"""Findings: the cause of what happened to an exchange, and the sentence that names it.

Pure: a `Case` in, a `Finding` out. One judge per state; whatever no judge explains keeps the
verdict's own sentence. Requests that got nothing have a room of their own, silence.py.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.fields import number, parse, part, words
from engine.journal import Kind, State, pub_ack
from engine.words import short, span

from .case import Case
from .cause import Cause
from .false_success import find_hidden_error, find_misspelt
from .finding import Finding, count, listening, names
from .no_responder_causes import jetstream_off, judge_nobody, other_account
from .not_stored import judge_unstored
from .replies import asked_in_stream
from .timeout_causes import judge_open, judge_silence
from .verdict import never_sent

OFF = (10039, 10076)
"""JetStream's error codes for "not enabled", for an account and for a server."""


def find(case: Case) -> Finding:
    """The cause, looked for in the order in which the evidence excludes the rest."""
    if denied := _denied(case):
        return denied
    if unstored := judge_unstored(case.exchange, case.replies):
        return unstored
    judge = _BY_KIND.get(case.exchange.kind) or _BY_STATE.get(case.exchange.state)
    found = judge(case) if judge is not None else None
    return found or Finding(Cause.UNKNOWN, case.verdict.sentence)


def _denied(case: Case) -> Finding | None:
    """A publish that the server refused, which no state tells of what wants no answer."""
    for note in case.notes if case.exchange.kind is Kind.PUBLISH and case.request.sent else ():
        if f'ermissions Violation for Publish to "{case.exchange.subject}"' in note.why:
            sentence = f"Refused: this user has no permission for {case.subject}."
            return Finding(Cause.PUBLISH_DENIED, sentence)
    return None


# -- answered ----------------------------------------------------------------------------


def _answered(case: Case) -> Finding:
    return (
        _api_error(case)
        or _acknowledged_first(case)
        or _several(case)
        or find_hidden_error(case)
        or find_misspelt(case)
        or Finding(Cause.ANSWERED, case.verdict.sentence)
    )


def _api_error(case: Case) -> Finding | None:
    """JetStream's API answers its errors in the body, so that they look like answers."""
    if not case.replies or not case.exchange.subject.startswith(("$JS.", "$SYS.")):
        return None
    error = part(parse(case.replies[0].body), "error")
    if not error:
        return None
    code = number(error, "err_code") or number(error, "code")
    jetstream = case.subject.startswith("$JS.")
    if jetstream and code in OFF:
        return jetstream_off(case)
    who, said = "JetStream" if jetstream else "The server", short(words(error, "description"))
    return Finding(Cause.API_ERROR, f"{who} answered with error {code}: {said}.")


def _acknowledged_first(case: Case) -> Finding | None:
    first = case.replies[0] if case.replies else None
    ack = pub_ack(first.body) if first is not None else None
    if ack is None or len(case.replies) < 2 or case.exchange.kind is not Kind.REQUEST:
        return None
    if asked_in_stream(case.request):
        return None  # then the acknowledgement is what was wanted first
    stream = short(str(ack["stream"]))
    return Finding(
        Cause.ACK_FIRST,
        f"Answered in {span(case.exchange.latency or 0)}, but stream {stream} had "
        "acknowledged the request before, and an acknowledgement is no answer.",
    )


def _several(case: Case) -> Finding | None:
    others = sum(pub_ack(one.body) is not None or bool(one.status) for one in case.replies)
    answers = len(case.exchange.replies) - others
    if case.exchange.kind is not Kind.REQUEST or case.exchange.wanted != 1 or answers < 2:
        return None
    counts = " and only the first counts" if case.exchange.own else " to one request"
    who = f": {listening(case.listeners)} there" if case.listeners else ""
    return Finding(Cause.DUPLICATES, f"{count(answers, 'answer')} came{counts}{who}.")


def _partly(case: Case) -> Finding:
    sentence, found = case.verdict.sentence, case.audience
    could = found.replies if found is not None else 0
    if case.exchange.ended is None:
        return Finding(Cause.OPEN, sentence)
    if (other := other_account(case)) and len(case.exchange.replies) == 1 != could:
        rule = "lets one reply per request through, unless its response_type says more"
        sentence = f"{sentence[:-1]}: account {other} answers, and an export {rule}."
        return Finding(Cause.ONE_PER_EXPORT, sentence)
    if found is None or not found.listeners_known:
        return Finding(Cause.TOO_FEW, sentence)
    if not could:
        gone = f"whoever answered is gone, for nobody listens on {case.subject} now"
        return Finding(Cause.GONE, f"{sentence[:-1]}: {gone}.")
    expected = f"{count(could, 'reply', 'replies')} can be expected, from {names(case.listeners)}"
    silent = could >= case.exchange.wanted > 0
    rest = ", so somebody there keeps silent" if silent else ""
    return Finding(Cause.SILENT if silent else Cause.TOO_FEW, f"{sentence[:-1]}: {expected}{rest}.")


# -- failed, and something said so ---------------------------------------------------------


def _service_error(case: Case) -> Finding:
    acks = (None if one.head else pub_ack(one.body) for one in case.replies)
    refused = any(fields is not None and "error" in fields for fields in acks)
    return Finding(Cause.NOT_STORED if refused else Cause.SERVICE_ERROR, case.verdict.sentence)


def _stored_only(case: Case) -> Finding:
    stored = case.verdict.sentence.partition(";")[0]
    if asked_in_stream(case.request):
        return Finding(Cause.NOT_CONSUMED, case.verdict.sentence)
    if case.listeners:
        rest = f"{names(case.listeners)} also got it and did not answer"
    elif case.audience is not None and case.audience.withheld:
        rest = f"it is withheld from {names(case.audience.withheld)}, so nobody will answer"
    elif case.audience is not None and case.audience.listeners_known:
        rest = "no service listens on it, so nobody will answer"
    else:
        return Finding(Cause.STORED_ONLY, case.verdict.sentence)
    return Finding(Cause.STORED_ONLY, f"{stored}; {rest}.")


def _refused(case: Case) -> Finding:
    if case.exchange.replies:
        cause = Cause.ANSWER_DENIED
    elif "for subscription" in case.exchange.why.lower():
        cause = Cause.INBOX_DENIED
    else:
        cause = Cause.PUBLISH_DENIED
    return Finding(cause, case.verdict.sentence)


def _late(case: Case) -> Finding:
    acknowledged = any(pub_ack(one.body) for one in case.replies)
    in_vain = acknowledged and not asked_in_stream(case.request)
    return Finding(Cause.LATE_AFTER_ACK if in_vain else Cause.LATE, case.verdict.sentence)


def _plainly(cause: Cause) -> Callable[[Case], Finding]:
    return lambda case: Finding(cause, case.verdict.sentence)


def _no_question(case: Case) -> Finding:
    return find_misspelt(case) or Finding(Cause.NO_QUESTION, case.verdict.sentence)


def _orphan(case: Case) -> Finding:
    nobody = case.request.no_responders
    return Finding(Cause.NOBODY if nobody else Cause.NO_QUESTION, case.verdict.sentence)


def _link_lost(case: Case) -> Finding:
    return Finding(
        Cause.AWAY if never_sent(case.exchange) else Cause.LINK_LOST, case.verdict.sentence
    )


_BY_KIND: dict[Kind, Callable[[Case], Finding]] = {
    Kind.PUBLISH: _no_question,
    Kind.ORPHAN: _orphan,
    Kind.DELIVERY: _plainly(Cause.NO_QUESTION),
    Kind.NOTE: _plainly(Cause.NO_QUESTION),
}
_BY_STATE: dict[State, Callable[[Case], Finding | None]] = {
    State.NONE: _no_question,
    State.WAITING: judge_open,
    State.ANSWERED: _answered,
    State.PARTLY: _partly,
    State.NO_RESPONDERS: judge_nobody,
    State.TIMED_OUT: judge_silence,
    State.LATE: _late,
    State.REFUSED: _refused,
    State.STORED: _stored_only,
    State.SERVICE_ERROR: _service_error,
    State.LINK_LOST: _link_lost,
    State.CANCELLED: _plainly(Cause.CANCELLED),
}
