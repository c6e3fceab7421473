"""Which environment was used last with each collection: one small file for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.state_file import StateFile
from engine.whole_file import whole_path

MAX_COLLECTIONS = 200
"""Collections that are remembered; the one chosen for longest ago makes way."""


class LastEnvironments:
    """`path` is made when something is first remembered; a file that is no such one is nothing."""

    def __init__(self, path: Path) -> None:
        self._file = StateFile(path)

    def environment(self, collection: Path) -> str:
        """The name that was remembered, "" for none."""
        return _names(self._file.read()).get(_place(collection), "")

    def remember(self, collection: Path, name: str) -> None:
        """Raises OSError where the file cannot be written."""

        def change(found: dict[str, Any]) -> dict[str, Any]:
            known = _names(found)
            known.pop(_place(collection), None)
            if name:
                known[_place(collection)] = name
            return dict(list(known.items())[-MAX_COLLECTIONS:])

        self._file.change(change)


def _place(collection: Path) -> str:
    path = whole_path(collection)
    return str(path.resolve() if path.is_absolute() else path)


def _names(found: dict[str, Any]) -> dict[str, str]:
    return {key: name for key, name in found.items() if isinstance(name, str)}
