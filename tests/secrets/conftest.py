"""A folder of its own for what each test writes."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the app runs: its collection and its state are below."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
