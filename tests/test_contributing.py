"""CONTRIBUTING is the map: what it names is there, and no room is missing on it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAP = (ROOT / "CONTRIBUTING.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:engine|tui|tests)/[\w/.]*)(?:: ([\w.]+))?`", MAP)))


def defined(path: Path) -> set[str]:
    """Functions, classes, their methods as `Class.method`, and what a module assigns."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.ClassDef():
                methods = [part.name for part in node.body if isinstance(part, _FUNCTIONS)]
                found |= {node.name, *(f"{node.name}.{name}" for name in methods)}
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found.add(name)
    return found


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def test_what_the_map_names_is_there() -> None:
    for path, name in NAMED:
        assert (ROOT / path).exists(), path
        assert not name or name in defined(ROOT / path), (path, name)


@pytest.mark.parametrize("half", ["engine", "tui"])
def test_every_room_is_on_the_map(half: str) -> None:
    drawn = MAP.partition(f"\n{half}/\n")[2].partition("```")[0]
    rooms = [room.name for room in (ROOT / half).iterdir() if (room / "__init__.py").exists()]
    assert rooms
    assert not [room for room in rooms if f"{room}/" not in drawn]


def test_every_file_of_the_drawing_and_of_the_helpers_is_there() -> None:
    drawing = MAP.partition("```\n")[2].partition("```")[0]
    for half, part in zip(("engine", "tui"), reversed(drawing.split("engine/\n")), strict=True):
        assert not [name for name in _files(part) if not (ROOT / half / name).exists()]
    helpers = re.findall(r"`(\w+\.py)`", MAP)
    assert helpers
    assert not [name for name in helpers if not (ROOT / "tests" / "helpers" / name).exists()]


def _files(drawn: str) -> list[str]:
    return re.findall(r"\w+\.py", drawn)
