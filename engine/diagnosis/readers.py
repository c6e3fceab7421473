"""Readers: the consumers of the stream that stored a request, as a rule asks about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.audience.stream_consumers import reads
from engine.streams.stream_state import ConsumerState
from engine.words import short

from .case import Case, known
from .cause import Cause
from .replies import Stored, asked_in_stream, stored
from .result import Diagnosis, Tone

MAX_NAMED = 3
Test = Callable[[ConsumerState, int], bool]
"""Of a consumer, and of the request's sequence in the stream."""


def readers_of(case: Case) -> list[ConsumerState]:
    """Consumers that get the request's subject; the case must know the consumers."""
    subject = case.exchange.subject
    return [
        consumer for consumer in known(case.audience).consumers or () if reads(consumer, subject)
    ]


def all_readers(case: Case, test: Test) -> list[ConsumerState]:
    """The consumers that read a request to a stream, if the same is true of all; else none."""
    ack = stored(case)
    if ack is None or not asked_in_stream(case.request):
        return []
    readers = readers_of(case)
    return readers if all(test(reader, ack.sequence) for reader in readers) else []


def how(consumer: ConsumerState, sequence: int) -> str:
    """How a consumer stands to the message with this sequence, in a few words."""
    name = f"consumer {short(consumer.name)}"
    if consumer.delivered >= sequence:
        done = consumer.ack_floor >= sequence
        return f"{name} delivered it{', and it was acknowledged or terminated' if done else ''}"
    if consumer.paused:
        return f"{name} is paused"
    if consumer.full:
        held = f"{consumer.unacknowledged:,} of {consumer.max_unacknowledged:,}"
        return f"{name} holds {held} unacknowledged messages"
    reads = consumer.used or consumer.busy
    return f"{name} {'has not delivered it yet' if reads else 'has nobody who reads'}"


def of_stored(case: Case, cause: Cause, words: str, advice: str) -> Diagnosis:
    """What became of a request that a stream has stored."""
    ack = stored(case) or Stored("", 0)
    return Diagnosis(
        cause,
        f"Stream {short(ack.stream)} stored the request as sequence {ack.sequence:,}; {words}.",
        advice,
        Tone.WARN,
    )


def named(consumers: Sequence[ConsumerState]) -> str:
    """Such as "consumer w" and "consumers a, b, c and 2 more"."""
    more = f" and {len(consumers) - MAX_NAMED} more" if len(consumers) > MAX_NAMED else ""
    what = "consumer" if len(consumers) == 1 else "consumers"
    return f"{what} {', '.join(short(consumer.name) for consumer in consumers[:MAX_NAMED])}{more}"
