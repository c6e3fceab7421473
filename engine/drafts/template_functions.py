"""What templates can name: the context they are rendered in, and what each name makes of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from string import ascii_letters, digits
from typing import Any, Protocol

from engine.content.content import Envelope
from engine.content.reading import read_value
from engine.errors import ContentError
from engine.message import Headers, text

MAX_NUMBER = 1 << 20
"""Characters that `{{Random}}` makes at most."""
_CHANCE = Random()
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of characters, which JSON can write and UTF-8 cannot; the rest stand for odd bytes."""


class TemplateRequest(Protocol):
    """A request that is being answered."""

    body: bytes

    @property
    def subject(self) -> str: ...
    @property
    def raw_headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a template may speak of. `subject`, `body` and `headers` are the request's."""

    count: int = 1
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    subject: str = ""
    body: bytes | None = None
    """None when there is no request."""
    headers: Headers = field(default_factory=Headers)
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    random: Random = field(default_factory=lambda: _CHANCE, compare=False)

    @classmethod
    def answering(
        cls, request: TemplateRequest, count: int = 0, variables: Mapping[str, str] | None = None
    ) -> Context:
        """For the answer to `request`; the CLI counts answers from 0."""
        return cls(count, variables or {}, request.subject, request.body, request.raw_headers)

    @classmethod
    def sample(cls, variables: Mapping[str, str] | None = None) -> Context:
        """Always the same, for looking at what a template makes."""
        given = {} if variables is None else variables
        return cls(1, given, now=datetime.fromtimestamp(0).astimezone(), random=Random(0))


def _random(context: Context, least: int, most: int) -> str:
    size = context.random.randint(*sorted((least, most)))
    return "".join(context.random.choices(ascii_letters + digits, k=size))


def _kitchen(context: Context) -> str:
    return f"{context.now.hour % 12 or 12}:{context.now:%M%p}"


def _timestamp(context: Context) -> str:
    written = context.now.isoformat(timespec="seconds")
    return written[:-6] + "Z" if written.endswith("+00:00") else written


def _request(context: Context) -> str:
    if context.body is None:
        raise LookupError("there is no request here")
    return text(context.body)


def _subject(context: Context) -> str:
    if not context.subject:
        raise LookupError("there is no request here")
    return context.subject


def _token(context: Context, index: int) -> str:
    tokens = _subject(context).split(".")
    if index >= len(tokens):
        raise LookupError(f"the request's subject has {len(tokens)} tokens, counted from 0")
    return tokens[index]


def _header(context: Context, name: str) -> str:
    found = context.headers.get(name)
    if found is None:
        raise LookupError(f"the request has no header {name!r}")
    return found


def _variable(context: Context, name: str) -> str:
    if name not in context.variables:
        raise LookupError(f"there is no variable {name!r}{_advice(name)}")
    return context.variables[name]


def _advice(name: str) -> str:
    meant = next((known for known in FUNCTIONS if known.lower() == name.lower()), "")
    if meant:
        return f"; you may mean {meant}"
    return f": choose an environment that has it, or start natstap with NATSTAP_VAR_{name.upper()}"


def _body(context: Context, *path: str) -> str:
    if context.body is None:
        raise LookupError("there is no request here")
    try:
        value = read_value(context.body, Envelope(context.subject, context.headers))
    except ContentError:
        raise LookupError("the request's body is no JSON") from None
    for step in path:
        value = _step(value, step)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _HALF.sub("\ufffd", said)


def is_number(word: str) -> bool:
    """True for what may be a place or a count; Python reads no number of thousands of digits."""
    return word.isdecimal() and len(word) < 10


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and is_number(step) and int(step) < len(value):
        return value[int(step)]
    raise LookupError(f"the request's body has no field {step!r} there")


_COUNT = ((), lambda context: str(context.count))
FUNCTIONS: dict[str, tuple[tuple[str, ...], Callable[..., str]]] = {
    "Count": _COUNT,
    "Cnt": _COUNT,
    "Unix": ((), lambda context: str(int(context.now.timestamp()))),
    "UnixNano": ((), lambda context: str(int(context.now.timestamp() * 1e6) * 1000)),
    "TimeStamp": ((), _timestamp),
    "Time": ((), _kitchen),
    "ID": ((), lambda context: "".join(context.random.choices(ascii_letters + digits, k=22))),
    "Random": (("a number", "a number"), _random),
    "Request": ((), _request),
    "Subject": ((), _subject),
    "Header": (("a name",), _header),
    "Body": ((), _body),
    "Var": (("a name",), _variable),
    "token": ((), _token),
}
"""What can be named: what must follow, and what makes the text."""
