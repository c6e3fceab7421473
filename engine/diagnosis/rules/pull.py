"""A pull that got nothing: what the consumer that was asked says of itself."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.cause import Cause
from engine.diagnosis.replies import first_word
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import until
from engine.latency_words import span
from engine.streams.stream_state import ConsumerState
from engine.words import counted, short

from .jetstream_api import LEADER, SPELLING
from .rule import rule

RESUME = "Resume it in Streams, or wait until the pause ends."
ACKNOWLEDGE = "Acknowledge what was delivered, or raise max_ack_pending of the consumer."
NOTHING_STORED = "The pull waits for the next message until it expires, and no longer."
NOTHING_THERE = (404, 408)
"""Statuses that JetStream answers to a pull that got nothing."""
LOOK_AT_IT = "Look at the consumer in Streams: another pull may be before this one."


@rule(Situation.TIMED_OUT, Situation.NO_RESPONDERS, needs=(Fact.CONSUMER,))
def no_such_consumer(case: Case) -> Diagnosis | None:
    if case.consumer is not False:
        return None
    return Diagnosis(
        Cause.NOT_IN_API,
        f"JetStream has no such stream or consumer: {case.subject}.",
        SPELLING,
    )


@rule(Situation.NO_RESPONDERS, needs=(Fact.CONSUMER,))
def deaf_consumer(case: Case) -> Diagnosis | None:
    """The consumer is there, and nobody takes requests to it."""
    consumer = case.consumer
    if not isinstance(consumer, ConsumerState):
        return None
    return Diagnosis(
        Cause.NO_QUORUM,
        f"Consumer {short(consumer.name)} takes no pulls now: it may have no leader.",
        LEADER,
    )


@rule(Situation.TIMED_OUT, Situation.STATUS, needs=(Fact.CONSUMER,))
def paused(case: Case) -> Diagnosis | None:
    consumer = case.consumer
    if not isinstance(consumer, ConsumerState) or not consumer.paused or not _got_nothing(case):
        return None
    end = f" until {until(case.looked_at, consumer.resumes_in)}" if consumer.resumes_in else ""
    return Diagnosis(
        Cause.CONSUMER_PAUSED,
        f"Consumer {short(consumer.name)} is paused{end}, and delivers nothing.",
        RESUME,
    )


@rule(Situation.TIMED_OUT, Situation.STATUS, needs=(Fact.CONSUMER,))
def full(case: Case) -> Diagnosis | None:
    consumer = case.consumer
    if not isinstance(consumer, ConsumerState) or not consumer.full or not _got_nothing(case):
        return None
    return Diagnosis(
        Cause.CONSUMER_FULL,
        f"Consumer {short(consumer.name)} holds {consumer.unacknowledged:,} of at most "
        f"{consumer.max_unacknowledged:,} unacknowledged messages, so it delivers no more.",
        ACKNOWLEDGE,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.CONSUMER,))
def no_messages(case: Case) -> Diagnosis | None:
    consumer = case.consumer
    if not isinstance(consumer, ConsumerState) or consumer.pending:
        return None
    return Diagnosis(
        Cause.NO_MESSAGES,
        f"No messages for consumer {short(consumer.name)}: it has nothing to deliver now.",
        NOTHING_STORED,
        Tone.WARN,
    )


@rule(Situation.TIMED_OUT, needs=(Fact.CONSUMER,))
def nothing_delivered(case: Case) -> Diagnosis | None:
    consumer = case.consumer
    if not isinstance(consumer, ConsumerState):
        return None
    return Diagnosis(
        Cause.CONSUMER_WAITS,
        f"Consumer {short(consumer.name)} has {counted(consumer.pending, 'message')} to deliver, "
        f"but sent none within {span(case.waited)}.",
        LOOK_AT_IT,
    )


def _got_nothing(case: Case) -> bool:
    """True when the pull ran out, or the first thing that came says that nothing was there."""
    if case.situation is Situation.TIMED_OUT:
        return True
    first = first_word(case)
    return first is not None and first.status in NOTHING_THERE
