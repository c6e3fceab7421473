"""Answered: once, several times, or by an acknowledgement first."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening
from engine.diagnosis.replies import answers, asked_in_stream, count_answers, stored
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import apart, came_after, latency
from engine.journal import ExchangeKind, pub_ack
from engine.message import Message
from engine.words import octets, short

from .rule import rule

OUT_OF_THE_STREAM = (
    "Other clients take the acknowledgement for the answer: keep the subject out of the stream, "
    "or give the stream no_ack."
)
ONE_GROUP = (
    "Ask for many replies if all are wanted. Else answer once, and put the responders into "
    "one queue group."
)
FOOLED = "A client that expects one reply took this acknowledgement for its answer."
FIRST_COUNTS = "A client that expects one reply uses the first."
SENT_AGAIN = "The same reply came again", "it was sent twice, or two answer alike"
ANOTHER = "A second reply came", "two answered, or one answered twice"


@rule(Situation.ANSWERED)
def acknowledged_first(case: Case) -> Diagnosis | None:
    first = case.replies[0] if case.replies else None
    if (
        first is None
        or pub_ack(first.body) is None
        or case.exchange.kind is not ExchangeKind.REQUEST
    ):
        return None
    ack, found = stored(case), answers(case)
    if ack is None or not found or asked_in_stream(case.request):
        return None  # of a request to a stream the acknowledgement is wanted first
    kept = f"Stream {short(ack.stream)} stored the request as sequence {ack.sequence:,}."
    return Diagnosis(
        Cause.ACK_FIRST,
        f"Answered in {latency(case.exchange)}, but stream {short(ack.stream)} "
        "acknowledged the request first.",
        OUT_OF_THE_STREAM,
        Tone.WARN,
        detail=kept if case.exchange.own else f"{kept} {FOOLED}",
    )


@rule(Situation.ANSWERED)
def duplicates(case: Case) -> Diagnosis | None:
    """More answers than one where one was wanted, and the second is no answer to the first."""
    exchange, found = case.exchange, answers(case)
    if exchange.kind is not ExchangeKind.REQUEST or exchange.wanted != 1 or len(found) < 2:
        return None
    if found[1].subject == found[0].reply:
        return None
    count = count_answers(case)
    counts = " and only the first counts" if exchange.own else " to one request"
    who = f": {listening(case.listeners)} there" if case.listeners else ""
    return Diagnosis(
        Cause.DUPLICATES,
        f"{count:,} answers came{counts}{who}.",
        ONE_GROUP,
        Tone.WARN,
        detail=_second(found[0], found[1], count - 2),
    )


def _second(first: Message, second: Message, more: int) -> str:
    gap = apart(first, second)
    others = f", and {more:,} more after it" if more > 0 else ""
    same = (first.head, first.body) == (second.head, second.body)
    what, whose = SENT_AGAIN if same else ANOTHER
    return f"{what} {gap} later{others}: {whose}. {FIRST_COUNTS}"


@rule(Situation.ANSWERED)
def all_came(case: Case) -> Diagnosis | None:
    count = count_answers(case)
    if case.exchange.wanted == 1 or count < 2 or case.last_reply is None:
        return None
    all_of_them = f"All {count:,} replies" if case.exchange.wanted else f"{count:,} replies"
    took = came_after(case.exchange, case.last_reply)
    return Diagnosis(
        Cause.ANSWERED,
        f"{all_of_them} came within {took}, the first after {latency(case.exchange)}.",
        tone=Tone.GOOD,
    )


@rule(Situation.ANSWERED)
def answered(case: Case) -> Diagnosis:
    found = answers(case) or list(case.replies)
    if not found:
        return Diagnosis(Cause.ANSWERED, "Answered.", tone=Tone.GOOD)
    body = found[0].body
    size = f"a reply of {octets(len(body))}" if body else "an empty reply"
    return Diagnosis(
        Cause.ANSWERED,
        f"Answered in {latency(case.exchange)} by {size}.",
        tone=Tone.GOOD,
        detail=_besides(case, found),
    )


def _besides(case: Case, found: list[Message]) -> str:
    """What came beside the first answer."""
    if ack := stored(case):
        return f"Stream {ack.stream} stored the request too, as sequence {ack.sequence:,}."
    if len(found) > 1 and found[1].subject == found[0].reply:
        return f"The answer was answered in turn, {apart(found[0], found[1])} later."
    return ""
