"""What makes a draft invalid: its subject, its headers, and what its kind cannot carry.

A rule takes a rendered draft and raises `InvalidDraft` with the field and one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.api_subjects import is_name
from engine.durations import MAX_WAIT
from engine.errors import InvalidHeader, InvalidInput, InvalidSubject
from engine.message import Headers
from engine.rpc.message import CORRELATION_ID, EXPECTED_STREAM
from engine.subject import check_publish, check_subscribe

from .kinds import HEADERS_OF_FIELDS, Kind
from .template import TemplateError

if TYPE_CHECKING:
    from .draft import Draft


class InvalidDraft(InvalidInput):
    """`field` is the name of the `Draft` field that is wrong, "" when it is none."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field.replace('_', ' ')}: {why}" if field else why)
        self.field = field
        self.why = why


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Say of what is wrong in which field of the draft it is."""
    try:
        yield
    except TemplateError as error:
        raise error.inside(field, field.replace("_", " ")) from None
    except InvalidHeader as error:
        told = f"{error.name!r}: {error.why}" if field == "headers" else error.why
        raise InvalidDraft(field, told) from None
    except InvalidSubject as error:
        raise InvalidDraft(field, error.why) from None


def check_rendered(draft: Draft) -> None:
    """Raise the `InvalidInput` that sending would, and for what its kind cannot carry."""
    with naming("subject"):
        check_publish(draft.subject)
    with naming("headers"):
        Headers.of(draft.headers)
    for field, pair in draft.written_headers():
        with naming(field):
            Headers.of([pair])
    for rule in _RULES:
        rule(draft)


_TTL = re.compile(r"never|[1-9]\d*|(?=.)(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?")


def _timing(draft: Draft) -> None:
    if not 0 < draft.timeout <= MAX_WAIT:
        raise InvalidDraft("timeout", "it is longer than nothing and at most a day")
    if draft.gap is not None and not 0 < draft.gap <= MAX_WAIT:
        raise InvalidDraft("gap", "it is longer than nothing and at most a day")


def _many(draft: Draft) -> None:
    if draft.replies < 0:
        raise InvalidDraft("replies", "0 means as many as come; less than that means nothing")
    if draft.kind is not Kind.MANY and (draft.replies or draft.gap or draft.until_empty):
        raise InvalidDraft("replies", "only a request for many replies says how they end")


def _reply(draft: Draft) -> None:
    if not draft.reply_to:
        return
    if draft.kind.asks:
        raise InvalidDraft("reply_to", "a request listens on an inbox of its own")
    with naming("reply_to"):
        check_publish(draft.reply_to)


def _stream(draft: Draft) -> None:
    if draft.stream and not draft.kind.streamed:
        raise InvalidDraft("stream", "only a stream request or a stream publish names one")
    if draft.stream and not is_name(draft.stream):
        raise InvalidDraft("stream", f"{draft.stream!r} cannot be a stream's name")


def _expectations(draft: Draft) -> None:
    for field in ("expected_sequence", "expected_subject_sequence"):
        if (getattr(draft, field) or 0) < 0:
            raise InvalidDraft(field, "a sequence is 0 or more")
    if draft.expected_subject:
        with naming("expected_subject"):
            check_subscribe(draft.expected_subject)
        if draft.expected_subject_sequence is None:
            raise InvalidDraft("expected_subject", "it needs the sequence that is expected there")
    if draft.ttl and not _TTL.fullmatch(draft.ttl):
        raise InvalidDraft("ttl", f"{draft.ttl!r} is no time to live: write 5s, 1h30m or never")


def _once(draft: Draft) -> None:
    names = {name for name, _ in draft.headers}
    for field, name in HEADERS_OF_FIELDS.items():
        if name in names and getattr(draft, field) not in ("", None):
            raise InvalidDraft(field, f"the headers have {name} too; one of them must go")
    streams = {value for name, value in draft.headers if name == EXPECTED_STREAM}
    if draft.stream and streams - {draft.stream}:
        raise InvalidDraft("stream", f"the headers name another in {EXPECTED_STREAM}")
    if draft.correlation_id and CORRELATION_ID in names:
        raise InvalidDraft("correlation_id", "the headers have one too; one of them must go")


def _content(draft: Draft) -> None:
    from .written_content import writer_of

    if draft.content:
        writer_of(draft.content)


_RULES = (_timing, _many, _reply, _stream, _expectations, _once, _content)
