"""What came back to an exchange: answers, acknowledgements of a stream, errors of a service."""

from __future__ import annotations

from dataclasses import dataclass

from engine.journal import pub_ack
from engine.message import Headers, Message
from engine.rpc.message import REPLY_TO, SERVICE_ERROR, SERVICE_ERROR_CODE
from engine.service_failures import header_status
from engine.words import counted

from .case import Case

NO = 400
"""The least status that says no."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A stream's acknowledgement; `problem` is why it did not store, in the server's words."""

    stream: str
    sequence: int
    problem: str = ""
    duplicate: bool = False


def answers(case: Case) -> list[Message]:
    """The first replies that are more than an acknowledgement, a status or an end mark.

    A status that does not say no, and that has a body, is an answer.
    """
    marks = case.exchange.marks
    replies = (reply for reply in case.replies if reply.number not in marks or not reply.number)
    return [reply for reply in replies if _answers(reply)]


def _answers(reply: Message) -> bool:
    if reply.status:
        return bool(reply.body) and reply.status < NO
    return pub_ack(reply.body) is None


def first_word(case: Case) -> Message | None:
    """The first thing that came and says something: who is only told to wait on, waits on."""
    return next((reply for reply in case.replies if not 100 <= reply.status < 200), None)


def count_answers(case: Case) -> int:
    """How many of all replies are answers: acknowledgements and statuses are not."""
    return len(case.exchange.came_back) - (len(case.replies) - len(answers(case)))


def status_of(reply: Message) -> tuple[int, str]:
    """Its status, in the first line of its headers or in a header of that name, and its words."""
    if reply.status:
        return reply.status, reply.description
    code, words = header_status(reply.head)
    return code, words or (reply.headers.get("Description", "") if code else "")


def stored(case: Case) -> Stored | None:
    """The first acknowledgement of a stream."""
    acks = ((reply, pub_ack(reply.body)) for reply in case.replies if not reply.head)
    fields = next((fields for _, fields in acks if fields is not None), None)
    if fields is None:
        return None
    error = fields.get("error")
    problem = str(error.get("description", "")) if isinstance(error, dict) else ""
    duplicate = fields.get("duplicate") is True
    return Stored(str(fields["stream"]), int(str(fields["seq"])), problem, duplicate)


def asked_in_stream(request: Message) -> bool:
    """True when it says itself where its answer goes: who reads it from a stream sees only that.

    It need not name the stream: by a mapping or an import that may be any.
    """
    return REPLY_TO in request.headers


def failure(case: Case) -> tuple[str, str]:
    """Code and words of the first service error; both may be empty."""
    headers = case.errors[0].headers if case.errors else Headers()
    return headers.get(SERVICE_ERROR_CODE, ""), headers.get(SERVICE_ERROR, "")


def replies_of(count: int, wanted: int) -> str:
    """Such as "2 of 3 replies"; where no number was wanted "2 replies"."""
    return f"{count:,} of {wanted:,} replies" if wanted else counted(count, "reply", "replies")
