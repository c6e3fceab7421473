"""A home folder with what the nats CLI and natstap keep there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Home:
    """A home directory with contexts of the nats CLI in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.env = {"HOME": str(path)}

    def context(self, name: str, /, **settings: Any) -> None:
        file = self.path / ".config" / "nats" / "context" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    def select(self, name: str) -> None:
        (self.path / ".config" / "nats" / "context.txt").write_text(name)
