"""No quorum: too few servers of a stream, or of JetStream itself, are there to store anything."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.streams.stream_state import StreamState
from engine.words import short

from .rule import rule

START_SERVERS = (
    "Start the missing servers: a stream stores only while more than half of its servers run."
)
LEADER_OR_WAY = (
    "Check that the stream has a leader, and that the servers between pass the subject on to it."
)
JETSTREAM_SERVERS = (
    "Check that more than half of the JetStream servers run, and can reach each other."
)


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.STREAM,))
def no_quorum(case: Case) -> Diagnosis | None:
    stream = case.stream
    if not isinstance(stream, StreamState) or stream.replicas < 2:
        return None
    if case.listeners and not case.exchange.to_store:
        return None
    offline = [follower for follower in stream.followers if follower.offline]
    name, size = short(stream.name), stream.replicas
    if not stream.leader:
        said = f"Stream {name} has no leader now, so it stores and answers nothing."
    elif (size - len(offline)) * 2 <= size:
        there = size - len(offline)
        said = f"Stream {name} has no quorum: only {there} of its {size} servers respond."
    else:
        return None
    missing = ", ".join(short(follower.name) for follower in offline)
    return Diagnosis(
        Cause.NO_QUORUM,
        said,
        START_SERVERS,
        evidence=(("Offline", missing),) if missing else (),
    )


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.STREAM, Fact.LISTENERS))
def stream_silent(case: Case) -> Diagnosis | None:
    """JetStream knows the stream, and the stream does not say how it is."""
    if case.stream is not False or case.listeners or not known(case.audience).streams:
        return None
    stream = short(known(case.audience).stream)
    return Diagnosis(
        Cause.NO_QUORUM,
        f"Stream {stream} stores {case.subject}, but does not respond now: it may have no leader.",
        START_SERVERS,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.AUDIENCE,))
def stream_not_reached(case: Case) -> Diagnosis | None:
    """JetStream names a stream for the subject, and the server says that nobody listens."""
    stream = known(case.audience).stream
    if not stream or case.listeners:
        return None
    return Diagnosis(
        Cause.STREAM_NOT_REACHED,
        f"Stream {short(stream)} stores {case.subject}, but the server says that nobody listens.",
        LEADER_OR_WAY,
    )


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.LISTENERS,))
def jetstream_unavailable(case: Case) -> Diagnosis | None:
    """JetStream could not say whether a stream stores the subject."""
    audience = known(case.audience)
    if not audience.jetstream_says or audience.answering:
        return None
    return Diagnosis(
        Cause.JETSTREAM_UNAVAILABLE,
        f"No service listens on {case.subject}, and JetStream cannot say which stream stores it: "
        f"{short(audience.jetstream_says)}.",
        JETSTREAM_SERVERS,
    )
