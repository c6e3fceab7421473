"""What an asker gets when a handler fails: a service error, in the handler's words or in ours."""

from __future__ import annotations

import re
from typing import Any

from engine.errors import DecodeError, ServiceError
from engine.message import Headers
from engine.rpc.handling.response import Response
from engine.rpc.message import (
    ATTEMPTS,
    CONTENT_TYPE,
    FRAMEWORK,
    SERVICE_ERROR,
    SERVICE_ERROR_CODE,
    NatsMessage,
)

UNEXPECTED = "500"
"""The code of an error that the handler did not choose."""
MAX_TEXT = 1024
"""Characters of an unexpected error that are told."""
_OURS = (*FRAMEWORK, SERVICE_ERROR, SERVICE_ERROR_CODE, ATTEMPTS)


def failure_response(error: BaseException, attempts: int = 1) -> Response:
    """The answer that says `error`; `attempts` is how often the request was tried.

    A `ServiceError` goes out as it is, and one that another service answered with is passed on
    byte for byte; a task group's is the one that failed in it, where only one did. Raises
    `InvalidInput` where its headers or its body cannot be sent.
    """
    error = _innermost(error)
    if not isinstance(error, ServiceError):
        return Response(None, headers=_told(UNEXPECTED, described(error), attempts))
    told = _told(error.code, error.text, max(attempts, error.attempts))
    if error.reply is None:
        return Response(error.body, headers=[*told.items(), *Headers.of(error.headers).pairs])
    passed: NatsMessage = error.reply
    if passed.content_type:
        told[CONTENT_TYPE] = passed.content_type
    theirs = passed.raw_headers.without(*_OURS).items()
    return Response(passed.body, headers=[*told.items(), *theirs])


def service_error(subject: str, code: str, text: str, reply: NatsMessage) -> ServiceError:
    """A reply that is a service error, as the exception of whoever asked."""
    attempts = reply.raw_headers.get(ATTEMPTS, "")
    return ServiceError(
        code,
        text,
        body=_body(reply),
        headers=_as_given(reply.raw_headers.without(*_OURS)),
        subject=subject,
        attempts=int(attempts) if attempts.isdecimal() and len(attempts) < 10 else 1,
        reply=reply,
    )


def described(error: BaseException) -> str:
    """Class and words of an error, in one line; a class that cannot say its words has none."""
    try:
        words = str(error)
    except Exception:
        words = ""
    return " ".join(f"{type(error).__name__}: {words}".split())[:MAX_TEXT]


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _told(code: str, text: str, attempts: int) -> dict[str, str]:
    told = {SERVICE_ERROR: _line(text), SERVICE_ERROR_CODE: _line(code)}
    if attempts > 1:
        told[ATTEMPTS] = str(attempts)
    return told


def _line(words: str) -> str:
    """As it is, in one line that UTF-8 can write."""
    return re.sub(r"[\r\n]+", " ", words).encode(errors="backslashreplace").decode()


def _as_given(headers: Headers) -> dict[str, str | list[str]]:
    """What `Headers.of` makes these of: a header that is repeated has a list."""
    values = {name: headers.get_all(name) for name in headers}
    return {name: found if found[1:] else found[0] for name, found in values.items()}


def _body(reply: NatsMessage) -> Any:
    if not reply.body and not reply.content_type:
        return None
    try:
        return reply.value()
    except DecodeError:
        return reply.body
