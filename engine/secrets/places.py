"""Where secrets stand in a text: JSON, whole or torn, forms, headers, settings, XML, prose.

A body is any bytes, so nothing is parsed as a whole: each rule looks for its own marks, in time
that grows with the text's length alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .patterns import FORMS, is_secret_name, may_name_secrets, names_a_number

_DEEPEST = 4
"""JSON in a text of JSON in a text of JSON, so often."""
_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\\n]|\\.)*+)\\?(?:"|(?=\n)|\Z)(?P<colon>\s*+:)?'
    r"|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)"
    r"|(?P<plain>[^\s\"{}\[\],:]++)"
)
_TEMPLATE_TOKEN = re.compile(_TOKEN.pattern.replace(r"(?:[", r"(?:\{\{[^\n]{0,200}?\}\}|[", 1))
_VALUE = r"\"[^\"\n]+\"|'[^'\n]+'|(?:\{\{[^\n{}]{0,200}\}\}|[^\s&;,\"'<>()])+"
_SETTING = re.compile(rf"(?<![\w.-])(?P<name>[\w.-]{{1,64}})=(?P<value>{_VALUE})")
_FLAG = re.compile(rf"(?<![\w-])--?(?P<name>[\w-]{{2,64}})[ \t]+(?!-)(?P<value>{_VALUE})")
_LINE = re.compile(r"^[ \t>-]*(?P<name>[\w.-]{1,64})[ \t]*:[ \t]+(?P<value>\S[^\n\r]*)", re.M)
_SINGLE = re.compile(r"'(?P<name>[\w .-]{1,64})'\s{0,9}:\s{0,9}'(?P<value>[^'\n]+)'")
_ELEMENT = re.compile(r"<(?P<name>[\w:.-]{1,64})>(?P<value>[^<\n]+)</")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|([^\\])", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Found(NamedTuple):
    """A secret from `begin` to `end`; `name` is what stood beside it, "" for a form alone."""

    begin: int
    end: int
    name: str = ""
    known: bool = False
    """True where `name` is that of the variable whose value it is."""


Allowed = Callable[[str], bool]
"""Whether a value that stands where a secret would is none, being a variable."""


def find_secrets(written: str, allowed: Allowed, *, template: bool = False) -> list[Found]:
    """All secrets, in order, none within another."""
    found: list[Found] = []
    for secret in sorted(_every(written, allowed, template), key=lambda one: (one.begin, -one.end)):
        if not found or secret.begin >= found[-1].end:
            found.append(secret)
        elif secret.end > found[-1].end:
            found[-1] = found[-1]._replace(end=secret.end)
    return found


def _every(written: str, allowed: Allowed, template: bool, depth: int = 0) -> Iterator[Found]:
    if may_name_secrets(written):
        yield from _json(written, allowed, template, depth)
        for rule in (_SETTING, _FLAG, _LINE, _SINGLE, _ELEMENT):
            yield from _named(rule, written, allowed)
    for form in FORMS.finditer(written):
        begin, end = form.span(form.lastgroup or 0)
        yield Found(begin, end)


def _named(rule: re.Pattern[str], written: str, allowed: Allowed) -> Iterator[Found]:
    for match in rule.finditer(written):
        begin, end = match.span("value")
        value = match["value"]
        if value[0] in "\"'" and value[-1] == value[0] and len(value) > 2:
            begin, end, value = begin + 1, end - 1, value[1:-1]
        if is_secret_name(match["name"]) and not allowed(value) and value[0] not in "{[\"'|":
            yield Found(begin, end, match["name"])


# -- JSON ------------------------------------------------------------------------------------


def _json(written: str, allowed: Allowed, template: bool, depth: int) -> Iterator[Found]:
    """What has a secret's name, and all texts in a list or object that has one."""
    around: list[str] = []
    name = ""
    for token in (_TEMPLATE_TOKEN if template else _TOKEN).finditer(written):
        kind = token.lastgroup
        if kind == "colon":
            key, _ = _decoded(token["text"])
            name = key if is_secret_name(key) or names_a_number(key) else ""
            continue
        if kind == "open":
            around.append(name if is_secret_name(name) else around[-1] if around else "")
        elif kind == "close" and around:
            around.pop()
        elif kind == "text":
            secret = name or (around[-1] if around else "")
            yield from _text(token, secret, allowed, template, depth)
        elif kind == "plain" and names_a_number(name) and token[0][0] in "-0123456789":
            yield Found(*token.span(), name)
        name = ""


def _text(
    token: re.Match[str], name: str, allowed: Allowed, template: bool, depth: int
) -> Iterator[Found]:
    begin, end = token.span("text")
    if name and end > begin:
        if not allowed(token["text"]):
            yield Found(begin, end, name)
    elif "\\" in token["text"] and depth < _DEEPEST:
        inner, places = _decoded(token["text"])
        for secret in _every(inner, allowed, template, depth + 1):
            yield Found(begin + places[secret.begin], begin + places[secret.end], secret.name)


def _decoded(raw: str) -> tuple[str, list[int]]:
    """What a JSON text says, and where each of its characters was written, and the end."""
    if "\\" not in raw:
        return raw, []
    letters, places = [], []
    for escape in _ESCAPE.finditer(raw):
        point, letter, plain = escape.groups()
        letters.append(chr(int(point, 16)) if point else _LETTERS.get(letter, letter) or plain)
        places.append(escape.start())
    return "".join(letters), [*places, len(raw)]
