"""docs/cli.md says what is so: its recipes run, its tables are those of the code."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from helpers.command_line import alone
from helpers.outside import printed

from engine import Profile
from engine.checks.comparison import TESTS
from engine.journal.states import State
from tests.demo_check import REQUESTS
from tui.cli.commands import COMMANDS
from tui.cli.exit_codes import Exit

DOCS = (Path(__file__).parent.parent.parent / "docs" / "cli.md").read_text()
RECIPES = re.findall(r"^([^\n]*):\n\n```sh\n(.*?)```", DOCS.partition("## Recipes")[2], re.S | re.M)


def test_there_are_recipes() -> None:
    assert len(RECIPES) > 10


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("title", "recipe"), RECIPES, ids=[title for title, _ in RECIPES])
async def test_a_recipe_runs(title: str, recipe: str, shop: Profile, tmp_path: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    command = tmp_path / "bin" / "natstap"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
    command.chmod(0o755)
    root = Path(__file__).parent.parent.parent
    env = {
        **alone(shop, tmp_path),
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(root),
        "COLLECTION": str(REQUESTS),
    }
    told = await printed(shell, "-euc", recipe, env=env, cwd=tmp_path)
    assert "\x1b" not in told
    assert "Traceback" not in told


def test_every_exit_code_is_told() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.*?) \|$", DOCS, re.M))
    assert told == {str(int(code)): code.words for code in Exit}


def test_every_command_is_told() -> None:
    assert set(re.findall(r"^\| `natstap (\w+)", DOCS, re.M)) == set(COMMANDS)


def test_every_state_and_comparison_is_told() -> None:
    for state in State:
        assert not state.slug or state is State.WAITING or f"`{state.slug}`" in DOCS
    for name in TESTS:
        assert f"`{name}`" in DOCS
