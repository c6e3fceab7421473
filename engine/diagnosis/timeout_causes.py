"""Silence: why a request that was sent, and that the server did not call pointless, got nothing.

Pure. Each judge looks at one kind of evidence, in the order of facts/nats.md, summary 7; the
first that explains the silence is believed.
"""

from __future__ import annotations

from engine.audience.audience import Audience
from engine.words import short, span

from .case import Case
from .cause import Cause
from .cross_account import find_elsewhere, hearing_accounts
from .false_success import find_envelope
from .finding import Finding, begun, count, listening, name, names, withheld


def judge_silence(case: Case) -> Finding:
    """Of an own request whose time is over."""
    found = case.audience
    if found is None:
        return Finding(Cause.UNKNOWN, case.verdict.sentence)
    for judge in _FIRST:
        if explained := judge(case, found):
            return explained
    return (
        find_envelope(case)
        or find_elsewhere(case, found)
        or _too_late(case, found)
        or _silent(case, found)
        or _gone(case, found)
    )


def judge_open(case: Case) -> Finding:
    """Of a request that somebody may still wait for: whose answer natstap need not see."""
    found = case.audience
    if found is None or case.exchange.own:
        return Finding(Cause.OPEN, case.verdict.sentence)
    return (
        _nobody_waits(case)
        or _only_taps(case, found)
        or _self_request(case, found)
        or _listened_to(case, found)
    )


# -- the asker's side --------------------------------------------------------------------


def _deaf(case: Case, found: Audience) -> Finding | None:
    if found.may_publish is False:
        sentence = f"Refused: this user has no permission for {case.subject}."
        return Finding(Cause.PUBLISH_DENIED, sentence)
    if found.may_hear_replies is False:
        inbox = case.exchange.reply_subject.rpartition(".")[0]
        sentence = f"No answer can be heard: this user may not subscribe to its inbox {inbox}.*."
        return Finding(Cause.INBOX_DENIED, sentence)
    return None


def _nobody_waits(case: Case) -> Finding | None:
    if case.askers != () or case.exchange.ended is not None or not case.request.sent:
        return None
    return Finding(
        Cause.NOBODY_WAITS,
        f"Nobody listens on the reply subject {short(case.exchange.reply_subject)}, "
        "so an answer reaches nobody.",
    )


def _not_in_api(case: Case, found: Audience) -> Finding | None:
    """JetStream keeps silent about requests that it does not know."""
    if not case.subject.startswith("$JS.API.") or not found.jetstream:
        return None
    return Finding(
        Cause.NOT_IN_API,
        f"JetStream answers this account, but not at {case.subject}: it knows no such request.",
    )


# -- whom it reached ---------------------------------------------------------------------


def _withheld(case: Case, found: Audience) -> Finding | None:
    if found.answering or found.streams or found.imported_from or not found.withheld:
        return None
    return withheld(found.withheld, case.subject)


def _left(case: Case, found: Audience) -> Finding | None:
    """Who was there when it was asked, and is no more, may have taken the request along."""
    here = {(one.server, one.cid) for one in found.listeners}
    seen = [one for one in case.before if one.counted and not one.leaf]
    left = [one for one in seen if (one.server, one.cid) not in here]
    if not left or not found.listeners_known:
        return None
    are = "is" if len(set(map(name, left))) == 1 else "are"
    now = listening(found.answering) if found.answering else "nobody listens"
    return Finding(
        Cause.GONE,
        f"{names(left)} listened on {case.subject} before it was asked and {are} gone now, "
        f"maybe with the request; {now} there.",
    )


def _only_taps(case: Case, found: Audience) -> Finding | None:
    if found.answering or not found.taps or not found.listeners_known:
        return None
    if found.streams or found.imported_from or hearing_accounts(found):
        return None
    verb = "only listens" if len(found.taps) == 1 else "only listen"
    return Finding(
        Cause.ONLY_TAPS,
        f"Nobody answers on {case.subject}: {names(found.taps)} {verb}, and that alone keeps "
        "the server from saying at once that there are no responders.",
    )


def _self_request(case: Case, found: Audience) -> Finding | None:
    """The one who asks is the only one who would answer, and has no hand free."""
    clients = {(one.server, one.cid) for one in found.answering}
    if len(clients) != 1 or not found.listeners_known:
        return None
    there = f"asked itself: nobody else listens on {case.subject}"
    if case.exchange.own:
        waiting = _waiting_in_line(case, found)
        if waiting <= 0:
            return None
        line = f"{count(waiting, 'request')} in line for a free worker"
        return Finding(Cause.SELF_REQUEST, f"natstap {there}, with {line}.")
    if clients != {(one.server, one.cid) for one in case.askers or ()}:
        return None
    who = name(found.answering[0])
    return Finding(Cause.SELF_REQUEST, f"{who} {there}, and it cannot answer while it waits.")


def _waiting_in_line(case: Case, found: Audience) -> int:
    """Requests that natstap's own responders were sent and no worker has begun."""
    sent = sum(one.messages for one in found.answering if one.own)
    return sent - sum(one.served for one in case.hosted) if case.hosted else 0


def _kept_by_stream(case: Case, found: Audience) -> Finding | None:
    if not found.streams or found.answering or not found.listeners_known:
        return None
    return Finding(
        Cause.STORED_ONLY,
        f"Stream {found.stream} stores {case.subject} and acknowledges nothing; "
        "no service listens on it, so nobody will answer.",
    )


# -- who is there and says nothing ---------------------------------------------------------


def _too_late(case: Case, found: Audience) -> Finding | None:
    """Who has been sent nothing at all cannot have been sent this."""
    counted = [one for one in found.answering if one.counted and not one.leaf]
    if not counted or len(counted) < len(found.answering) or any(x.messages for x in counted):
        return None
    return Finding(
        Cause.GONE,
        f"Whoever got the request is gone: {names(counted)} came to {case.subject} later "
        "and has been sent nothing yet.",
    )


def _silent(case: Case, found: Audience) -> Finding | None:
    """Of a queue group, those who have been sent nothing cannot have been chosen."""
    there = [one for one in found.answering if one.messages or one.leaf or not one.counted]
    if not there:
        return None
    sent = there[0].messages if len(there) == 1 and not there[0].leaf else 0
    got = f" and has been sent {count(sent, 'message')}" if sent else ""
    return Finding(
        Cause.SILENT,
        f"{begun(listening(there))} on {case.subject}{got}, "
        f"but no answer came within {span(case.waited)}.",
    )


def _gone(case: Case, found: Audience) -> Finding:
    sure = found.listeners_known and found.path is not None and found.path.complete
    if not sure:
        return Finding(Cause.UNKNOWN, case.verdict.sentence)
    return Finding(
        Cause.GONE,
        f"Whoever got the request is gone: nobody listens on {case.subject} now.",
    )


def _listened_to(case: Case, found: Audience) -> Finding:
    """Who else asked may have had its answer, and be gone: then that is all that is known."""
    known = []
    if case.listeners:
        known.append(f"{listening(case.listeners)} there")
    elif found.streams and found.listeners_known:
        known.append(f"stream {short(found.stream)} stores it, and no service listens there")
    if case.askers == ():
        known.append("nobody listens on its reply subject any more")
    sentence = "; ".join((case.verdict.sentence[:-1], ", and ".join(known)) if known else ())
    return Finding(Cause.OPEN, f"{sentence}." if sentence else case.verdict.sentence)


_FIRST = (_deaf, _not_in_api, _withheld, _left, _only_taps, _self_request, _kept_by_stream)
"""Asked before it is looked for elsewhere."""
