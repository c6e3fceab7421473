"""The forecast: one short sentence that says, before anything is sent, what would come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.words import counted, short

if TYPE_CHECKING:
    from .audience import Audience

SERVER = "$SYS"


def forecast(audience: Audience) -> str:
    if audience.may_publish is False:
        return "this user may not publish to it"
    if audience.choices:
        ways = (f"{choice.subject} ({_takers(choice.answering)})" for choice in audience.choices)
        return f"mapped by weight: {' or '.join(ways)}"
    mapped = f"mapped to {audience.mapped_to}: " if audience.mapped_to else ""
    deaf = "; this user cannot hear replies" if audience.may_hear_replies is False else ""
    return f"{mapped}{_outcome(audience)}{deaf}"


def _outcome(audience: Audience) -> str:
    if SERVER in audience.imported_from:
        return "the server itself answers"
    if audience.servers_own and not audience.answering:
        return _servers_own(audience)
    listening = _listening(audience)
    if audience.stream:
        takers = ", ".join(taker for taker in (listening, _reading(audience)) if taker)
        return f"stored in {audience.stream}, {takers or _nobody(audience)}"
    if listening:
        return f"{listening}: {_replies(audience)}"
    return f"{_nobody(audience)}{_near(audience.nearest)}"


def _takers(count: int) -> str:
    return f"{count} {'listens' if count == 1 else 'listen'}" if count else "nobody listens"


def _servers_own(audience: Audience) -> str:
    if not audience.subject.startswith("$JS.") or audience.jetstream is None:
        return "the server itself may answer"
    if audience.jetstream:
        return "the server itself answers"
    return "JetStream is not available to this account"


def _reading(audience: Audience) -> str:
    """Which consumers of the stream read it; "" when none does, or none is known."""
    readers = audience.readers or ()
    if len(readers) == 1:
        return f"read by {short(readers[0])}{_trouble(audience, readers[0])}"
    return f"read by {len(readers)} consumers" if readers else ""


def _trouble(audience: Audience, reader: str) -> str:
    """Why the only consumer would deliver nothing now; "" where nothing speaks against it."""
    consumer = next(
        (consumer for consumer in audience.consumers or () if consumer.name == reader), None
    )
    if consumer is None:
        return ""
    if consumer.paused:
        return ", which is paused"
    if consumer.full:
        return f", which holds {consumer.unacknowledged:,} of {consumer.max_unacknowledged:,}"
    return "" if consumer.used or consumer.busy else ", where nobody reads now"


def _listening(audience: Audience) -> str:
    """Who takes it; "" when nobody does."""
    ways = []
    if count := len(audience.answering):
        queues = dict.fromkeys(listener.queue for listener in audience.answering if listener.queue)
        ways.append(f"{_takers(count)}{_named('queue', queues)}")
    else:
        ways += [f"account {account} takes it" for account in audience.imported_from]
    if ways and (taps := len(audience.taps)):
        ways.append(counted(taps, "tap"))
    return ", ".join(ways)


def _nobody(audience: Audience) -> str:
    if not audience.listeners_known:
        return "who listens is not known"
    if kept := len(audience.withheld):
        return f"nobody gets it: withheld from {counted(kept, 'listener')}"
    if taps := len(audience.taps):
        return f"nobody answers, only {counted(taps, 'tap')} would hear it"
    return "nobody listens"


def _replies(audience: Audience) -> str:
    if not audience.answering:
        return "replies unknown"
    least = "at least " if audience.at_least else ""
    return f"{least}{counted(audience.replies, 'reply', 'replies')}"


def _near(subjects: Sequence[str]) -> str:
    return f"; nearest: {', '.join(subjects)}" if subjects else ""


def _named(kind: str, names: dict[str, None]) -> str:
    if not names:
        return ""
    return f" ({kind}{'s' if len(names) > 1 else ''} {', '.join(names)})"
