"""Body and headers made of the request's."""

from __future__ import annotations

from engine.drafts.template import Template, TemplateError, render_bytes
from engine.message import text
from engine.responders.behaviour import InvalidReply

from .recipe import Bodies, RecipeAnswer, RecipeBase, ReplyContext, guess_type, register


@register
class Templated(RecipeBase):
    name = "template"
    title = "Template: from the request"
    place = 3
    hint = '{{.Body.item}}, {{Header "x"}}, {{1}} a token, {{Request}}, {{Count}}'
    summary = "answers with a template"
    bodies = Bodies.SEVERAL

    def describe(self, where: str) -> str:
        return f"answers {where} with what the template makes of the request"

    def check(self) -> None:
        draft = self.draft
        for number, body in enumerate((draft.body, *draft.more), 1):
            _check("body", text(body), f"reply {number}, " if draft.more else "")
        for _, value in draft.headers:
            _check("headers", value)

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        bodies = (self.draft.body, *self.draft.more)
        given = context.for_templates
        headers = self.rendered_headers(given)
        body = render_bytes(bodies[min(context.place, len(bodies) - 1)], given)
        return RecipeAnswer(body, guess_type(body), headers)


def _check(field: str, written: str, where: str = "") -> None:
    try:
        Template.parse(written)
    except TemplateError as error:
        raise InvalidReply(field, f"{where}{error}") from None
