"""What a user's own type checker says of a project that uses the engine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONSUMER = Path(__file__).with_name("consumer.py")
CACHE = Path(__file__).parent.parent.parent / ".mypy_cache" / "consumer"
"""What mypy knows of natstap and the standard library since the run before."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is not natstap's, so that none of its settings apply."""
    shutil.copy(CONSUMER, tmp_path / "consumer.py")
    return tmp_path


def test_mypy_strict_has_nothing_to_say(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", CACHE, "consumer.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.stdout.startswith("Success"), done.stdout + done.stderr


def test_pyright_strict_has_nothing_to_say(project: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11"}
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, "consumer.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout + done.stderr
