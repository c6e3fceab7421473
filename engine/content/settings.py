"""The tables of the user's settings that are about bodies, read and checked.

[content]
"orders.>" = "msgpack"

[protobuf]
files = ["~/api/shop.proto", "~/api/all.binpb"]
folders = ["~/api"]
types = { "orders.create" = { request = "shop.Order", reply = "shop.Accepted" } }

[avro]
"events.>" = "~/schemas/event.avsc"

[translate]
"legacy.>" = "legacy-to-text --subject {subject}"

[schemas]
"orders.create" = { reply = "~/schemas/accepted.json" }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .by_subject import BySubject, PerSide, SubjectSettings, check_pattern, per_side
from .protobuf_types import ProtobufTypes

CONTENT, PROTOBUF, AVRO, TRANSLATE, SCHEMAS = "content", "protobuf", "avro", "translate", "schemas"
Problem = tuple[str, str]
"""The name of a setting, and what is wrong with it."""
Value = TypeVar("Value")
_PROTOBUF_KEYS = ("files", "folders", "types")


def read_tables(tables: Mapping[str, Any]) -> tuple[SubjectSettings, list[Problem]]:
    """What can be used of them, and what is wrong with the rest."""
    problems: list[Problem] = []
    protobuf = tables.get(PROTOBUF, {})
    for name in protobuf:
        if name not in _PROTOBUF_KEYS:
            problems.append((f"{PROTOBUF}.{name}", f"{name} is not one of files, folders, types"))
    files, folders = (_texts(protobuf, name, problems) for name in _PROTOBUF_KEYS[:2])
    types = protobuf.get("types", {})
    return SubjectSettings(
        contents=_patterns(CONTENT, tables.get(CONTENT, {}), _content, problems),
        types=_patterns(f"{PROTOBUF}.types", types, _per_side, problems),
        protobuf=ProtobufTypes(files, folders),
        avro=_patterns(AVRO, tables.get(AVRO, {}), _per_side, problems),
        commands=_patterns(TRANSLATE, tables.get(TRANSLATE, {}), _command, problems),
        schemas=_patterns(SCHEMAS, tables.get(SCHEMAS, {}), _per_side, problems),
    ), problems


class Unusable(ValueError):
    """A value that a setting cannot have; its text says what would do."""


def _patterns(
    table: str, values: Any, read: Callable[[Any], Value], problems: list[Problem]
) -> BySubject[Value]:
    found: dict[str, Value] = {}
    for pattern, value in values.items() if isinstance(values, dict) else ():
        wrong = check_pattern(pattern)
        if not wrong:
            try:
                found[pattern] = read(value)
            except Unusable as error:
                wrong = str(error)
        if wrong:
            problems.append((f"{table}.{pattern}", wrong))
    return BySubject(found)


def _content(value: Any) -> str:
    from .reading import check_choice

    if not isinstance(value, str):
        raise Unusable('a content is a name in quotes, such as "msgpack"')
    if wrong := check_choice(value):
        raise Unusable(wrong)
    return value


def _per_side(value: Any) -> PerSide:
    found = per_side(value)
    if found is None:
        raise Unusable('write one text, or { request = "…", reply = "…" }; quote the pattern')
    return found


def _command(value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        return tuple(value)
    if not isinstance(value, str):
        raise Unusable("write the program and its arguments in quotes")
    import shlex

    try:
        words = tuple(shlex.split(value))
    except ValueError as error:
        raise Unusable(f"not a command: {error}") from None
    if not words:
        raise Unusable("a command is missing")
    return words


def _texts(table: Mapping[str, Any], name: str, problems: list[Problem]) -> tuple[str, ...]:
    value = table.get(name, [])
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    problems.append((f"{PROTOBUF}.{name}", f'{name} is a list of texts, such as ["~/api"]'))
    return ()
