"""A schema learned from traffic: the shape of the bodies that were seen, and how others drift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.services.skeleton import Skeleton

from .words import kind_of, path_of

LEARNED = "x-natstap-learned"
"""Says in a schema from how many bodies it was learned."""
MAX_DRIFT = 10
_TYPES = {
    "boolean": "boolean",
    "number": "number",
    "string": "string",
    "object": "object",
    "array": "array",
    "null": "null",
}


def learned_schema(values: Iterable[Any]) -> dict[str, Any] | None:
    """The schema that all of these keep; None where there are none."""
    skeleton = Skeleton()
    for value in values:
        skeleton.add(value)
    return {LEARNED: skeleton.seen, **_shape(skeleton)} if skeleton.seen else None


def _shape(skeleton: Skeleton) -> dict[str, Any]:
    types = [_TYPES[name] for name in skeleton.types]
    shape: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    if skeleton.fields:
        names = skeleton.fields.items()
        shape["properties"] = {name: _shape(inner) for name, inner in names}
        always = [name for name in skeleton.fields if not skeleton.is_optional(name)]
        if always:
            shape["required"] = always
    if skeleton.items is not None and skeleton.items.seen:
        shape["items"] = _shape(skeleton.items)
    return shape


def drift(schema: Any, value: Any) -> tuple[str, ...]:
    """Fields that the shape does not have yet: "discount is new, a number"."""
    found = _new(schema, value, ())
    return tuple(dict.fromkeys(words for words, _ in zip(found, range(MAX_DRIFT), strict=False)))


def _new(schema: Any, value: Any, path: tuple[Any, ...]) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    properties = schema.get("properties")
    if isinstance(value, dict) and isinstance(properties, Mapping):
        for name, inner in value.items():
            if name not in properties:
                yield f"{path_of((*path, name))} is new, {kind_of(inner)}"
            else:
                yield from _new(properties[name], inner, (*path, name))
    elif isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value[:50]):
            yield from _new(schema["items"], item, (*path, place))
