"""Answers: what a reply draft makes of a request, ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.codec import JSON
from engine.drafts.draft import Pairs
from engine.drafts.template import Context, render, render_bytes
from engine.drafts.wire_headers import content_type
from engine.errors import HeadersUnsupported, InvalidInput
from engine.message import Headers, raw_bytes, text
from engine.rpc.header_block import refuse_headers
from engine.rpc.ids import new_id
from engine.rpc.message import (
    CONTENT_TYPE,
    CORRELATION_ID,
    SERVICE_ERROR,
    SERVICE_ERROR_CODE,
    NatsMessage,
)
from engine.rpc.response import WrittenResponse

from .behaviour import Correlation, Recipe
from .replaced import parse_replacements, replace_fields
from .reply import ReplyDraft

ERROR = "this responder fails on purpose"
ERROR_CODE = "500"
COUNTER = "NATS-Reply-Counter"
"""As `nats reply` spells it."""
_WORDS = 1024
"""Characters of an error that are told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body, the type it has unless a header names one, and headers."""

    body: bytes = b""
    content_type: str = ""
    headers: Pairs = ()


class Answering:
    """A draft, ready to answer. `max_payload` gives the server's limit in bytes,
    and `takes_headers` whether it takes any."""

    def __init__(
        self,
        draft: ReplyDraft,
        variables: Mapping[str, str],
        max_payload: Callable[[], int],
        takes_headers: Callable[[], bool] = lambda: True,
    ) -> None:
        self.draft = draft
        self._variables = variables
        self._max_payload = max_payload
        self._takes_headers = takes_headers
        self._bodies = (draft.body, *draft.more)
        self._types = tuple(map(_guess, self._bodies))
        self._replacements = (
            parse_replacements(text(draft.body)) if draft.recipe is Recipe.REPLACED else ()
        )

    def reply(self, request: NatsMessage, count: int, place: int = 0) -> WrittenResponse:
        """Reply number `place` of several; `count` is what templates call Count.

        Raises `InvalidInput` where the request does not have what the recipe needs.
        """
        recipe = self.draft.recipe
        if recipe is Recipe.NO_RESPONDERS:
            if not self._takes_headers():
                raise HeadersUnsupported(("the status",))
            return WrittenResponse(no_responders(request.subject))
        if recipe is Recipe.FAILING:
            return self.failure(request)
        if recipe is Recipe.OVERSIZE:
            return self._oversize(request)
        return self._written(request, self._made(request, count, place))

    def failure(self, request: NatsMessage, words: str = "", code: str = "") -> WrittenResponse:
        """A service error: the draft's, or one in other words."""
        draft = self.draft
        words = " ".join((words or draft.error or ERROR).split())[:_WORDS]
        error = (
            (SERVICE_ERROR, words),
            (SERVICE_ERROR_CODE, code or draft.error_code or ERROR_CODE),
        )
        if draft.recipe is not Recipe.FAILING:
            return self._written(request, Answer(headers=error))
        return self._written(request, Answer(draft.body, self._types[0], (*error, *draft.headers)))

    def end_mark(self, request: NatsMessage) -> WrittenResponse:
        return self._written(request, Answer())

    # -- the recipes ---------------------------------------------------------------------------

    def _made(self, request: NatsMessage, count: int, place: int) -> Answer:
        draft = self.draft
        if draft.recipe is Recipe.ECHO and draft.echo_headers:
            return self._whole_echo(request, count)
        if draft.recipe is Recipe.ECHO:
            kind = request.content_type or _guess(request.body)
            return Answer(request.body, kind, draft.headers)
        place = min(place, len(self._bodies) - 1)
        if draft.recipe is Recipe.CANNED:
            return Answer(self._bodies[place], self._types[place], draft.headers)
        context = Context.answering(request, count, self._variables)
        headers = tuple((name, render(value, context)) for name, value in draft.headers)
        if draft.recipe is Recipe.REPLACED:
            return Answer(replace_fields(request.body, self._replacements, context), JSON, headers)
        body = render_bytes(self._bodies[place], context)
        return Answer(body, _guess(body), headers)

    def _whole_echo(self, request: NatsMessage, count: int) -> Answer:
        """The request back as `nats reply` sends it: own headers, the request's, a counter."""
        context = Context.answering(request, count, self._variables)
        own = ((name, render(value, context)) for name, value in self.draft.headers)
        headers = (*own, *request.raw_headers.pairs, (COUNTER, str(count)))
        return Answer(request.body, request.content_type or "", headers)

    def _oversize(self, request: NatsMessage) -> WrittenResponse:
        """Exactly so many bytes, the header block included, where that is possible."""
        written = self._written(request, Answer(headers=self.draft.headers))
        size = self.draft.size or self._max_payload() + 1
        written.body = b"x" * max(0, size - len(written.head))
        return written

    # -- writing -------------------------------------------------------------------------------

    def _written(self, request: NatsMessage, answer: Answer) -> WrittenResponse:
        if not self._takes_headers():
            refuse_headers(answer.headers)
            return WrittenResponse(b"", answer.body, stream=self.draft.store_in or None)
        names = {name for name, _ in answer.headers}
        own = [
            (CONTENT_TYPE, answer.content_type),
            (CORRELATION_ID, self._correlation_id(request)),
        ]
        added = own if self.draft.adds_headers else []
        pairs = (*(one for one in added if one[1] and one[0] not in names), *answer.headers)
        stream = self.draft.store_in or None
        return WrittenResponse(_block(pairs), answer.body, stream=stream)

    def _correlation_id(self, request: NatsMessage) -> str:
        if self.draft.correlation is Correlation.KEEP:
            return request.raw_headers.get(CORRELATION_ID) or ""
        return new_id() if self.draft.correlation is Correlation.CHANGE else ""


def _block(pairs: Pairs) -> bytes:
    """A header block; raises `InvalidHeader` for what a template made and no header can be."""
    return Headers.of(pairs).encode()


def _guess(body: bytes) -> str:
    return content_type(body) if body else ""


def no_responders(subject: str) -> bytes:
    """The header block that the server sends when nobody listens."""
    if "\r" in subject or "\n" in subject:
        raise InvalidInput("a subject with a line break cannot be named in a header")
    return raw_bytes(f"NATS/1.0 503\r\nNats-Subject: {subject}\r\n\r\n")
