"""Avro's binary encoding, read by a schema, value by value.

A block of values that take no bytes can claim to have as many as there are numbers: fastavro
makes them all. So natstap reads them itself, and counts; fastavro checks schemas, and writes.
Source: https://avro.apache.org/docs/1.12.0/specification/#binary-encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from .avro_logical import logical
from .tree import as_bytes, single
from .work import Work

_PRIMITIVE = frozenset(["null", "boolean", "int", "long", "float", "double", "bytes", "string"])


class BadAvro(ValueError):
    """Bytes that the schema does not describe; `offset` says where."""

    def __init__(self, why: str, offset: int | None) -> None:
        super().__init__(why)
        self.offset = offset


class AvroReader:
    """Reads values of one body; raises `BadAvro` and `TooMuch`."""

    def __init__(self, body: bytes, work: Work, at: int = 0) -> None:
        self.body = body
        self.at = at
        self._work = work
        self._named: dict[str, Any] = {}
        self._schema: Any = None
        """The one whose names these are."""
        self._spaces: dict[int, str] = {}
        """The namespace in which the names in a record are, by the record's identity."""
        self._space = ""

    def value(self, schema: Any, depth: int = 0) -> Any:
        self._work.spend(2, depth)
        if depth == 0 and schema is not self._schema:
            self._schema, self._named, self._spaces = schema, {}, {}
            self._learn(schema, "", 0)
        if isinstance(schema, list):
            return self.value(self._branch(schema), depth + 1)
        kind, facts = (schema, {}) if isinstance(schema, str) else (schema.get("type"), schema)
        if isinstance(kind, Mapping | list):
            return self.value(kind, depth + 1)
        if kind in _PRIMITIVE:
            return self._logical(self._primitive(kind), facts)
        if kind in _COMPLEX:
            return _COMPLEX[kind](self, facts, depth + 1)
        named = self._named.get(f"{self._space}.{kind}") or self._named.get(kind)
        if named is not None:
            return self.value(named, depth + 1)
        raise BadAvro(f"the schema has no type {kind!r}", None)

    def _learn(self, schema: Any, space: str, depth: int) -> None:
        """The names of types, before any is read: one may be defined where no value is, and its
        namespace is that of the type around it.
        """
        self._work.spend(1, depth)
        if isinstance(schema, list):
            for branch in schema:
                self._learn(branch, space, depth + 1)
        if not isinstance(schema, Mapping):
            return
        name = schema.get("name")
        if schema.get("type") in _NAMED and isinstance(name, str):
            ahead, _, short = name.rpartition(".")
            space = ahead or str(schema.get("namespace", space))
            self._named.setdefault(short, schema)
            self._named[f"{space}.{short}" if space else short] = schema
            self._spaces[id(schema)] = space
        for field in schema.get("fields") or ():
            self._learn(field["type"], space, depth + 1)
        for key in ("type", "items", "values"):
            if isinstance(schema.get(key), Mapping | list):
                self._learn(schema[key], space, depth + 1)

    def _branch(self, schema: list[Any]) -> Any:
        start, index = self.at, self.long()
        if not 0 <= index < len(schema):
            raise BadAvro(f"the union has no branch {index}", start)
        return schema[index]

    def long(self) -> int:
        number = 0
        self._work.left -= 1
        for place in range(10):
            byte = self.take(1)[0]
            number |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return (number >> 1) ^ -(number & 1)
        raise BadAvro("a number does not end", self.at)

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self.body) - self.at:
            left = len(self.body) - self.at
            raise BadAvro(f"it says {size:,} bytes, and {left:,} follow", self.at)
        self.at += size
        return self.body[self.at - size : self.at]

    def _primitive(self, kind: str) -> Any:
        match kind:
            case "null":
                return None
            case "boolean":
                return self.take(1) != b"\0"
            case "int" | "long":
                return self.long()
            case "float":
                self._work.left -= 2
                return single(self.take(4))
            case "double":
                return struct.unpack("<d", self.take(8))[0]
            case "string":
                return self.take(self.long()).decode("utf-8", "surrogateescape")
        return self.take(self.long())

    def record(self, facts: Any, depth: int) -> Any:
        around, self._space = self._space, self._spaces.get(id(facts), "")
        made = {
            self._name(field["name"]): self.value(field["type"], depth) for field in facts["fields"]
        }
        self._space = around
        return made

    def _name(self, name: Any) -> str:
        """A name of the schema: it is written out for every value."""
        if not isinstance(name, str):
            raise TypeError(name)
        self._work.left -= len(name) >> 6
        return name

    def enum(self, facts: Any, depth: int) -> Any:
        start, index = self.at, self.long()
        symbols = facts["symbols"]
        if not 0 <= index < len(symbols):
            raise BadAvro(f"the enum has no symbol {index}", start)
        return self._name(symbols[index])

    def fixed(self, facts: Any, depth: int) -> Any:
        return self._logical(self.take(int(facts["size"])), facts)

    def _logical(self, value: Any, facts: Any) -> Any:
        if not facts or "logicalType" not in facts:
            return as_bytes(value) if type(value) is bytes else value
        self._work.left -= 8
        return logical(value, facts)

    def array(self, facts: Any, depth: int) -> Any:
        return [self.value(facts["items"], depth) for _ in self._blocks()]

    def map(self, facts: Any, depth: int) -> Any:
        made = {}
        for _ in self._blocks():
            key = self.take(self.long()).decode("utf-8", "surrogateescape")
            made[key] = self.value(facts["values"], depth)
        return made

    def _blocks(self) -> Any:
        """As often as the blocks say; each of them spends from the budget."""
        while count := self.long():
            self._work.spend(2)
            if count < 0:
                count = -count
                self.long()
            for _ in range(count):
                self._work.spend(1)
                yield


_COMPLEX = {
    "record": AvroReader.record,
    "error": AvroReader.record,
    "enum": AvroReader.enum,
    "fixed": AvroReader.fixed,
    "array": AvroReader.array,
    "map": AvroReader.map,
}
_NAMED = ("record", "error", "enum", "fixed")
