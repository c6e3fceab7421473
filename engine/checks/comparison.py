"""Comparing one thing of an answer with what was expected: a plain value, or a small table.

total = 8.4                      equal
total = { above = 1, below = 9 }
order = { matches = "A-\\d+" }
items = { length = 3 }
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.words import short

from .invalid_checks import InvalidChecks

MAX_MATCHED = 1 << 16
"""Characters of a text that a pattern is tried on."""
TYPES = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def _is_type(found: Any, wanted: Any) -> bool:
    return isinstance(found, TYPES[wanted]) and (wanted == "boolean" or not isinstance(found, bool))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(found: Any, wanted: Any) -> bool:
    """As JSON has it: 1 is 1.0, and not true."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _length(found: Any) -> int | None:
    return len(found) if isinstance(found, str | list | dict) else None


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equal,
    "not": lambda found, wanted: not _equal(found, wanted),
    "above": lambda found, wanted: _is_number(found) and found > wanted,
    "below": lambda found, wanted: _is_number(found) and found < wanted,
    "matches": lambda found, wanted: (
        isinstance(found, str) and re.search(wanted, found[:MAX_MATCHED]) is not None
    ),
    "contains": lambda found, wanted: isinstance(found, str | list) and wanted in found,
    "length": lambda found, wanted: _length(found) == wanted,
    "type": _is_type,
    "exists": lambda found, wanted: (found is not None) == wanted,
}
"""What may stand in the table of a comparison, and when it holds."""


@dataclass(frozen=True, slots=True)
class ValueTests:
    """All of `tests` must hold: pairs of a name in `TESTS` and a value."""

    tests: tuple[tuple[str, Any], ...]

    @classmethod
    def read(cls, where: str, given: Any) -> ValueTests:
        """Raises `InvalidChecks` that names `where`."""
        if not isinstance(given, Mapping):
            return cls((("equals", given),))
        if not given:
            raise InvalidChecks(where, "it compares with nothing: try { exists = true }")
        for name, wanted in given.items():
            _check(where, name, wanted)
        return cls(tuple(given.items()))

    def write(self) -> Any:
        """The value that `read` took."""
        if len(self.tests) == 1 and self.tests[0][0] == "equals":
            return self.tests[0][1]
        return dict(self.tests)

    def holds(self, found: Any) -> bool:
        return all(TESTS[name](found, wanted) for name, wanted in self.tests)

    def __str__(self) -> str:
        return " and ".join(
            shown(wanted) if name == "equals" else f"{name} {shown(wanted)}"
            for name, wanted in self.tests
        )


def _check(where: str, name: str, wanted: Any) -> None:
    if name not in TESTS:
        raise InvalidChecks(where, f"{name} is not a comparison: try {', '.join(TESTS)}")
    if name in ("above", "below", "length") and not _is_number(wanted):
        raise InvalidChecks(where, f"{name} needs a number")
    if name == "exists" and not isinstance(wanted, bool):
        raise InvalidChecks(where, "exists needs true or false")
    if name == "type" and wanted not in TYPES:
        raise InvalidChecks(where, f"type needs one of {', '.join(TYPES)}")
    if name == "matches":
        _check_pattern(where, wanted)


def _check_pattern(where: str, wanted: Any) -> None:
    if not isinstance(wanted, str):
        raise InvalidChecks(where, "matches needs a pattern in quotes")
    try:
        re.compile(wanted)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidChecks(where, f"matches: not a pattern: {error}") from None


def shown(value: Any) -> str:
    """A value in a sentence, as JSON, cut where it is long."""
    try:
        return short(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return short(repr(value))
