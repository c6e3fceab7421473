"""Delivered: a consumer delivered a stored request to its worker, and no answer came."""

from __future__ import annotations

from dataclasses import replace

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.cause import Cause
from engine.diagnosis.readers import all_readers, named, of_stored, readers_of
from engine.diagnosis.replies import answers, asked_in_stream, stored
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import latency
from engine.fields import moment
from engine.latency_words import span
from engine.streams.stream_state import ConsumerState
from engine.words import counted, short

from .rule import rule

CLOCK_SKEW = 1.0
"""Seconds by which the server's clock and this machine's may differ."""
ASK_AGAIN = "Look at the worker's log, and ask again: it will not be delivered any more."
WORKER_LOG = (
    "Look at the worker's log. natstap cannot tell whether it is stuck, slower than the timeout, "
    "or failed."
)
MUST_ANSWER = (
    "The worker must publish its answer to the subject in the header reply_to; natstap cannot "
    "tell whether it was refused, sent elsewhere, or not sent."
)
GAVE_UP_TOO = "Or the consumer gave up after max_deliver: the server does not say which."
LONGER_ACK_WAIT = "Raise ack_wait above what the worker needs, or let it report progress."


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def gave_up(case: Case) -> Diagnosis | None:
    found = all_readers(
        case,
        lambda one, sequence: (
            one.max_deliver > 0 and not one.unacknowledged and _is_next(one, sequence)
        ),
    )
    if not found:
        return None
    times = f"{counted(found[0].max_deliver, 'time')} (max_deliver)"
    words = f"{named(found)} delivered it {times} without an acknowledgement, and gave up"
    return of_stored(case, Cause.GAVE_UP, words, ASK_AGAIN)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def not_acknowledged(case: Case) -> Diagnosis | None:
    found = all_readers(
        case,
        lambda one, sequence: one.unacknowledged > 0 and one.ack_floor < sequence <= one.delivered,
    )
    if not found:
        return None
    one, ack = found[0], stored(case)
    if ack is not None and all(_is_next(reader, ack.sequence) for reader in found):
        words = "its worker has neither answered nor acknowledged it"
    else:
        held = counted(one.unacknowledged, "unacknowledged message")
        words = f"its worker holds {held}, of which this may be one"
    diagnosis = of_stored(
        case, Cause.NOT_ACKNOWLEDGED, f"{named(found)} delivered it; {words}", WORKER_LOG
    )
    return replace(diagnosis, detail=_again(one))


def _again(consumer: ConsumerState) -> str:
    """When it comes again; a worker that said -NAK with a delay, or backoff, changes that."""
    if not consumer.ack_wait or consumer.max_deliver == 1:
        return ""
    wait = span(consumer.ack_wait)
    name = short(consumer.name)
    return f"Consumer {name} delivers it again after ack_wait {wait}, unless the worker delays it."


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def acknowledged_only(case: Case) -> Diagnosis | None:
    found = all_readers(case, lambda one, sequence: _was_there(case, one, sequence))
    if not found:
        return None
    needs_none = all(consumer.ack_policy == "none" for consumer in found)
    done = (
        ", which needs no acknowledgement"
        if needs_none
        else ", and it was acknowledged or terminated"
    )
    words = f"{named(found)} delivered it{done}, but no answer came"
    diagnosis = of_stored(case, Cause.ACKNOWLEDGED_ONLY, words, MUST_ANSWER)
    limited = any(consumer.max_deliver > 0 for consumer in found)
    return replace(diagnosis, detail=GAVE_UP_TOO) if limited else diagnosis


def _is_next(consumer: ConsumerState, sequence: int) -> bool:
    """Delivered, and for sure not acknowledged: all before it is, and it is not."""
    return consumer.ack_floor + 1 == sequence <= consumer.delivered


def _was_there(case: Case, consumer: ConsumerState, sequence: int) -> bool:
    """Delivered and not open any more, at a consumer that did not begin behind the request."""
    made = moment({"created": consumer.created}, "created")
    before = made is None or made < case.exchange.started + CLOCK_SKEW
    return consumer.ack_floor >= sequence and consumer.last_active is not None and before


@rule(Situation.ANSWERED, needs=(Fact.CONSUMERS,))
def redelivered(case: Case) -> Diagnosis | None:
    """Two answers to one stored request, the first of which came after ack_wait."""
    found, took = answers(case), case.exchange.latency or 0
    if len(found) < 2 or not asked_in_stream(case.request):
        return None
    for consumer in readers_of(case):
        if 0 < consumer.ack_wait <= took:
            return Diagnosis(
                Cause.REDELIVERED,
                f"{len(found):,} answers came: {named([consumer])} delivers again after ack_wait "
                f"{span(consumer.ack_wait)}, and the worker needed {latency(case.exchange)}.",
                LONGER_ACK_WAIT,
                Tone.WARN,
            )
    return None
