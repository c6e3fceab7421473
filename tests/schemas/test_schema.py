"""What breaks a schema is told in words, and no schema makes natstap wait."""

from __future__ import annotations

import time
from typing import Any

import pytest

from engine.schemas.learned import drift, learned_schema
from engine.schemas.schema import Schema
from engine.schemas.words import told

ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "state": {"enum": ["new", "paid"]},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string", "pattern": "^[a-z]+$"}},
                "required": ["sku"],
            },
        },
        "note": {"type": ["string", "null"]},
        "v": {"const": 2},
        "contact": {"anyOf": [{"type": "string"}, {"type": "number"}]},
    },
    "required": ["id", "items"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"id": 7, "items": [{"sku": "tea"}]}, ""),
        ({"items": []}, "id is missing"),
        ({}, "id is missing, items is missing"),
        ({"id": "7", "items": []}, "id is a text, not a whole number"),
        ({"id": 0, "items": []}, "id is 0, less than 1"),
        (
            {"id": 7, "items": [{}, 7]},
            "items[0].sku is missing, items[1] is a number, not an object",
        ),
        ({"id": 7, "items": [], "note": 3}, "note is a number, not a text or null"),
        ({"id": 7, "items": [], "state": "gone"}, 'state is "gone", not one of "new", "paid"'),
        ({"id": 7, "items": [], "v": 1}, "v is 1, not 2"),
        (
            {"id": 7, "items": [{"sku": "A"}]},
            'items[0].sku is "A", which its pattern does not allow',
        ),
        ({"id": 7, "items": [], "x": 1}, "the body has a field that the schema does not know"),
        ({"id": 7, "items": [], "contact": []}, "contact fits none of the choices"),
        ([], "the body is a list, not an object"),
        (None, "the body is null, not an object"),
    ],
)
def test_what_breaks_it_is_told(value: Any, words: str) -> None:
    assert told(Schema(ORDER, "x").breaches(value)) == words


def test_of_many_breaches_a_few_are_told() -> None:
    schema = Schema({"required": list("abcdefgh")}, "x")
    assert told(schema.breaches({})) == "a is missing, b is missing, c is missing, and 5 more"


def chain() -> dict[str, Any]:
    """Each definition has the next one twice: 2^40 checks."""
    steps: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)
    }
    return {"$defs": {**steps, "d40": {"type": "object"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (chain(), 7),
        ({"$ref": "#"}, 7),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, 7),
        ({"pattern": "(a+)+$"}, "a" * 60 + "!"),
        ({"pattern": "(a|aa)+$"}, "a" * 60 + "!"),
        ({"pattern": "((a*)*)*$"}, "a" * 60 + "!"),
        ({"pattern": ".*.*.*.*.*.*=$"}, "x" * 2000),
        ({"pattern": "["}, "x"),
        ({"patternProperties": {"(a+)+$": {}}}, {"a" * 60 + "!": 1}),
        ({"uniqueItems": True}, [[n] for n in range(20_000)]),
        (
            {"items": {"type": "object", "properties": {f"p{n}": {} for n in range(300)}}},
            [{f"p{n}": n for n in range(300)}] * 2000,
        ),
        ({"type": 7}, 7),
        ({"properties": 7, "required": 7}, {}),
        ({"$schema": "http://nowhere/", "type": "object"}, {}),
        ({"$schema": 7}, {}),
    ],
)
def test_a_hostile_schema_ends_soon(schema: dict[str, Any], value: Any) -> None:
    began = time.process_time()
    Schema(schema, "x").breaches(value)
    assert time.process_time() - began < 2


def test_a_schema_that_is_none_is_told() -> None:
    assert "'nonsense' is not valid" in Schema({"type": "nonsense"}, "x").trouble
    assert Schema(ORDER, "x").trouble == ""


def test_a_shape_is_learned_and_drift_is_told() -> None:
    seen = [
        {"id": 7, "tags": ["a"], "to": {"name": "ann"}},
        {"id": 8, "tags": [], "to": {"name": "ben", "zip": None}, "note": "x"},
    ]
    raw = learned_schema(seen)
    assert raw is not None
    schema = Schema(raw, "what you pinned")
    assert raw["required"] == ["id", "tags", "to"]
    assert all(schema.breaches(value) == () for value in seen)
    assert all(drift(raw, value) == () for value in seen)
    assert told(schema.breaches({"tags": [1], "to": {}})) == (
        "tags[0] is a number, not a text, to.name is missing, id is missing"
    )
    new = {**seen[0], "discount": 3, "to": {"name": "c", "door": {}}}
    assert drift(raw, new) == ("to.door is new, an object", "discount is new, a number")
    assert schema.breaches(new) == ()
    assert learned_schema([]) is None
