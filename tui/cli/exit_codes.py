"""The exit codes: each thing that can become of a request has its own, and they stay."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from engine.journal.states import State


class Exit(IntEnum):
    """How a command ended; `words` say so in the help and in docs/cli.md."""

    words: str
    ANSWERED = 0, "answered, sent, or nothing to complain about"
    FAILED = 1, "something else went wrong"
    USAGE = 2, "the command cannot be used so; nothing was sent"
    SERVICE_ERROR = 3, "the responder answered with a service error"
    NO_RESPONDERS = 4, "nobody listens on the subject"
    TIMED_OUT = 5, "no answer within the timeout"
    PARTLY = 6, "fewer replies came than were wanted"
    REFUSED = 7, "permission denied, or the connection is read-only"
    STORED_ONLY = 8, "a stream stored the request, and nobody answered it"
    LINK_LOST = 9, "the connection was lost on the way"
    CANNOT_CONNECT = 10, "no connection: no server, login refused, or TLS failed"
    ASSERTION_FAILED = 11, "answered, but not as expected"
    ERROR_STATUS = 12, "the server or a stream answered with an error status"

    def __new__(cls, value: int, words: str) -> Exit:
        code = int.__new__(cls, value)
        code._value_ = value
        code.words = words
        return code


CLOSED_PIPE = 141
"""128 + SIGPIPE, as a shell says it."""


def exit_of_state(state: State) -> Exit:
    """What an exchange's state is as an exit code."""
    from engine.journal.states import State

    match state:
        case State.NONE | State.ANSWERED | State.KEPT:
            return Exit.ANSWERED
        case State.WAITING | State.TIMED_OUT | State.LATE | State.NO_ANSWER:
            return Exit.TIMED_OUT
        case State.PARTLY:
            return Exit.PARTLY
        case State.NO_RESPONDERS:
            return Exit.NO_RESPONDERS
        case State.REFUSED:
            return Exit.REFUSED
        case State.STORED:
            return Exit.STORED_ONLY
        case State.SERVICE_ERROR:
            return Exit.SERVICE_ERROR
        case State.LINK_LOST:
            return Exit.LINK_LOST
        case State.CANCELLED:
            return Exit.FAILED
        case State.STATUS:
            return Exit.ERROR_STATUS
        case _ as never:
            assert_never(never)


def exit_of_error(error: Exception) -> Exit:
    """What an error of natstap's is as an exit code; the first class that fits decides."""
    from engine import errors

    codes: tuple[tuple[type[Exception], Exit], ...] = (
        (errors.InvalidInput, Exit.USAGE),
        (errors.CannotConnect, Exit.CANNOT_CONNECT),
        (errors.ServerUnavailable, Exit.CANNOT_CONNECT),
        (errors.LinkError, Exit.LINK_LOST),
        (errors.NoResponders, Exit.NO_RESPONDERS),
        (errors.StoredOnly, Exit.STORED_ONLY),
        (errors.RequestTimeout, Exit.TIMED_OUT),
        (errors.ServiceError, Exit.SERVICE_ERROR),
        (errors.Refused, Exit.REFUSED),
        (errors.StatusReply, Exit.ERROR_STATUS),
        (errors.JetStreamError, Exit.ERROR_STATUS),
    )
    return next((code for kind, code in codes if isinstance(error, kind)), Exit.FAILED)
