"""Unread: a stream stored the request, and no consumer has delivered it."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.readers import MAX_NAMED, all_readers, how, named, of_stored, readers_of
from engine.diagnosis.replies import asked_in_stream, stored
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import until
from engine.tracing.path import TraceStep
from engine.words import counted, short

from .rule import rule

ADD_CONSUMER = "Start the service that reads from the stream; it makes its consumer."
CHANGE_FILTER = "Change the consumer's filter, or ask on a subject that it reads."
RESUME = "Resume the consumer, or wait until then."
ACKNOWLEDGE = "Let the worker acknowledge what it has, or raise max_ack_pending."
START_WORKER = "Start the worker that reads from the consumer, or look at its log."
WAIT = "Wait longer, or give the consumer more workers."


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def no_interest(case: Case) -> Diagnosis | None:
    """The stream keeps only what a consumer wants, and dropped this at once."""
    path, consumers = known(case.audience).path, known(case.audience).consumers
    hops = path.hops if path is not None else ()
    dropped = any(hop.step is TraceStep.STORED and hop.no_interest for hop in hops)
    if not dropped or known(case.audience).readers != () or not asked_in_stream(case.request):
        return None
    has = "no consumer of it does" if consumers else "it has none"
    words = f"it keeps only what a consumer reads, and {has}, so the request is gone"
    return of_stored(case, Cause.NO_INTEREST, words, ADD_CONSUMER)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def no_consumer(case: Case) -> Diagnosis | None:
    if known(case.audience).readers != () or known(case.audience).consumers:
        return None
    if not asked_in_stream(case.request):
        return None
    return of_stored(
        case, Cause.NO_CONSUMER, "it has no consumer, so nobody reads it", ADD_CONSUMER
    )


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def filtered_out(case: Case) -> Diagnosis | None:
    """There are consumers, all of them are known, and none reads the subject."""
    consumers = list(known(case.audience).consumers or ())
    if known(case.audience).readers != () or not consumers or not asked_in_stream(case.request):
        return None
    shown = consumers[:MAX_NAMED]
    filters = (
        f"{short(consumer.name)} filters {', '.join(map(short, consumer.filters))}"
        for consumer in shown
    )
    more = f" and {len(consumers) - MAX_NAMED} more do" if len(consumers) > MAX_NAMED else ""
    words = f"{'; '.join(filters)}{more}, not {case.subject}"
    return of_stored(case, Cause.FILTERED_OUT, words, CHANGE_FILTER)


# -- it was not delivered ------------------------------------------------------------------------


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def reader_paused(case: Case) -> Diagnosis | None:
    found = all_readers(case, lambda one, sequence: one.paused and one.delivered < sequence)
    if not found:
        return None
    first = until(known(case.audience).at, min(consumer.resumes_in for consumer in found))
    are = "is" if len(found) == 1 else "are"
    words = f"{named(found)} {are} paused until {first}"
    return of_stored(case, Cause.READER_PAUSED, words, RESUME)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def reader_full(case: Case) -> Diagnosis | None:
    found = all_readers(case, lambda one, sequence: one.full and one.delivered < sequence)
    if not found:
        return None
    one = found[0]
    words = (
        f"{named([one])} holds {one.unacknowledged:,} of {one.max_unacknowledged:,} "
        "unacknowledged messages, and delivers no more"
    )
    return of_stored(case, Cause.READER_FULL, words, ACKNOWLEDGE)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def nobody_reads(case: Case) -> Diagnosis | None:
    found = all_readers(
        case, lambda one, sequence: not (one.used or one.busy) and one.delivered < sequence
    )
    if not found:
        return None
    waiting = max(consumer.pending for consumer in found)
    wait = "waits" if waiting == 1 else "wait"
    words = f"nobody reads from {named(found)} now, where {counted(waiting, 'message')} {wait}"
    return of_stored(case, Cause.NOBODY_READS, words, START_WORKER)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def behind(case: Case) -> Diagnosis | None:
    found = all_readers(
        case, lambda one, sequence: (one.used or one.busy) and one.delivered < sequence
    )
    if not found:
        return None
    first = min(found, key=lambda one: one.pending)
    if first.busy:
        held = counted(first.unacknowledged, "unacknowledged message")
        words = f"{named([first])} has not delivered it yet: its worker holds {held}"
        return of_stored(case, Cause.READER_BEHIND, words, WAIT)
    waiting = counted(first.pending, "message")
    wait = "waits" if first.pending == 1 else "wait"
    words = f"{named([first])} has not delivered it yet, {waiting} {wait} there"
    return of_stored(case, Cause.READER_BEHIND, words, WAIT)


@rule(Situation.STORED_ONLY, needs=(Fact.CONSUMERS,))
def readers_differ(case: Case) -> Diagnosis | None:
    """Several consumers read it, and not all stand alike; the last word of these rules."""
    readers, ack = readers_of(case), stored(case)
    if len(readers) < 2 or ack is None or not asked_in_stream(case.request):
        return None
    shown = "; ".join(how(consumer, ack.sequence) for consumer in readers[:MAX_NAMED])
    more = f"; {len(readers) - MAX_NAMED} more read it too" if len(readers) > MAX_NAMED else ""
    return of_stored(case, Cause.NOT_CONSUMED, f"{shown}{more}", START_WORKER)
