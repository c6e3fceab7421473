"""The same body every time, or one body after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .recipe import Bodies, RecipeAnswer, RecipeBase, ReplyContext, guess_type, register

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft


@register
class Canned(RecipeBase):
    name = "canned"
    title = "Canned: the same answer"
    place = 2
    summary = "always answers the same"
    bodies = Bodies.SEVERAL

    def __init__(self, draft: ReplyDraft) -> None:
        super().__init__(draft)
        bodies = (draft.body, *draft.more)
        self._answers = [RecipeAnswer(body, guess_type(body), draft.headers) for body in bodies]

    def describe(self, where: str) -> str:
        if self.draft.more:
            return f"answers {where} with one body after another"
        return f"answers {where} with the same body every time"

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        return self._answers[min(context.place, len(self._answers) - 1)]
