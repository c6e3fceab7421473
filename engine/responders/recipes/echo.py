"""The request's body back."""

from __future__ import annotations

from .recipe import RecipeAnswer, RecipeBase, RecipeField, ReplyContext, guess_type, register

COUNTER = "NATS-Reply-Counter"
"""As `nats reply` spells it."""


@register
class Echo(RecipeBase):
    name = "echo"
    title = "Echo: the request back"
    place = 1
    hint = "Replies with the request's body, unchanged, and its content-type."
    summary = "sends the request back"
    fields = (RecipeField("echo_headers", "Echo", False, "echo the request's headers too"),)

    def describe(self, where: str) -> str:
        headers = ", with the request's headers" if self.draft.echo_headers else ""
        return f"answers {where} with the request back{headers}"

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        request = context.request
        if self.draft.echo_headers:
            return self._whole(context)
        kind = request.content_type or guess_type(request.body)
        return RecipeAnswer(request.body, kind, self.draft.headers)

    def _whole(self, context: ReplyContext) -> RecipeAnswer:
        """As `nats reply` sends it: own headers, the request's, a counter."""
        request = context.request
        own = self.rendered_headers(context.for_templates)
        headers = (*own, *request.raw_headers.pairs, (COUNTER, str(context.count)))
        return RecipeAnswer(request.body, request.content_type or "", headers)
