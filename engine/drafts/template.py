"""Templates as in the `nats` CLI, and a little more: text with `{{...}}` parts.

| written                              | becomes                                            |
|--------------------------------------|----------------------------------------------------|
| `{{Count}}` `{{Cnt}}`                | the message's number                               |
| `{{Unix}}` `{{UnixNano}}`            | the time since 1970                                |
| `{{TimeStamp}}` `{{Time}}`           | 2026-11-23T20:27:18Z, 8:27PM; local time           |
| `{{ID}}`                             | a fresh id of 22 characters                        |
| `{{Random 10 20}}`                   | 10 to 20 letters and digits                        |
| `{{"text"}}`                         | the text; `{{"{{"}}` writes the braces themselves  |
| `{{Request}}` `{{Subject}}`          | in an answer: the request's body and subject       |
| `{{0}}` `{{1}}`                      | in an answer: tokens of the request's subject      |
| `{{Header "x"}}`                     | in an answer: the first value of a header          |
| `{{.Body.item}}` `{{.Body.rows.0}}`  | in an answer: a field of the request's body        |
| `{{Var "name"}}` `{{name}}`          | a variable                                         |

The names may have a dot before them. Pipes, `if` and `range` are Go's and are refused.
Source: PubReplyBodyTemplate in natscli, internal/util/headers.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.errors import InvalidInput
from engine.fields import read_json
from engine.message import raw_bytes, text

from .template_functions import FUNCTIONS, MAX_NUMBER, Context, is_number

__all__ = [
    "ACTION",
    "OWN",
    "Action",
    "Context",
    "Template",
    "TemplateError",
    "UnclosedAction",
    "escape",
    "escape_bytes",
    "render",
    "render_bytes",
]

KEYWORDS = frozenset({"if", "else", "end", "range", "with", "template", "block", "define", "break"})
OWN = frozenset({"Var", "Header", "Body", "Subject", "token"})
"""What the `nats` CLI does not know."""

_STRING = r'"(?:\\.|[^"\\\n])*"|`[^`]*`'
_COMMENT = re.compile(r"\{\{(-\s+)?/\*.*?\*/(\s+-)?\}\}", re.DOTALL)
ACTION = re.compile(
    r"\{\{(?P<left>-\s+)?(?P<inside>(?:[^\"`}]|\}(?!\})|" + _STRING + r")*+)\}\}", re.DOTALL
)
"""One `{{...}}`, whole."""
_WORD = re.compile(rf"\s*+(?:(?P<string>{_STRING})|(?P<word>[^\s\"`|()]++)|(?P<odd>\S))")
_NAME = re.compile(r"[A-Za-z_]\w*")
_KNOWN = tuple(name for name in FUNCTIONS if name != "token")


class TemplateError(InvalidInput):
    """`position` is the offset in the text where the trouble begins; `field` names the text, ""
    where there is only one.
    """

    def __init__(self, position: int, why: str, written: str = "") -> None:
        before = written[:position]
        self.line, self.column = before.count("\n") + 1, position - before.rfind("\n")
        where = f"line {self.line}, character {self.column}"
        where = where if self.line > 1 else f"character {self.column}"
        super().__init__(f"template, {where}: {why}")
        self.position = position
        self.why = why
        self.field = ""

    def inside(self, field: str, what: str = "") -> TemplateError:
        """The same error, told of one of several texts; `what` is what people call it."""
        told = str(self).replace("template,", f"template in the {what or field},", 1)
        self.args, self.field = (told,), field
        return self


class UnclosedAction(TemplateError):
    """A `{{` without its `}}`, which the nats CLI sends as it is."""


@dataclass(frozen=True, slots=True)
class Action:
    """One `{{...}}`: what it names and what it gives to that."""

    position: int
    source: str
    name: str
    """ "" for literal text."""
    arguments: tuple[str | int, ...] = ()

    @property
    def variable(self) -> str:
        """The name of the variable it asks for, or ""."""
        return str(self.arguments[0]) if self.name == "Var" else ""


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and actions, in order."""

    written: str
    parts: tuple[str | Action, ...]

    @classmethod
    def parse(cls, written: str) -> Template:
        """Read a template; raises `TemplateError`."""
        return _parse(written)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The parts that are not literal text, however written."""
        return tuple(part for part in self.parts if isinstance(part, Action) and part.name)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables it asks for, each once."""
        return tuple(dict.fromkeys(action.variable for action in self.actions if action.variable))

    def render(self, context: Context) -> str:
        """The text; raises `TemplateError` for what the context does not have."""
        return "".join(
            part if isinstance(part, str) else self._do(part, context) for part in self.parts
        )

    def fill(self, variables: Mapping[str, str]) -> str:
        """The template with these variables written into it and the rest left as it is."""

        def written(one: str | Action) -> str:
            if isinstance(one, str):
                return one
            if one.variable not in variables:
                return one.source
            return variables[one.variable].replace("{", '{{"{"}}')  # it may touch another brace

        return "".join(written(part) for part in self.parts)

    def _do(self, action: Action, context: Context) -> str:
        if not action.name:
            return str(action.arguments[0])
        try:
            return FUNCTIONS[action.name][1](context, *action.arguments)
        except LookupError as error:
            raise TemplateError(action.position, str(error.args[0]), self.written) from None


