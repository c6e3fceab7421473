"""Elsewhere: a request that left the account or the cluster, and whose answer did not come back."""

from __future__ import annotations

from engine.audience.audience import Audience
from engine.tracing.path import Step
from engine.words import short, span

from .case import Case
from .cause import Cause
from .finding import Finding, listening, name


def find_elsewhere(case: Case, found: Audience) -> Finding | None:
    return (
        _stays_away(case, found)
        or _imported(case, found)
        or _behind_leaf(case, found)
        or _behind_server(case, found)
    )


def _stays_away(case: Case, found: Audience) -> Finding | None:
    taken = hearing_accounts(found)
    if not taken or found.answering:
        return None
    return Finding(
        Cause.ANSWERS_STAY,
        f"Account {taken[0]} hears {case.subject} through a stream import, "
        "and what it answers stays in that account.",
    )


def hearing_accounts(found: Audience) -> list[str]:
    """Accounts that get a copy through a stream import."""
    hops = found.path.hops if found.path is not None else ()
    return [hop.account for hop in hops if hop.step is Step.EXPORTED and hop.account]


def _imported(case: Case, found: Audience) -> Finding | None:
    there = [one for one in found.answering if one.account]
    if not found.imported_from or len(there) < len(found.answering):
        return None
    who = f", where {listening(there)}" if there else ""
    return Finding(
        Cause.ACROSS_ACCOUNTS,
        f"Account {found.imported_from[0]} takes {case.subject}{who}, "
        f"and no answer came back within {span(case.waited)}.",
    )


def _behind_leaf(case: Case, found: Audience) -> Finding | None:
    """Nothing comes back through a leaf node: no answer, no list of clients, no trace."""
    behind = [one for one in found.answering if one.leaf]
    if not behind or len(behind) < len(found.answering):
        return None
    if found.path is None or found.path.complete:
        return None
    return Finding(
        Cause.LOST_ON_THE_WAY,
        f"{case.subject} is taken by {name(behind[0])}, but nothing comes back from there: "
        "no answer, and no trace of the way either.",
    )


def _behind_server(case: Case, found: Audience) -> Finding | None:
    """A server of the cluster took it and has said nothing since: not who listens, no trace."""
    names = list(dict.fromkeys(hop.name for hop in found.path.lost)) if found.path else []
    if not names or found.answering:
        return None
    who = f"server {short(names[0])}" if names[0] else "another server"
    return Finding(
        Cause.LOST_ON_THE_WAY,
        f"{case.subject} was passed on to {who}, and nothing comes back from there: "
        "no answer, no list of its clients, and no trace of the way.",
    )
