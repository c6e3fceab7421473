"""The rules that say what a reply draft may hold: each raises `InvalidReply` for one field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from engine.api_subjects import is_name
from engine.drafts.invalid_drafts import InvalidDraft
from engine.drafts.written_content import writer_of
from engine.durations import MAX_WAIT
from engine.errors import InvalidHeader, InvalidSubject
from engine.message import Headers
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE
from engine.subject import check_queue

from .behaviour import InvalidReply, Then
from .delay_spread import Spread
from .harmless import check_harmless
from .recipes import by_place, recipe_of

if TYPE_CHECKING:
    from .reply import ReplyDraft

MAX_REPLIES = 10_000
MAX_RATE = 100_000
_SERVICE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
_CHANCES = ("fail_chance", "silent_chance", "duplicate_chance")
_OF_STREAM = {"durable": "", "then": Then.ACK, "nak_delay": 1.0, "ack_wait": 30.0}


def _subject(draft: ReplyDraft) -> None:
    check_harmless(draft.subject)
    try:
        check_queue(draft.queue)
    except InvalidSubject as error:
        raise InvalidReply("queue", error.why) from None


def _words(draft: ReplyDraft) -> None:
    Headers.of(draft.headers)
    for field, name in (("error", SERVICE_ERROR), ("error_code", SERVICE_ERROR_CODE)):
        try:
            Headers.of({name: getattr(draft, field)})
        except InvalidHeader as error:
            raise InvalidReply(field, error.why) from None


def _answer(draft: ReplyDraft) -> None:
    for recipe in by_place():
        for field in recipe.fields:
            field.check(draft.value(field))
    recipe_of(draft).check()


def _delay(draft: ReplyDraft) -> None:
    times = (draft.least_delay, draft.mean_delay, draft.deviation, draft.pause)
    if not all(0 <= seconds <= MAX_WAIT for seconds in times):
        raise InvalidReply("delay", "use a time between 0 and one day")
    bounded = draft.spread is Spread.EVEN or draft.most_delay != 0
    if bounded and not draft.least_delay <= draft.most_delay <= MAX_WAIT:
        raise InvalidReply("delay", "the maximum must be at least the minimum, and at most one day")
    if draft.delay.longest > MAX_WAIT:
        raise InvalidReply("delay", "the longest would be more than one day")


def _chances(draft: ReplyDraft) -> None:
    for field in _CHANCES:
        if not 0 <= getattr(draft, field) <= 1:
            raise InvalidReply(field, "a chance is from 0 to 1: 0.2 is 20 %")


def _counts(draft: ReplyDraft) -> None:
    if draft.limit < 0:
        raise InvalidReply("limit", "use 0 for no limit, or a positive number")
    if not 1 <= draft.replies <= MAX_REPLIES:
        raise InvalidReply("replies", f"there are 1 to {MAX_REPLIES:,}")
    if not 1 <= draft.rate <= MAX_RATE:
        raise InvalidReply("rate", f"it is 1 to {MAX_RATE:,} answers a second")


def _streams(draft: ReplyDraft) -> None:
    for field in ("stream", "store_in", "durable"):
        name = getattr(draft, field)
        if name and not is_name(name):
            raise InvalidReply(field, f"{name!r} cannot be its name")
    changed = (field for field, usual in _OF_STREAM.items() if getattr(draft, field) != usual)
    if not draft.stream and (field := next(changed, "")):
        raise InvalidReply(field, "only what consumes a stream has that: name the stream")
    for field in ("nak_delay", "ack_wait"):
        if not 0.01 <= getattr(draft, field) <= MAX_WAIT:
            raise InvalidReply(field, "it is 10 ms to a day")


def _service(draft: ReplyDraft) -> None:
    if draft.service and not _SERVICE.fullmatch(draft.service):
        raise InvalidReply("service", "its name has letters, digits, - and _ only")
    if not _VERSION.fullmatch(draft.version):
        raise InvalidReply("version", "it is written as 1.0.0")
    if draft.service and draft.stream:
        raise InvalidReply("service", "what consumes a stream is no service: choose one")


def _content(draft: ReplyDraft) -> None:
    if not draft.content:
        return
    try:
        writer_of(draft.content)
    except InvalidDraft as error:
        raise InvalidReply("content", error.why) from None


RULES = (_subject, _words, _answer, _delay, _chances, _counts, _streams, _service, _content)
