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
from dataclasses import dataclass
from typing import Any

from engine.drafts.template import Context, Template, TemplateError
from engine.drafts.template_functions import is_number
from engine.errors import InvalidInput
from engine.fields import read_json

DEEPEST = 100
"""Steps of a path."""


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
    name, equals, value = (one.strip() for one in line.partition("="))
    path = tuple(name.split("."))
    if not equals or "" in path:
        raise InvalidInput(f"line {number} is no field: write it as items.0.qty = 3")
    if len(path) > DEEPEST:
        raise InvalidInput(f"line {number} goes too deep: a path has at most {DEEPEST} steps")
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
        value = read_json(body)
    except ValueError:
        raise InvalidInput("the request's body is no JSON, so no field can be replaced") from None
    for one in given:
        value = _put(value, one.path, one.make(context), one.path)
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
