"""Not reading: a client that does not take what the server has for it."""

from __future__ import annotations

from engine.clients.listeners import Listener
from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import name
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import octets

from .rule import rule

MIN_PENDING = 100_000
"""Bytes below which a client may only be a moment behind."""
MEGABYTE = 1_000_000
MAKE_IT_READ = (
    "Look at its process: it is stopped, stuck, or gone without closing its connection. The server "
    "cuts it off at write_deadline or max_pending."
)


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def not_reading(case: Case) -> Diagnosis | None:
    """Of several, one that was sent the request; of one alone no more needs to be known."""
    answering = known(case.audience).answering
    stuck = [
        listener
        for listener in answering
        if listener.counters.pending >= MIN_PENDING and not listener.leaf
    ]
    if not stuck or (len(answering) > 1 and not _was_sent(case, stuck[0].connection)):
        return None
    return Diagnosis(Cause.NOT_READING, f"{not_read(stuck[0])}.", MAKE_IT_READ)


def not_read(listener: Listener) -> str:
    waiting = _size(listener.counters.pending)
    return f"{name(listener)} does not read, and {waiting} wait for it at the server"


def _was_sent(case: Case, connection: tuple[str, int, str]) -> bool:
    received = {seen.listener.connection for seen in case.activity or () if seen.received}
    return connection in received


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.3g} MB" if count >= MEGABYTE else octets(count)
