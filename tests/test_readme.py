"""The README's examples run as they are printed, each in a process of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from helpers.outside import printed, signed_in

from engine.server.server import EmbeddedServer

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("code", EXAMPLES, ids=["request", "many", "stored"])
async def test_an_example_runs(code: str, server: EmbeddedServer) -> None:
    await printed(sys.executable, "-c", code, env=signed_in(server.profile()))


def test_every_file_the_readme_names_is_there() -> None:
    root = Path(__file__).parent.parent
    for name in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (root / name).exists(), name
