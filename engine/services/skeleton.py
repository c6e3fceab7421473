"""Skeletons: the shape that JSON bodies have, learned from some or read from a JSON schema.

A skeleton holds names and types and never a value that was seen, so nothing secret can come
back out of it. Sizes are bounded: what it learns from is hostile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.content.reading import read_value
from engine.errors import ContentError

MAX_DEPTH = 12
MAX_FIELDS = 200
"""Fields of one object that are remembered."""
MAX_ITEMS = 50
"""Items of one array that are looked at."""
_TYPES: tuple[tuple[type, str, Any], ...] = (
    (bool, "boolean", False),
    (int, "number", 0),
    (float, "number", 0),
    (str, "string", ""),
    (dict, "object", None),
    (list, "array", None),
    (type(None), "null", None),
)
_EMPTY = {name: value for _, name, value in _TYPES}


@dataclass(slots=True)
class Skeleton:
    """What was seen at one place: which types, how often, and what is inside."""

    seen: int = 0
    types: dict[str, int] = field(default_factory=dict)
    fields: dict[str, Skeleton] = field(default_factory=dict)
    items: Skeleton | None = None

    def learn(self, body: bytes) -> bool:
        """Take a body in; False when it has no values: text, and bytes that nobody can read."""
        try:
            value = read_value(body)
        except ContentError:
            return False
        self.add(value)
        return True

    def add(self, value: Any, depth: int = 0) -> None:
        name = next(name for kind, name, _ in _TYPES if isinstance(value, kind))
        self.seen += 1
        self.types[name] = self.types.get(name, 0) + 1
        if depth >= MAX_DEPTH:
            return
        if isinstance(value, dict):
            self._add_fields(value, depth)
        elif isinstance(value, list):
            self.items = self.items or Skeleton()
            for item in value[:MAX_ITEMS]:
                self.items.add(item, depth + 1)

    def _add_fields(self, value: dict[str, Any], depth: int) -> None:
        for name, inner in value.items():
            if name not in self.fields and len(self.fields) >= MAX_FIELDS:
                continue
            self.fields.setdefault(name, Skeleton()).add(inner, depth + 1)

    @property
    def type(self) -> str:
        """The type seen most often; null only when nothing else was seen."""
        real = {name: count for name, count in self.types.items() if name != "null"}
        return max(real, key=lambda name: real[name]) if real else "null"

    def is_optional(self, name: str) -> bool:
        """True when objects were seen here that lack the field."""
        return self.fields[name].seen < self.types.get("object", 0)

    def value(self, optional: bool = True) -> Any:
        """A body of this shape with empty values; `optional` fields are there or not."""
        if self.type == "object":
            return {
                name: inner.value(optional)
                for name, inner in self.fields.items()
                if optional or not self.is_optional(name)
            }
        if self.type == "array":
            return [self.items.value(optional)] if self.items and self.items.seen else []
        return _EMPTY[self.type]

    def lines(self, path: str = "") -> Iterator[str]:
        """What was learned, for people: `qty: number, optional (3 of 5)`."""
        for name, inner in self.fields.items():
            here = f"{path}.{name}" if path else name
            often = f", optional ({inner.seen} of {self.types['object']})"
            kinds = " or ".join(inner.types)
            yield f"{here}: {kinds}{often if self.is_optional(name) else ''}"
            yield from inner.lines(here)
        if self.items is not None:
            yield from self.items.lines(f"{path}[]")


def learn(bodies: Iterable[bytes]) -> Skeleton:
    """The skeleton of several bodies; those that are no JSON teach nothing."""
    skeleton = Skeleton()
    for body in bodies:
        skeleton.learn(body)
    return skeleton
