"""How many inputs of each kind a run has tried, from all its workers: `make fuzz` says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

TRIED: Counter[str] = Counter()
"""By kind, such as "spoiled files"."""
_KEY = "inputs_tried"


def tried(kind: str, count: int = 1) -> None:
    """Inputs that a test gives; whether they were survived, the test says."""
    TRIED[kind] += count


class TriedReport:
    """A plug-in for pytest: workers hand over what they tried, and the end of a run shows it."""

    def pytest_testnodedown(self, node: Any) -> None:
        TRIED.update(getattr(node, "workeroutput", {}).get(_KEY, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        handed: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if handed is not None:
            handed[_KEY] = dict(TRIED)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in _lines():
            terminalreporter.write_line(line)


def _lines() -> Iterator[str]:
    for kind, count in sorted(TRIED.items()):
        yield f"tried: {count:,} {kind}"
