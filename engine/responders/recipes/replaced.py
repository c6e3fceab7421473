"""A request's JSON body with some of its fields replaced, as the user wrote it in lines.

```
status = "accepted"
items.0.qty = 3
id = {{Count}}
who = {{Header "x-user"}}
```
A path is the names and list places down to a field; what is missing on the way is made. A value
is JSON, and may hold templates: what these make is taken as text when it is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.codec import JSON
from engine.content.content import Envelope
from engine.content.reading import read_value
from engine.drafts.template import Context, Template, TemplateError
from engine.drafts.template_functions import is_number
from engine.drafts.written_content import written_answer
from engine.errors import ContentError, InvalidInput
from engine.fields import read_json
from engine.message import text
from engine.responders.behaviour import InvalidReply
from engine.words import counted

from .recipe import Bodies, RecipeAnswer, RecipeBase, ReplyContext, register

MAX_STEPS = 100
"""Of a path."""


@register
class Replaced(RecipeBase):
    name = "replaced"
    title = "Replaced: fields of its JSON"
    place = 4
    hint = "One field on each line, as items.0.qty = 3; a value is JSON or a template."
    summary = "replaces fields of the request's JSON"
    bodies = Bodies.ONE

    @cached_property
    def _replacements(self) -> tuple[Replacement, ...]:
        return parse_replacements(text(self.draft.body))

    def describe(self, where: str) -> str:
        lines = [line for line in self.draft.body.splitlines() if line.strip()]
        return f"answers {where} with the request's JSON, {counted(len(lines), 'field')} replaced"

    def check(self) -> None:
        try:
            parse_replacements(text(self.draft.body))
        except InvalidInput as error:
            raise InvalidReply("body", str(error)) from None

    def answer(self, context: ReplyContext) -> RecipeAnswer:
        given = context.for_templates
        headers = self.rendered_headers(given)
        request = context.request
        body = replace_fields(request.body, self._replacements, given)
        written, content_type = written_answer(body, request.raw_message)
        return RecipeAnswer(written, content_type or JSON, headers)

    def named_values(self) -> Iterator[tuple[str, str]]:
        return (
            (replacement.path[-1], replacement.value.strip('"'))
            for replacement in self._replacements
        )


@dataclass(frozen=True, slots=True)
class Replacement:
    """One line; `value` as it was written."""

    path: tuple[str, ...]
    value: str

    def make(self, context: Context) -> Any:
        """The new value; raises `TemplateError`."""
        if "{{" not in self.value:
            return read_json(self.value)
        written = Template.parse(self.value).render(context)
        try:
            return read_json(written)
        except ValueError:
            return written


def parse_replacements(written: str) -> tuple[Replacement, ...]:
    """Read the lines; raises `InvalidInput` that names the bad one."""
    lines = enumerate(written.splitlines(), 1)
    found = tuple(_line(number, line) for number, line in lines if line.strip())
    if not found:
        raise InvalidInput("write the fields to replace, one to a line, as items.0.qty = 3")
    return found


def _line(number: int, line: str) -> Replacement:
    name, equals, value = (part.strip() for part in line.partition("="))
    path = tuple(name.split("."))
    if not equals or "" in path:
        raise InvalidInput(f"line {number} is no field: write it as items.0.qty = 3")
    if len(path) > MAX_STEPS:
        raise InvalidInput(f"line {number} goes too deep: a path has at most {MAX_STEPS} steps")
    try:
        if "{{" in value:
            Template.parse(value)
        else:
            read_json(value)
    except TemplateError as error:
        raise InvalidInput(f"line {number}: {error.why}") from None
    except ValueError:
        raise InvalidInput(f"line {number} has no JSON value: put text in quotes") from None
    return Replacement(path, value)


def replace_fields(body: bytes, given: tuple[Replacement, ...], context: Context) -> bytes:
    """The body with the fields replaced; raises `InvalidInput` where it has no such place."""
    try:
        value = read_value(body, Envelope(context.subject, context.headers))
    except ContentError:
        raise InvalidInput("the request's body is no JSON, so no field can be replaced") from None
    for replacement in given:
        value = _put(value, replacement.path, replacement.make(context), replacement.path)
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _put(value: Any, path: tuple[str, ...], new: Any, whole: tuple[str, ...]) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        value[step] = _put(value.get(step, {}), rest, new, whole)
    elif isinstance(value, list) and is_number(step) and int(step) <= len(value):
        at = int(step)
        value[at:] = [
            _put(value[at] if at < len(value) else {}, rest, new, whole),
            *value[at + 1 :],
        ]
    else:
        raise InvalidInput(f"the request's body has no place for {'.'.join(whole)}")
    return value
