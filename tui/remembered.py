"""What natstap remembers by itself, in `state.json` beside the history.

The theme that was chosen last, the layout of the desk, the place that was connected to last, what
bodies are read as; and for each server what was composed there, without its secrets, and which
subjects were watched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os import urandom
from pathlib import Path
from typing import Any

from engine.fields import part, texts, words
from engine.state_file import StateFile

MAX_SERVERS = 100
"""Servers of which something is remembered; the one left for longest ago makes way."""
MAX_ADDRESSES = 20
MAX_CHOSEN = 200
"""Subject patterns of which is remembered what their bodies are read as."""
MAX_SCHEMAS = 50
"""Subject patterns whose shapes are pinned."""
MAX_DRAFTS = 5
"""Drafts of natstaps on one server that are remembered, the newest last."""
SERVERS, ADDRESSES, DRAFTS, CONTENTS = "servers", "addresses", "drafts", "contents"
SCHEMAS = "schemas"
_BOUNDS = {
    SERVERS: MAX_SERVERS,
    ADDRESSES: MAX_ADDRESSES,
    CONTENTS: MAX_CHOSEN,
    SCHEMAS: MAX_SCHEMAS,
}
Change = Mapping[tuple[str, ...], Any]
"""Values by their paths; None forgets one."""


class Remembered:
    """The file is read when this is made; `change` writes only what differs since.

    What another natstap wrote under other names stays.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._file = StateFile(path or default_path())
        self._found = self._file.read()
        self.run = urandom(4).hex()
        """The name of this run's drafts: another natstap on the server has its own."""

    @property
    def theme(self) -> str:
        return words(self._found, "theme")

    @property
    def place(self) -> str:
        """The title of the server that was connected to last, "" for none."""
        return words(self._found, "place")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Those that were typed, the newest last; none holds credentials."""
        return tuple(part(self._found, ADDRESSES))

    @property
    def shares(self) -> dict[str, float]:
        """Where the borders of panes were moved to, by their names."""
        found = part(self._found, "borders").items()
        return {name: share for name, share in found if isinstance(share, float) and 0 < share < 1}

    @property
    def drawer(self) -> bool:
        """Whether the drawer was open."""
        return self._found.get("drawer") is not False

    @property
    def contents(self) -> dict[str, str]:
        """What bodies are read as that the user chose by key, by subject pattern."""
        found = part(self._found, CONTENTS).items()
        return {pattern: choice for pattern, choice in found if isinstance(choice, str)}

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The shapes that were pinned, by subject pattern and side."""
        return part(self._found, SCHEMAS)

    def drafts(self, server: str) -> tuple[Mapping[str, Any], ...]:
        """What was composed there, as `Draft.to_dict` wrote it, the newest last."""
        kept = part(part(self._found, SERVERS), server)
        runs = part(kept, DRAFTS)
        found = (part(runs, run) for run in runs)
        before = part(kept, "draft")  # as natstap 0.1 wrote it
        return tuple(draft for draft in (before, *found) if draft)

    def watched(self, server: str) -> tuple[str, ...]:
        """The subjects that were watched there."""
        return texts(part(part(self._found, SERVERS), server), "watched")

    def change(self, change: Change, again: bool = False) -> None:
        """Remember what differs from what is known, or all of it `again`; raises OSError."""
        known = {} if again else self._found
        new = {path: value for path, value in change.items() if _at(known, path) != value}
        if new:
            self._file.change(lambda found: _changed(found, new))
            self._found = _changed(self._found, new)


def default_path() -> Path:
    """state.json where this system keeps what programs remember."""
    from platformdirs import user_state_path

    return user_state_path("natstap", appauthor=False) / "state.json"


def _at(found: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _changed(found: dict[str, Any], change: Change) -> dict[str, Any]:
    for path, value in change.items():
        found = _put(found, path, value)
        if path[2:3] == (DRAFTS,):
            found = _put(found, path[:3], _distinct(_at(found, path[:3])))
    for name, most in _BOUNDS.items():
        if isinstance(table := found.get(name), dict):
            found = {**found, name: dict(list(_not_empty(table))[-most:])}
    return found


def _distinct(drafts: Any) -> dict[str, Any] | None:
    """Each draft once, as its newest run has it; of very many the newest."""
    newest: list[tuple[str, Any]] = []
    for run, draft in reversed((drafts or {}).items()):
        if all(draft != other for _, other in newest):
            newest.append((run, draft))
    return dict(reversed(newest[:MAX_DRAFTS])) or None


def _put(found: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """With the value at its path, behind what was there before; what is no table makes way."""
    name, *rest = path
    table = found if isinstance(found, dict) else {}
    others = {other: kept for other, kept in table.items() if other != name}
    if rest:
        return {**others, name: _put(table.get(name), tuple(rest), value)}
    return others if value is None else {**others, name: value}


def _not_empty(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in table.items() if value)
