"""Which environment was used last with each collection: one small file for all of them."""

from __future__ import annotations

import json
from pathlib import Path

from engine.fields import read_json
from engine.whole_file import replace_file

MAX_COLLECTIONS = 200
"""Collections that are remembered; the one chosen for longest ago makes way."""
MAX_BYTES = 1 << 20


class LastEnvironments:
    """`path` is made when something is first remembered; a file that is no such one is nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def environment(self, collection: Path) -> str:
        """The name that was remembered, "" for none."""
        return self._read().get(str(collection.resolve()), "")

    def remember(self, collection: Path, name: str) -> None:
        """Raises OSError where the file cannot be written."""
        known = self._read()
        known.pop(str(collection.resolve()), None)
        if name:
            known[str(collection.resolve())] = name
        newest = dict(list(known.items())[-MAX_COLLECTIONS:])
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.path, json.dumps(newest, indent=1).encode())

    def _read(self) -> dict[str, str]:
        try:
            with self.path.open("rb") as file:
                found = read_json(file.read(MAX_BYTES))
        except (OSError, ValueError):
            return {}
        items = found.items() if isinstance(found, dict) else ()
        return {key: name for key, name in items if isinstance(name, str)}
