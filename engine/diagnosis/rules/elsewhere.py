"""Elsewhere: a request that left the account or the cluster, and whose answer did not come back."""

from __future__ import annotations

from engine.audience.audience import Audience
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening, name
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.tracing.path import TraceStep
from engine.words import short

from .rule import rule

AS_A_SERVICE = (
    "Export and import it as a service instead of a stream: only services let answers back."
)
LOOK_THERE = "Look from that account: who listens there, and whether it answers."
LEAF_RIGHTS = (
    "Check that the server there lives, and what a leaf node's user may publish and subscribe "
    "to: answers go to _INBOX.>."
)


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def answers_stay(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    accounts = hearing_accounts(audience)
    if not accounts or audience.answering:
        return None
    return Diagnosis(
        Cause.ANSWERS_STAY,
        f"Account {accounts[0]} gets {case.subject} through a stream import, "
        "which does not pass answers back.",
        AS_A_SERVICE,
    )


def hearing_accounts(audience: Audience) -> list[str]:
    """Accounts that get a copy through a stream import."""
    hops = audience.path.hops if audience.path is not None else ()
    return [hop.account for hop in hops if hop.step is TraceStep.EXPORTED and hop.account]


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def across_accounts(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    there = [listener for listener in audience.answering if listener.account]
    if not audience.imported_from or len(there) < len(audience.answering):
        return None
    who = f", where {listening(there)}" if there else ""
    return Diagnosis(
        Cause.ACROSS_ACCOUNTS,
        f"Account {audience.imported_from[0]} gets {case.subject}{who}, "
        f"and no answer came back within {span(case.waited)}.",
        LOOK_THERE,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def lost_behind_leaf(case: Case) -> Diagnosis | None:
    """Nothing comes back through a leaf node: no answer, no list of clients, no trace."""
    audience = known(case.audience)
    behind = [listener for listener in audience.answering if listener.leaf]
    if not behind or len(behind) < len(audience.answering):
        return None
    if audience.path is None or audience.path.complete:
        return None
    return Diagnosis(
        Cause.LOST_ON_THE_WAY,
        f"{case.subject} goes to {name(behind[0])}, but no answer and no trace comes back.",
        LEAF_RIGHTS,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def lost_behind_server(case: Case) -> Diagnosis | None:
    """A server of the cluster took it and has said nothing since: not who listens, no trace."""
    audience = known(case.audience)
    lost = audience.path.lost if audience.path else ()
    servers = list(dict.fromkeys(hop.name for hop in lost))
    if not servers or audience.answering:
        return None
    who = f"server {short(servers[0])}" if servers[0] else "another server"
    return Diagnosis(
        Cause.LOST_ON_THE_WAY,
        f"{case.subject} was passed on to {who}, and nothing comes back from there.",
        LEAF_RIGHTS,
    )
