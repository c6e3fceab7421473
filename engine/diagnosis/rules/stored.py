"""Stored: a stream took the request, and no service has answered it."""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.naming import listening, names
from engine.diagnosis.replies import Stored, answers, asked_in_stream, stored
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.diagnosis.timing import came_after
from engine.message import Message
from engine.streams.stream_state import StreamState
from engine.words import short

from .not_acknowledged import HAS_IT_A_LEADER
from .rule import rule

START_THE_READER = (
    "Look in Streams whether the stream has a consumer, and how far behind it is; "
    "start the service that reads from it."
)
STREAM_MODE = (
    "Ask in stream mode if a service reads from the stream. Else start the service, "
    "or keep the subject out of the stream."
)
NO_ANSWER = (
    "An acknowledgement is not an answer. Consumers of the stream do not see your reply subject."
)
OTHERS_ACK = (
    "A client that publishes to a stream wants no more than this acknowledgement. "
    "natstap cannot know whether this one also wanted an answer."
)
WANTED_ACK = (
    "Only the acknowledgement was wanted. A service that listens on the subject itself "
    "answered on the same reply subject."
)
ANOTHER_ID = "Send another Nats-Msg-Id, if it is another message."


@rule(Situation.STORED_ONLY)
def not_consumed(case: Case) -> Diagnosis | None:
    if not asked_in_stream(case.request):
        return None
    ack = stored(case) or Stored("", 0)
    return Diagnosis(
        Cause.NOT_CONSUMED,
        f"Stream {ack.stream} stored the request as sequence {ack.sequence:,}; "
        f"no consumer {_answered(case)}.",
        START_THE_READER,
        Tone.WARN,
    )


@rule(Situation.STORED_ONLY, needs=(Fact.AUDIENCE,))
def service_silent_too(case: Case) -> Diagnosis | None:
    if not case.listeners:
        return None
    return _stored_only(case, f"{listening(case.listeners)} there and has not answered")


@rule(Situation.STORED_ONLY, needs=(Fact.AUDIENCE,))
def withheld_from_service(case: Case) -> Diagnosis | None:
    withheld = known(case.audience).withheld
    if not withheld:
        return None
    return _stored_only(case, f"the server does not deliver it to {names(withheld)}")


@rule(Situation.STORED_ONLY, needs=(Fact.LISTENERS,))
def no_service(case: Case) -> Diagnosis:
    return _stored_only(case, "no service listens on it")


@rule(Situation.STORED_ONLY)
def stored_only(case: Case) -> Diagnosis:
    return _stored_only(case, f"no service {_answered(case)}")


@rule(Situation.TIMED_OUT, needs=(Fact.LISTENERS,))
def kept_silently(case: Case) -> Diagnosis | None:
    audience = known(case.audience)
    if not audience.streams or audience.answering:
        return None
    stream = case.stream if isinstance(case.stream, StreamState) else None
    acknowledges = stream is not None and stream.config.get("no_ack") is not True
    return Diagnosis(
        Cause.STREAM_SILENT if acknowledges else Cause.STORED_ONLY,
        f"Stream {short(audience.stream)} stores {case.subject}, but no acknowledgement came; "
        "no service listens on it.",
        HAS_IT_A_LEADER if acknowledges else STREAM_MODE,
    )


@rule(Situation.STORED_ONLY, Situation.KEPT)
def stored_before(case: Case) -> Diagnosis | None:
    """The stream has a message with this id, and did not store this one."""
    ack = stored(case)
    if ack is None or not ack.duplicate:
        return None
    return Diagnosis(
        Cause.STORED_BEFORE,
        f"Not stored again: stream {short(ack.stream)} has this message id already, "
        f"as sequence {ack.sequence:,}.",
        ANOTHER_ID,
        Tone.WARN,
    )


@rule(Situation.KEPT)
def kept(case: Case) -> Diagnosis:
    ack = stored(case) or Stored("", 0)
    after = f" in {came_after(case.exchange, case.replies[0])}" if case.replies else ""
    said = f"Stored by stream {ack.stream}{after}, as sequence {ack.sequence:,}"
    found = answers(case)
    if not found:
        return Diagnosis(Cause.ANSWERED, f"{said}.", tone=Tone.GOOD)
    too = came_after(case.exchange, found[0])
    return Diagnosis(
        Cause.ANSWERED,
        f"{said}; an answer came as well, after {too}.",
        tone=Tone.GOOD,
        detail=_where_answered(case, found[0]),
    )


def _where_answered(case: Case, answer: Message) -> str:
    """Whoever reads from the stream answers elsewhere than a service on the subject itself."""
    if answer.subject != case.exchange.reply_subject:
        return f"It came to {short(answer.subject)}, where the message asks for answers."
    return WANTED_ACK


def _stored_only(case: Case, rest: str) -> Diagnosis:
    ack = stored(case) or Stored("", 0)
    said = (
        f"Stream {ack.stream} stores this subject and acknowledged as sequence "
        f"{ack.sequence:,}; {rest}."
    )
    if not case.exchange.own:
        return Diagnosis(Cause.STORED_ONLY, said, tone=Tone.OPEN, detail=OTHERS_ACK)
    return Diagnosis(
        Cause.STORED_ONLY,
        said,
        STREAM_MODE,
        Tone.WARN,
        detail=NO_ANSWER,
    )


def _answered(case: Case) -> str:
    return "has answered yet" if case.exchange.ended is None else "answered"
