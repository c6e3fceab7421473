"""What is looked for in stored messages: a header, a text, or a field of a JSON body.

    x-request-id: abc       a header with that name (A for a) whose value has the words
    traceparent:            a header with that name
    $.order.id = 7          a field of a JSON body; = != < <= > >=, or only whether it is there
    $.rows[*].sku = "a-1"   of any element; also [0], [-1], .*, ["a name"]
    5f1c2b9e                whole words anywhere: in subject, headers or body
    "5f1c"                  the same in quotes: parts of words too, and nothing means anything else

Small letters find large ones too. Words are whole, so that job-1 does not find job-10. Only bodies
that can pass are parsed; everything else is a search in raw bytes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import InvalidInput
from engine.fields import read_json
from engine.message import Message, raw_bytes

MAX_LENGTH = 1000
"""Characters of what is looked for."""
MAX_NODES = 100_000
"""Values of one body that a path may lead to."""
EXAMPLES = "an id, a text, x-request-id: abc or $.order.id = 7"
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([ \t]*)(.*)", re.DOTALL)
_STEP = re.compile(
    r"""\.(?P<name>[^\s.\[\]=!<>"']+)
      | \[\s*(?P<index>-?\d{1,9}|\*)\s*\]
      | \[\s*(?P<quoted>"(?:[^"\\]|\\.)*"|'[^']*')\s*\]""",
    re.VERBOSE,
)
_OPERATOR = re.compile(r"\s*(==|!=|<=|>=|=|<|>)\s*")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ALNUM = re.compile("[0-9A-Za-z]")
_VERSION = len(b"NATS/1.0")
_ESCAPE = b"\\u"
_ANY = "*"

Step = str | int
Matches = Callable[[Message], bool]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Made by `parse_wanted`."""

    text: str
    """As it was written."""
    matches: Matches = field(compare=False, repr=False)


def parse_wanted(written: str) -> Wanted:
    """What is looked for; raises `InvalidInput`, which says what is wrong and what would do."""
    said = written.strip()
    if not said:
        raise InvalidInput(f"nothing to look for: try {EXAMPLES}")
    if len(said) > MAX_LENGTH:
        raise InvalidInput(f"too long: at most {MAX_LENGTH:,} characters")
    if said.startswith(("$.", "$[")) or said == "$":
        return Wanted(said, _json_field(said))
    if _is_quoted(said):
        return Wanted(said, _anywhere(said))
    if (header := _HEADER.fullmatch(said)) is None:
        return Wanted(said, _anywhere(said))
    name, blank, value = header.groups()
    in_header = _in_header(name, value)
    if blank or not value:
        return Wanted(said, in_header)
    text = _anywhere(said)
    return Wanted(said, lambda message: in_header(message) or text(message))


# -- texts -----------------------------------------------------------------------------------


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == '"'


def _finder(written: str) -> Callable[[bytes], bool]:
    """Whether bytes have these words; in quotes, whether they have this text."""
    quoted = _is_quoted(written)
    text = written[1:-1] if quoted else written
    fold = text == text.lower()
    raw = raw_bytes(text)
    if quoted:
        return lambda data: raw in (data.lower() if fold else data)
    before = rb"(?<![0-9A-Za-z])" if _ALNUM.match(text) else b""
    after = rb"(?![0-9A-Za-z])" if _ALNUM.match(text[-1]) else b""
    pattern = re.compile(before + re.escape(raw) + after).search

    def found(data: bytes) -> bool:
        small = data.lower() if fold else data
        return raw in small and pattern(small) is not None

    return found


def _anywhere(text: str) -> Matches:
    found = _finder(text)

    def matches(message: Message) -> bool:
        return (
            found(message.head[_VERSION:])
            or found(message.body)
            or found(raw_bytes(message.subject))
        )

    return matches


def _in_header(name: str, value: str) -> Matches:
    lines = re.compile(rb"\n" + re.escape(raw_bytes(name)) + rb":([^\r\n]*)", re.IGNORECASE)
    found = _finder(value.strip()) if value.strip() else None

    def matches(message: Message) -> bool:
        values = lines.findall(message.head) if message.head else ()
        return bool(values) if found is None else any(map(found, values))

    return matches


# -- fields of JSON --------------------------------------------------------------------------


def _json_field(said: str) -> Matches:
    steps, at = _steps(said)
    sign = _OPERATOR.match(said, at)
    if sign is None:
        if said[at:].strip():
            raise InvalidInput(f"not clear from {said[at:].strip()[:20]!r} on: try $.order.id = 7")
        return _on_json(steps, lambda value: True)
    written = said[sign.end() :].strip()
    if not written:
        raise InvalidInput(f"a value is missing after {sign[1]}: try $.order.id = 7")
    return _on_json(steps, _comparison(sign[1], written))


def _steps(said: str) -> tuple[tuple[Step, ...], int]:
    """The steps of a path, and where it ends."""
    steps: list[Step] = []
    at = 1
    while step := _STEP.match(said, at):
        steps.append(_step(step))
        at = step.end()
    rest = said[at:]
    if rest.startswith(".."):
        raise InvalidInput("two dots touch: name each field, or use [*] for every element")
    if rest.startswith("."):
        raise InvalidInput("a name is missing after the dot: try $.order.id")
    if rest.startswith("["):
        raise InvalidInput('not a place in brackets: try [0], [*] or ["a name"]')
    if not steps:
        raise InvalidInput("a field is missing after $: try $.order.id")
    return tuple(steps), at


def _step(step: re.Match[str]) -> Step:
    if (index := step["index"]) is not None:
        return _ANY if index == _ANY else int(index)
    if (quoted := step["quoted"]) is None:
        name: str = step["name"]
        return name if name != _ANY else _ANY
    if quoted[0] == "'":
        return _literal(quoted[1:-1])
    try:
        return _literal(str(read_json(quoted)))
    except ValueError:
        raise InvalidInput(f"not a name in quotes: {quoted[:20]}") from None


def _literal(name: str) -> str:
    """A name in quotes, so that "*" is no wildcard."""
    return f"\0{name}" if name == _ANY else name


def _comparison(sign: str, written: str) -> Callable[[object], bool]:
    """How a value of a body compares to what was written; without quotes 7 is "7" as well."""
    quoted = written[0] == written[-1] == '"' and len(written) > 1
    try:
        wanted: object = read_json(written)
    except ValueError:
        wanted = written
    if sign in _ORDERS:
        order = _ORDERS[sign]
        return lambda value: _alike(value, wanted) and order(value, wanted)
    equal = sign != "!="

    def same(value: object) -> bool:
        exact = isinstance(value, bool) is isinstance(wanted, bool) and value == wanted
        return (exact or (not quoted and value == written)) is equal

    return same


def _alike(value: object, wanted: object) -> bool:
    """Whether two values have an order: two numbers, or two texts."""
    if isinstance(value, str) and isinstance(wanted, str):
        return True
    numbers = int | float
    return (
        isinstance(value, numbers)
        and isinstance(wanted, numbers)
        and not isinstance(value, bool)
        and not isinstance(wanted, bool)
    )


def _on_json(steps: tuple[Step, ...], passes: Callable[[object], bool]) -> Matches:
    names = [
        raw_bytes(step.lstrip("\0")) for step in steps if isinstance(step, str) and step != _ANY
    ]
    plain = [name for name in names if name.isascii() and name.isalnum()]

    def matches(message: Message) -> bool:
        body = message.body
        if not all(name in body for name in plain) and _ESCAPE not in body:
            return False
        try:
            value = read_json(body)
        except ValueError:
            return False
        return any(map(passes, _nodes(value, steps)))

    return matches


def _nodes(value: object, steps: tuple[Step, ...]) -> Iterable[object]:
    """The values that a path leads to, at most so many."""
    nodes = [value]
    for step in steps:
        nodes = [inner for node in nodes for inner in _inner(node, step)][:MAX_NODES]
    return nodes


def _inner(node: object, step: Step) -> Iterator[object]:
    if step == _ANY:
        if isinstance(node, dict):
            yield from node.values()
        elif isinstance(node, list):
            yield from node
    elif isinstance(step, int):
        if isinstance(node, list) and -len(node) <= step < len(node):
            yield node[step]
    elif isinstance(node, dict) and (name := step.lstrip("\0")) in node:
        yield node[name]
