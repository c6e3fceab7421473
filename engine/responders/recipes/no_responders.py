"""The status that the server sends when nobody listens."""

from __future__ import annotations

from engine.errors import InvalidInput
from engine.message import raw_bytes

from .recipe import RecipeAnswer, RecipeBase, ReplyContext, register


@register
class NoRespondersReply(RecipeBase):
    name = "no_responders"
    title = "No responders: a 503"
    place = 6
    hint = "Replies with status 503, as a server does when nobody listens."
    summary = "answers that nobody listens"
    has_headers = False
    needs_headers = True

    def describe(self, where: str) -> str:
        return f"tells who asks {where} that nobody listens"

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        return RecipeAnswer(status=no_responders(context.request.subject))


def no_responders(subject: str) -> bytes:
    """The header block that the server sends when nobody listens."""
    if "\r" in subject or "\n" in subject:
        raise InvalidInput("a subject with a line break cannot be named in a header")
    return raw_bytes(f"NATS/1.0 503\r\nNats-Subject: {subject}\r\n\r\n")
