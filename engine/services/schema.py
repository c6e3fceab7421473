"""A body laid out as a JSON schema says: examples and defaults where it has some.

Source: https://json-schema.org/draft/2020-12; only what lays out a body is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 10
MAX_NODES = 500
"""Parts of one body, at most: a schema may refer to itself."""
_LONGEST = 1024
"""Characters of a reference that is followed."""
_EMPTY = {"string": "", "integer": 0, "number": 0, "boolean": False, "null": None}
_FORMATS = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "email": "user@example.com",
    "uri": "https://example.com",
    "ipv4": "127.0.0.1",
}


def lay_out(schema: Any) -> Any:
    """A value that the schema describes; null for what it leaves open."""
    return _Layout(schema).value(schema, 0)


class _Layout:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = MAX_NODES

    def value(self, schema: Any, depth: int) -> Any:
        self._left -= 1
        if not isinstance(schema, Mapping) or depth > MAX_DEPTH or self._left < 0:
            return None
        for key in ("const", "default", "example"):
            if key in schema:
                return schema[key]
        for key in ("examples", "enum"):
            if isinstance(schema.get(key), list) and schema[key]:
                return schema[key][0]
        if isinstance(schema.get("$ref"), str):
            return self.value(self._refer(schema["$ref"]), depth + 1)
        return self._combined(schema, depth)

    def _combined(self, schema: Mapping[str, Any], depth: int) -> Any:
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list) and schema[key]:
                return self.value(_first_real(schema[key]), depth + 1)
        if isinstance(schema.get("allOf"), list):
            parts = [self.value(inner, depth + 1) for inner in schema["allOf"][:MAX_NODES]]
            parts.append(self._object(schema, depth))
            return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        return self._typed(schema, depth)

    def _typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = _type(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return [self.value(schema["items"], depth + 1)] if schema.get("items") else []
        if kind == "string":
            return _FORMATS.get(str(schema.get("format")), "")
        least = schema.get("minimum")
        if kind in ("integer", "number") and isinstance(least, int | float):
            return least
        return _EMPTY.get(kind)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return {}
        return {
            str(name): self.value(inner, depth + 1)
            for name, inner in properties.items()
            if self._left > 0
        }

    def _refer(self, reference: str) -> Any:
        """What `#/a/b` points to in the same schema; None for anything else."""
        if not reference.startswith("#") or len(reference) > _LONGEST:
            return None
        found = self._root
        for step in reference[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            found = found.get(step) if isinstance(found, Mapping) else None
        return found


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    if isinstance(kind, str):
        return kind
    return "object" if "properties" in schema else "array" if "items" in schema else ""


def _first_real(choices: list[Any]) -> Any:
    """The first choice that is not just null."""
    real = (
        choice for choice in choices if isinstance(choice, Mapping) and choice.get("type") != "null"
    )
    return next(real, choices[0])
