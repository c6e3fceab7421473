"""What natstap remembers by itself: one JSON object in a file that several natstaps share."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.fields import read_json
from engine.whole_file import locked, replace_file

MAX_BYTES = 16 << 20


class StateFile:
    """`path` is made when something is first remembered."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, Any]:
        """What is remembered; nothing where there is no file, or not one of ours."""
        return self._read() or {}

    def change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Write what `change` makes of what is there now, while no other natstap writes.

        A file that cannot be read is kept beside it, as `<name>.broken`. Raises OSError.
        """
        with locked(self.path):
            found = self._read()
            if found is None:
                with suppress(FileNotFoundError):
                    self.path.replace(self.path.with_name(f"{self.path.name}.broken"))
            replace_file(self.path, json.dumps(change(found or {}), indent=1).encode())

    def _read(self) -> dict[str, Any] | None:
        try:
            with self.path.open("rb") as file:
                found = read_json(file.read(MAX_BYTES))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None
