"""Taken: who was sent the request and what it has done since, where the servers count it.

What is counted is messages, not this message. Where more went on than natstap's own requests,
the rules say what was counted, and not who got it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.clients.activity import Activity, Presence
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import names
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.words import counted, octets

from .rule import rule

CANNOT_TELL_WHY = (
    "natstap cannot tell whether it is stuck, slower than the timeout, fails or drops the "
    "request without answering, or is cut off from the server. Look at its log."
)
ASTRAY = (
    "Look at its log: natstap cannot tell what it published. If it answered, its user may lack "
    "allow_responses (or max and expires are too small), or the answer went to another subject."
)
LOOK_THERE = "Look at the log of the service, and at the services that it asks."
WHICH = "Look at their logs, or ask again when less goes on."


@dataclass(frozen=True, slots=True)
class Taken:
    """Those who were sent it and those who were not; `sure` is False where it may be others'."""

    got: tuple[Activity, ...]
    others: tuple[Activity, ...]
    sure: bool

    @property
    def spoke(self) -> list[Activity]:
        """Those who published something since."""
        return [activity for activity in self.got if activity.published]

    @property
    def silent(self) -> list[Activity]:
        """Those who certainly published nothing."""
        return [activity for activity in self.got if activity.published == 0]


def taken(case: Case) -> Taken:
    """Sure when no queue group, and no client alone, was sent more than natstap asked."""
    seen = [activity for activity in known(case.activity) if activity.presence is not Presence.LEFT]
    got = tuple(activity for activity in seen if activity.received)
    groups: dict[object, int] = {}
    for activity in got:
        group = activity.listener.queue or activity.listener.connection
        groups[group] = groups.get(group, 0) + (activity.received or 0)
    sure = all(sent <= case.own_asked for sent in groups.values())
    return Taken(got, tuple(activity for activity in seen if not activity.received), sure)


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY,))
def published_something_else(case: Case) -> Diagnosis | None:
    """Somebody got it and published since, and what it published was not the answer."""
    who = taken(case)
    spoke = who.spoke
    if not who.sure or any(activity.listener.leaf for activity in who.got):
        return None
    if case.own_asked > 1:  # what it published may have been answers to the others
        rest = (
            (spoke[0].published or 0) - case.own_answered if len(who.got) == len(spoke) == 1 else 0
        )
        spoke = [replace(activity, published=rest) for activity in spoke if rest > 0]
    if not spoke:
        return None
    waits = all(activity.asks_others and not activity.answers for activity in spoke)
    clauses = [_published(activity) for activity in spoke]
    if silent := who.silent:
        clauses.append(f"{_named(silent)} got it and {_has(silent)} published nothing since")
    return Diagnosis(
        Cause.ASKS_ANOTHER if waits else Cause.ANSWER_ASTRAY,
        f"{'; '.join(clauses)}.",
        LOOK_THERE if waits else ASTRAY,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY,))
def took_it_silently(case: Case) -> Diagnosis | None:
    """Somebody got it and has published nothing since."""
    who = taken(case)
    silent = who.silent
    if not who.sure or not silent or len(silent) < len(who.got):
        return None
    spared = f"; {_named(who.others)} did not get it" if who.others else ""
    return Diagnosis(
        Cause.SILENT,
        f"{_named(silent)} got it and {_has(silent)} published nothing since{spared}.",
        CANNOT_TELL_WHY,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY,))
def silent_among_busy(case: Case) -> Diagnosis | None:
    """More was sent than this request, and one of them says nothing while the others do."""
    who = taken(case)
    silent = who.silent
    if (who.sure and case.own_asked == 1) or not silent or len(silent) == len(who.got) > 1:
        return None
    sent = counted(sum(activity.received or 0 for activity in silent), "message")
    spoke = who.spoke
    rest = f"; {_named(spoke)} did" if spoke else ""
    return Diagnosis(
        Cause.SILENT,
        f"{_named(silent)} {_has(silent)} been sent {sent} since natstap looked, and "
        f"{_has(silent)} published nothing{rest}.",
        CANNOT_TELL_WHY,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.ACTIVITY,))
def not_known_who(case: Case) -> Diagnosis | None:
    """More was sent than natstap asked: which of these messages was this one, nobody counts."""
    who = taken(case)
    if who.sure or any(activity.listener.leaf for activity in who.got):
        return None
    sent = sum(activity.received or 0 for activity in who.got)
    which = ", so which one got yours is not known" if len(who.got) > 1 else ""
    return Diagnosis(
        Cause.SILENT,
        f"No answer within {span(case.waited)}: {_named(who.got)} {_has(who.got)} been sent "
        f"{counted(sent, 'message')} since natstap looked{which}.",
        WHICH if which else CANNOT_TELL_WHY,
    )


def _published(one: Activity) -> str:
    count = one.published or 0
    size = f" of {octets(one.published_bytes)}" if count == 1 else ""
    if count > 1 and one.asks_others is False:
        said = f"{names([one.listener])} got it and published {count:,} messages since"
        return f"{said}, and none was your answer: one may have been refused or sent elsewhere"
    said = f"{names([one.listener])} got it and published {counted(count, 'message')}{size} since"
    if one.asks_others and not one.answers:
        return f"{said}: it asks another service, and no answer has come to it"
    was = "it was not your answer" if count == 1 else "none was your answer"
    asks = ", or it asked another service" if one.asks_others is not False else ""
    ways = "refused (allow_responses), sent elsewhere" if asks else _NO_INBOX
    return f"{said}, and {was}: {ways}{asks}"


_NO_INBOX = "refused (allow_responses) or sent elsewhere"


def _named(activities: Sequence[Activity]) -> str:
    return names([activity.listener for activity in activities])


def _has(activities: Sequence[Activity]) -> str:
    return "has" if len(activities) == 1 else "have"
