"""An editor of checks: TOML, with what can stand in each table completed as it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.checks.checks import EXPECT_KEYS, STATES
from engine.checks.comparison import TESTS
from engine.known_headers import KNOWN_HEADERS
from tui.kit.editor import Editor

_HEADING = re.compile(r"\s*\[([\w.]+)\]")
_TABLES = ("[expect]", "[expect.headers]", "[expect.json]", "[take]")
_OPENING = ('needs = "', *_TABLES)
_EXPECT = {
    "state": 'state = "answered"',
    "latency": 'latency = "200 ms"',
    "replies": "replies = 1",
    "from": 'from = "',
    "schema": 'schema = "',
    "headers": "headers.",
    "json": 'json."$.',
}
_STATE = re.compile(r'\s*state\s*=\s*\[?\s*(?:"[\w-]*",\s*)*"([\w-]*)')
_TEST = re.compile(r".*=\s*\{\s*(?:[^{}]*,\s*)?(\w*)")
HINT = '[expect]\nstate = "answered"\nlatency = "200 ms"\n\n[expect.json]\n"$.total" = 8.4'


class ChecksEditor(Editor):
    """Right takes the completion."""

    def update_suggestion(self) -> None:
        begun, whole = self._completion()
        self.suggestion = whole[len(begun) :] if whole else ""

    def _completion(self) -> tuple[str, str]:
        """What is begun at the cursor, and all of what it may become; "" for nothing."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        if column != len(line) or not line.strip():
            return "", ""
        table = self._table_above(row)
        for pattern, known in ((_STATE, STATES), (_TEST, tuple(TESTS))):
            found = pattern.fullmatch(line) if pattern is _TEST or table == "expect" else None
            if found is not None:
                return found[1], _first(found[1], known)
        return line, _first(line, self._lines(table))

    def _lines(self, table: str) -> Iterable[str]:
        """What a line of a table may begin with."""
        own = {
            "": (),
            "expect": tuple(_EXPECT[key] for key in EXPECT_KEYS),
            "expect.headers": (f'{name} = "' for name in KNOWN_HEADERS),
            "expect.json": ('"$.',),
        }
        return (*own.get(table, ()), *(_TABLES if table else _OPENING))

    def _table_above(self, row: int) -> str:
        for at in range(row, -1, -1):
            if found := _HEADING.match(self.document.get_line(at)):
                return found[1]
        return ""


def _first(begun: str, known: Iterable[str]) -> str:
    longer = (each for each in known if each.startswith(begun) and each != begun)
    return next(longer, "") if begun else ""
