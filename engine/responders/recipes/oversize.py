"""An answer with a given number of bytes, or more than the server takes."""

from __future__ import annotations

from .recipe import RecipeAnswer, RecipeBase, RecipeField, ReplyContext, register

MAX_SIZE = 64 << 20
"""Bytes; no server takes a larger message."""


@register
class Oversize(RecipeBase):
    name = "oversize"
    title = "Oversize: very many bytes"
    place = 7
    hint = (
        "Replies with this many bytes. Above the server's max_payload it sends a service error "
        "instead."
    )
    summary = "answers with very many bytes"
    fields = (RecipeField("size", "Bytes", 0, "one more than the server takes", MAX_SIZE),)

    def describe(self, where: str) -> str:
        size = self.draft.size
        return f"answers {where} with {f'{size:,} bytes' if size else 'more than the server takes'}"

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        fill = self.draft.size or context.max_payload() + 1
        return RecipeAnswer(headers=self.draft.headers, fill=fill)
