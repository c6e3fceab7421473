"""By hand: requests wait, and somebody answers each, refuses it, or passes it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.responders.behaviour import InvalidReply

from .recipe import (
    Bodies,
    RecipeAnswer,
    RecipeBase,
    RecipeField,
    ReplyContext,
    guess_type,
    register,
)

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft

SUBJECT_MARK = "{subject}"
MAX_WAIT = 86_400.0
"""Seconds that a request waits at most."""
_PASS_TO = RecipeField("pass_to", "pass on to", "", f"real.{SUBJECT_MARK}")
_WAIT = RecipeField("wait", "wait at most", 300.0, "5 min")


@register
class Held(RecipeBase):
    """Its body and headers are what is suggested as an answer."""

    name = "by_hand"
    title = "By hand: requests wait for you"
    place = 8
    hint = "Each request waits in a lane: H opens it."
    summary = "holds requests until you answer them"
    bodies = Bodies.ONE
    fields = (_PASS_TO, _WAIT)
    holds = True

    def __init__(self, draft: ReplyDraft) -> None:
        super().__init__(draft)
        self.seconds = float(draft.value(_WAIT)) or MAX_WAIT
        self._pass_to = str(draft.value(_PASS_TO)).strip()

    def describe(self, where: str) -> str:
        return f"holds requests on {where} until you answer them"

    def check(self) -> None:
        if self._pass_to and SUBJECT_MARK not in self._pass_to and " " in self._pass_to:
            raise InvalidReply("pass_to", "a subject has no blanks")
        if self.seconds > MAX_WAIT:
            raise InvalidReply("wait", "use at most one day")

    def pass_to(self, subject: str) -> str:
        """Where a request on a subject would be passed on to; "" where nobody said."""
        return self._pass_to.replace(SUBJECT_MARK, subject)

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        body = self.draft.body
        return RecipeAnswer(body, guess_type(body), self.draft.headers)
