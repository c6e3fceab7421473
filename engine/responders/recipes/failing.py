"""A service error."""

from __future__ import annotations

from .recipe import ERROR, Bodies, RecipeAnswer, RecipeBase, ReplyContext, guess_type, register


@register
class Failing(RecipeBase):
    name = "failing"
    title = "Failing: a service error"
    place = 5
    summary = "answers with a service error"
    bodies = Bodies.ONE
    needs_headers = True
    fails = True

    def describe(self, where: str) -> str:
        return f'answers {where} with the service error "{self.draft.error or ERROR}"'

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        return self.failure()

    def failure(self, words: str = "", code: str = "") -> RecipeAnswer:
        """With the body and the headers that the user wrote for it."""
        body = self.draft.body
        error = super().failure(words, code).headers
        return RecipeAnswer(body, guess_type(body), (*error, *self.draft.headers))
