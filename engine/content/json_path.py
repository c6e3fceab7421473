"""A path into what was read, and how the value there compares.

    $.order.id = 7          a field; = != < <= > >=, or only whether it is there
    $.rows[*].sku = "a-1"   of any element; also [0], [-1], .*, ["a name"]

Without quotes 7 is "7" as well.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.errors import ContentError, InvalidInput
from engine.fields import read_json
from engine.message import raw_bytes

if TYPE_CHECKING:
    from .reading import Reading

MAX_NODES = 100_000
"""Values of one body that a path may lead to."""
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
_ANY = "*"
_MAX_DIGITS = 15
"""A larger number may be written with an exponent."""

Step = str | int


@dataclass(frozen=True, slots=True)
class PathTest:
    """Made by `parse_path`."""

    steps: tuple[Step, ...]
    names: tuple[bytes, ...]
    """Names of fields, and a value, that JSON which passes has in it as they are."""
    _passes: Callable[[object], bool] = field(compare=False, repr=False)
    _keys: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The names of the path as JSON has them."""

    def __post_init__(self) -> None:
        keys = (f'"{step}"' for step in self.steps if isinstance(step, str) and step != _ANY)
        object.__setattr__(self, "_keys", tuple(keys))

    def passes(self, value: object) -> bool:
        """Whether one of the values that the path leads to compares as was asked."""
        return any(map(self._passes, _nodes(value, self.steps)))

    def passes_json(self, written: str) -> bool:
        """The same of JSON; of a key that is repeated each value counts. Raises ValueError."""
        value = read_json(written)
        if self.passes(value):
            return True
        for key in self._keys:
            if written.count(key) > 1:
                return self.passes(read_json(written, object_pairs_hook=_with_repeats))
        return False

    def passes_reading(self, reading: Reading) -> bool:
        """The same of a body that was read; False for text and bytes."""
        try:
            if reading.tree is None and reading.form == "json":
                return self.passes_json(reading.text)
            return self.passes(reading.value())
        except (ContentError, ValueError):
            return False


class _Repeats(dict[str, Any]):
    """An object in which a key is repeated; `pairs` are all."""

    pairs: list[tuple[str, Any]]


def _with_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        made = _Repeats(made)
        made.pairs = pairs
    return made


def parse_path(said: str) -> PathTest:
    """Raises `InvalidInput`, which says what is wrong and what would do."""
    steps, at = _steps(said)
    names = tuple(
        raw_bytes(step)
        for step in steps
        if isinstance(step, str) and step != _ANY and step.isascii() and step.isalnum()
    )
    sign = _OPERATOR.match(said, at)
    if sign is None:
        if said[at:].strip():
            raise InvalidInput(f"not clear from {said[at:].strip()[:20]!r} on: try $.order.id = 7")
        return PathTest(steps, names, lambda value: True)
    written = said[sign.end() :].strip()
    if not written:
        raise InvalidInput(f"a value is missing after {sign[1]}: try $.order.id = 7")
    if sign[1] in ("=", "=="):
        names += _written_as(written)
    return PathTest(steps, names, _comparison(sign[1], written))


def _written_as(value: str) -> tuple[bytes, ...]:
    """What a text has in it that has such a value: the value, where it can be written one way."""
    bare = value.strip('"').removeprefix("-")
    plain = bare.isascii() and bare.isalnum() and not (bare.isdigit() and len(bare) > _MAX_DIGITS)
    return (bare.encode(),) if plain else ()


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
        bare = not quoted and (value == written or (value != value and written == "NaN"))
        return (exact or bare) is equal

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


def _nodes(value: object, steps: tuple[Step, ...]) -> Iterable[object]:
    """The values that a path leads to, at most so many."""
    nodes = [value]
    for step in steps:
        nodes = _step_into(nodes, step)
    return nodes


def _step_into(nodes: list[object], step: Step) -> list[object]:
    return [inner for node in nodes for inner in _inner(node, step)][:MAX_NODES]


def _inner(node: object, step: Step) -> Iterator[object]:
    if isinstance(node, _Repeats) and isinstance(step, str):
        name = step.lstrip("\0")
        yield from (value for key, value in node.pairs if step == _ANY or key == name)
    elif step == _ANY:
        if isinstance(node, dict):
            yield from node.values()
        elif isinstance(node, list):
            yield from node
    elif isinstance(step, int):
        if isinstance(node, list) and -len(node) <= step < len(node):
            yield node[step]
    elif isinstance(node, dict) and (name := step.lstrip("\0")) in node:
        yield node[name]
