"""Expecting what was answered: the expectations that an answer meets, to begin with. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.journal.states import State

from .answer import Answer
from .checks import SENT, Compared, Expectations
from .comparison import ValueTests
from .judge_answer import NOT_JSON, read_body

MAX_VALUES = 20
"""Values of a reply that are expected; who wants more writes them."""
MAX_DEPTH = 3
MAX_TEXT = 80
"""Characters of a text that is expected as it is."""
_FRESH = re.compile(
    r"(.*[-_.])?(id|uuid|token|secret|password|time|timestamp|date|at|nonce|signature|hash)",
    re.IGNORECASE,
)
"""Names of values that are expected to differ from reply to reply: only their type counts."""
_FRESH_VALUE = re.compile(r"[0-9a-fA-F]{16,}|[0-9a-fA-F-]{32,}|\d{4}-\d\d-\d\d[T ].*|[\w-]*\d{3,}")
_PLAIN = re.compile(r"[A-Za-z_]\w*")
_HEADERS = ("Nats-Service-Error", "Nats-Service-Error-Code", "content-type")
"""Headers that say what an answer is."""
_TYPE_NAMES = (
    (bool, "boolean"),
    (str, "string"),
    ((int, float), "number"),
    (list, "list"),
    (dict, "object"),
)


def expect_answer(answer: Answer) -> Expectations:
    """What this answer meets: its state, what its JSON holds, the headers that say what it is."""
    return Expectations(
        states=(answer.state.slug or SENT,),
        replies=_several(answer),
        headers=tuple(_headers(answer)) if answer.state is not State.NO_RESPONDERS else (),
        json=_values(answer),
    )


def _several(answer: Answer) -> ValueTests | None:
    count = len(answer.replies)
    return ValueTests((("equals", count),)) if count > 1 else None


def _headers(answer: Answer) -> Iterator[tuple[str, ValueTests]]:
    for reply in answer.replies[:1]:
        for name in _HEADERS:
            if value := reply.headers.get(name, ""):
                yield name, ValueTests((("equals", value),))


def _values(answer: Answer) -> Compared:
    body = read_body(answer)
    if body is NOT_JSON:
        return ()
    found: list[tuple[str, ValueTests]] = []
    for path, name, value in _leaves(body, "$", "", MAX_DEPTH):
        if len(found) == MAX_VALUES:
            break
        found.append((path, _comparison(name, value)))
    return tuple(found)


def _leaves(value: Any, path: str, name: str, depth: int) -> Iterator[tuple[str, str, Any]]:
    """Path, name and value of each; a list is expected by its length."""
    if isinstance(value, dict) and value and depth:
        for key, inner in value.items():
            step = f".{key}" if _PLAIN.fullmatch(key) else f'."{_quoted(key)}"'
            yield from _leaves(inner, f"{path}{step}", key, depth - 1)
    else:
        yield path, name, value


def _quoted(key: str) -> str:
    return key.replace("\\", "\\\\").replace('"', '\\"')


def _comparison(name: str, value: Any) -> ValueTests:
    if value is None:
        return ValueTests((("exists", False),))
    if isinstance(value, list):
        return ValueTests((("length", len(value)),))
    text = value if isinstance(value, str) else ""
    fresh = _FRESH.fullmatch(name) or len(text) > MAX_TEXT or _FRESH_VALUE.fullmatch(text)
    if fresh or isinstance(value, dict):
        kind = next(name for types, name in _TYPE_NAMES if isinstance(value, types))
        return ValueTests((("type", kind),))
    return ValueTests((("equals", value),))