@lru_cache(maxsize=64)
def _parse(written: str) -> Template:
    """A burst renders the same few texts thousands of times."""
    return Template(written, tuple(_parts(written)))


def render(written: str, context: Context) -> str:
    return Template.parse(written).render(context) if "{{" in written else written


def render_bytes(written: bytes, context: Context) -> bytes:
    """As `render`; bytes that are no UTF-8 pass through."""
    return raw_bytes(render(text(written), context)) if b"{{" in written else written


def escape(plain: str) -> str:
    """A template that renders to exactly this text."""
    return plain.replace("{{", '{{"{{"}}')


def escape_bytes(plain: bytes) -> bytes:
    return plain.replace(b"{{", b'{{"{{"}}')


# -- reading ---------------------------------------------------------------------------------


def _parts(written: str) -> list[str | Action]:
    parts: list[str | Action] = []
    at, trim = 0, False
    while at < len(written):
        begin = written.find("{{", at)
        literal = written[at : begin if begin >= 0 else None]
        literal = literal.lstrip() if trim else literal
        if begin < 0:
            parts.append(literal)
            break
        comment = _COMMENT.match(written, begin)
        found = comment or ACTION.match(written, begin)
        if found is None:
            raise UnclosedAction(begin, "unclosed {{", written)
        parts.append(literal.rstrip() if found[1] else literal)
        trim = bool(comment[2]) if comment else bool(re.search(r"\s-$", found["inside"]))
        if comment is None:
            parts.append(_action(written, begin, found))
        at = found.end()
    return [part for part in parts if part != ""]


def _action(written: str, begin: int, found: re.Match[str]) -> Action:
    inside = re.sub(r"\s-$", "", found["inside"])
    start = found.start("inside")
    words = [_word(written, start, found) for found in _WORD.finditer(inside) if found[0].strip()]
    if not words:
        raise TemplateError(begin, "there is nothing between {{ and }}", written)
    try:
        return Action(begin, found[0], *_meaning(words))
    except LookupError as error:
        raise TemplateError(begin, str(error.args[0]), written) from None


def _word(written: str, start: int, found: re.Match[str]) -> tuple[bool, str]:
    """Whether it is quoted, and its text."""
    if found["odd"]:
        position = start + found.start("odd")
        raise TemplateError(position, "pipes and brackets are Go's, and not known here", written)
    if not found["string"]:
        return False, found["word"]
    quoted = found["string"]
    if quoted[0] == "`":
        return True, quoted[1:-1]
    try:
        meant = str(read_json(quoted, strict=False))
        raw_bytes(meant)  # \ud800 alone is half of a character
        return True, meant
    except ValueError:
        raise TemplateError(start + found.start(), "the text has a strange \\", written) from None


def _meaning(words: list[tuple[bool, str]]) -> tuple[str, tuple[str | int, ...]]:
    """Name and arguments; raises LookupError with a sentence."""
    (quoted, word), *rest = words
    if quoted:
        return _literal(word, rest)
    name, *path = word.removeprefix(".").split(".")
    if name == "Body":
        return _checked("Body", [*path], rest)
    if is_number(name) and not path:
        return _checked("token", [int(name)], rest)
    if name in KEYWORDS:
        raise LookupError(f"{name} is Go's, and not known here")
    if name in FUNCTIONS and name != "token" and not path:
        return _checked(name, [], rest)
    if rest or path or not _NAME.fullmatch(name) or word.startswith("."):
        raise LookupError(f"{word} is not known; known are {', '.join(_KNOWN)}")
    return "Var", (name,)


def _literal(word: str, rest: list[Any]) -> tuple[str, tuple[str, ...]]:
    if rest:
        raise LookupError("nothing can follow a text")
    return "", (word,)


def _checked(
    name: str, given: list[str | int], rest: list[tuple[bool, str]]
) -> tuple[str, tuple[str | int, ...]]:
    wanted = FUNCTIONS[name][0]
    if len(rest) != len(wanted):
        needs = f"needs {' and '.join(wanted)}" if wanted else "takes nothing after it"
        raise LookupError(f"{name} {needs}")
    for (quoted, word), what in zip(rest, wanted, strict=True):
        if quoted == what.startswith("a number"):
            raise LookupError(f"{name} needs {what}{'' if quoted else ', in quotes'}")
        if not quoted and not (is_number(word) and int(word) <= MAX_NUMBER):
            raise LookupError(f"{name} needs {what}, at most {MAX_NUMBER}")
        given.append(word if quoted else int(word))
    return name, tuple(given)
