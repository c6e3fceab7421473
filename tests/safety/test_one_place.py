"""What the tree may not hold: an API's subject made by hand, JSON of others read without a guard.

Read from the sources themselves, so a new one is found on the day that it is written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
MADE_HERE = "engine/api_subjects.py"
READ_HERE = "engine/fields.py"
OF_AN_API = re.compile(
    r"\$(JS|SRV|SYS|KV|O)\b|\b(STREAM|CONSUMER|DIRECT)\.[A-Z]+|^\.(STREAM|CONSUMER|DIRECT)\."
)
PREFIXES = ("jetstream_api", "jetstream_prefix", "jetstream_domain")


class Found(NamedTuple):
    """What a file does that one file alone may do."""

    subjects: list[str]
    reads_json: bool
    writes_commands: bool


@cache
def sources() -> dict[str, Found]:
    paths = sorted(one for part in ("engine", "tui") for one in (ROOT / part).rglob("*.py"))
    return {str(one.relative_to(ROOT)): look(nodes(one.read_text())) for one in paths}


def look(parts: list[ast.AST]) -> Found:
    attributes = [one for one in parts if isinstance(one, ast.Attribute)]
    return Found(
        list(made_by_hand(parts)),
        any(map(_reads_json, attributes)),
        any(map(_writes_commands, attributes)),
    )


def _reads_json(node: ast.Attribute) -> bool:
    reads = node.attr in ("loads", "load", "JSONDecoder", "raw_decode")
    return reads and ast.unparse(node.value) == "json"


def _writes_commands(node: ast.Attribute) -> bool:
    """`HealedClient.send` takes bytes as they are; nobody else has a way to it."""
    reached = node.attr in ("_client", "_transport", "_pending")
    return reached and "link" in ast.unparse(node).lower()


def nodes(code: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(code)))


def made_by_hand(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Expressions that put something variable into the subject of an API."""
    for node in nodes:
        of_an_api = any(OF_AN_API.search(part) for part in _pieces(node))
        if of_an_api or _extends_a_prefix(node) or _makes_a_verb(node):
            yield ast.unparse(node)


def _makes_a_verb(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Verb"


def _pieces(node: ast.AST) -> list[str]:
    """The fixed texts of an expression that has a variable part."""
    match node:
        case ast.JoinedStr(values=values):
            fixed = [one for one in values if isinstance(one, ast.Constant)]
            return _texts(fixed) if len(fixed) < len(values) else []
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return _texts([left, right])
        case ast.Call(func=ast.Attribute(value=whole, attr="format" | "join")):
            return _texts([whole, *ast.walk(node)] if node.args else [whole])
        case ast.Call(func=ast.Attribute(attr="replace"), args=[_, *rest]):
            return _texts(rest)
    return []


def _texts(nodes: list[ast.AST]) -> list[str]:
    values = (one.value for one in nodes if isinstance(one, ast.Constant))
    return [
        str(one, "latin-1") if isinstance(one, bytes) else one
        for one in values
        if one and isinstance(one, str | bytes)
    ]


def _extends_a_prefix(node: ast.AST) -> bool:
    joins = isinstance(node, ast.JoinedStr | ast.BinOp)
    return joins and any(
        isinstance(one, ast.Attribute) and one.attr in PREFIXES for one in ast.walk(node)
    )


@pytest.mark.parametrize(
    "code",
    [
        'f"$JS.API.STREAM.INFO.{name}"',
        'f"{prefix}.STREAM.NAMES"',
        'f"{prefix}.CONSUMER.LIST.{stream}"',
        '"$SRV.PING." + name',
        'b"$SYS.REQ.ACCOUNT." + account',
        '"STREAM.PURGE.%s" % name',
        '"$KV.{}.{}".format(bucket, key)',
        '".".join(("$SRV", verb, name))',
        'f"{profile.jetstream_api}.{anything}"',
        'profile.jetstream_api + ".INFO"',
        'Verb("STREAM.INFO." + name)',
        "api_subjects.Verb(name)",
    ],
)
def test_a_subject_made_by_hand_is_seen(code: str) -> None:
    assert list(made_by_hand(nodes(code)))


def test_only_one_module_makes_subjects_of_an_api() -> None:
    made = {path: found.subjects for path, found in sources().items() if path != MADE_HERE}
    assert len(made) > 300
    assert {path: codes for path, codes in made.items() if codes} == {}


def test_only_one_reader_reads_the_json_of_others() -> None:
    assert {path for path, found in sources().items() if found.reads_json} == {READ_HERE}


def test_only_the_link_writes_commands() -> None:
    reached = {path for path, found in sources().items() if found.writes_commands}
    assert all(one.startswith("engine/link/") for one in reached), reached
