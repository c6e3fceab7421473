"""Answers: what a reply draft makes of a request, ready to be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.codec import JSON, TEXT
from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.content import Envelope, Side
from engine.drafts.draft import Pairs
from engine.drafts.written_content import writer_of
from engine.errors import ContentError, HeadersUnsupported, InvalidBody
from engine.message import Headers, header_in, text
from engine.responders.behaviour import InvalidReply
from engine.rpc.handling.response import WrittenResponse
from engine.rpc.header_block import HeadTemplate, refuse_headers
from engine.rpc.ids import new_id, new_short_id
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, NatsMessage

from .behaviour import Correlation
from .recipes import recipe_of
from .recipes.recipe import RecipeAnswer, ReplyContext, guess_type
from .reply import ReplyDraft

_TYPED = ("", JSON, TEXT)
"""The types of bodies that were typed."""
_CORRELATION_ID = CORRELATION_ID.encode()
MAX_TEMPLATES = 64
"""Content-types for which header blocks are kept: an echo's are the requests'."""


class Answering:
    """A draft, ready to answer. `max_payload` gives the server's limit in bytes,
    and `takes_headers` whether it takes any."""

    def __init__(
        self,
        draft: ReplyDraft,
        variables: Mapping[str, str],
        max_payload: Callable[[], int],
        takes_headers: Callable[[], bool] = lambda: True,
        settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET,
    ) -> None:
        self.draft = draft
        self.recipe = recipe_of(draft)
        self._variables = variables
        self._max_payload = max_payload
        self._takes_headers = takes_headers
        self._settings = settings
        self._encoded: dict[tuple[str, bytes], bytes] = {}
        """Bodies as their content, by subject: most answers are alike."""
        self._templates: dict[tuple[str, bool], HeadTemplate] = {}
        """By content-type, and whether there is a correlation id."""

    def reply(self, request: NatsMessage, count: int, place: int = 0) -> WrittenResponse:
        """Reply number `place` of several; `count` is what templates call Count.

        Raises `InvalidInput` where the request does not have what the recipe needs.
        """
        context = ReplyContext(request, count, place, self._variables, self._max_payload)
        answer = self.recipe.answer(context)
        if self.draft.content:
            answer = self._as_content(request, answer)
        return self._written(request, answer)

    def by_hand(self, request: NatsMessage, body: bytes, headers: Pairs) -> WrittenResponse:
        """An answer that somebody wrote; raises `InvalidHeader`."""
        return self._written(request, RecipeAnswer(body, guess_type(body), headers))

    def failure(self, request: NatsMessage, words: str = "", code: str = "") -> WrittenResponse:
        """A service error: the draft's, or one in other words."""
        return self._written(request, self.recipe.failure(words, code))

    def end_mark(self, request: NatsMessage) -> WrittenResponse:
        return self._written(request, RecipeAnswer())

    def _as_content(self, request: NatsMessage, answer: RecipeAnswer) -> RecipeAnswer:
        """The typed body as the content that the draft names; raises `InvalidReply`."""
        if not answer.body or answer.content_type not in _TYPED:
            return answer
        content, argument = writer_of(self.draft.content)
        key = request.subject, answer.body
        if key not in self._encoded:
            if len(self._encoded) >= MAX_TEMPLATES:
                self._encoded.clear()
            settings = self._settings()
            envelope = Envelope(request.subject, Headers(), Side.REPLY, settings, argument)
            try:
                self._encoded[key] = content.write(text(answer.body), envelope)
            except (InvalidBody, ContentError) as error:
                raise InvalidReply("content", str(error)) from None
        kind = content.types[0] if content.types else ""
        return answer._replace(body=self._encoded[key], content_type=kind)

    # -- writing -------------------------------------------------------------------------------

    def _written(self, request: NatsMessage, answer: RecipeAnswer) -> WrittenResponse:
        head = self._head(request, answer)
        body = b"x" * max(0, answer.fill - len(head)) if answer.fill else answer.body
        stream = None if answer.status else self.draft.store_in or None
        return WrittenResponse(head, body, stream=stream)

    def _head(self, request: NatsMessage, answer: RecipeAnswer) -> bytes:
        """The header block; raises `InvalidHeader` for what a template made and none can be."""
        if not self._takes_headers():
            if answer.status:
                raise HeadersUnsupported(("the status",))
            refuse_headers(answer.headers)
            return b""
        if answer.status:
            return answer.status
        correlation_id = self._correlation_id(request)
        if answer.headers is not self.draft.headers:  # they are made for this request
            return self._block(answer, text(correlation_id))
        return self._template(answer, bool(correlation_id)).write(correlation_id)

    def _template(self, answer: RecipeAnswer, with_id: bool) -> HeadTemplate:
        """Written once for answers that differ in the correlation id alone."""
        kind = answer.content_type, with_id
        found = self._templates.get(kind)
        if found is None:
            mark = new_short_id() if with_id else ""
            found = HeadTemplate(self._block(answer, mark), mark.encode())
            if len(self._templates) < MAX_TEMPLATES:
                self._templates[kind] = found
        return found

    def _block(self, answer: RecipeAnswer, correlation_id: str) -> bytes:
        return Headers.of((*self._added(answer, correlation_id), *answer.headers)).encode()

    def _added(self, answer: RecipeAnswer, correlation_id: str) -> Pairs:
        """What natstap adds, unless the answer has it."""
        if not self.draft.adds_headers:
            return ()
        names = {name for name, _ in answer.headers}
        usual = ((CONTENT_TYPE, answer.content_type), (CORRELATION_ID, correlation_id))
        return tuple(pair for pair in usual if pair[1] and pair[0] not in names)

    def _correlation_id(self, request: NatsMessage) -> bytes:
        if self.draft.correlation is Correlation.KEEP:
            return header_in(request.head, _CORRELATION_ID) or b""
        return new_id().encode() if self.draft.correlation is Correlation.CHANGE else b""
