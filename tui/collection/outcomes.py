"""How the outcome of a run looks in a list: green or red."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.checks import Checks
from engine.collection.check_text import write_checks
from engine.runs.result import Result, RunOutcome
from tui.kit.facts import Fact
from tui.table.table import Cell

GLYPHS = {
    RunOutcome.PASSED: ("✓", "good"),
    RunOutcome.FAILED: ("✗", "bad"),
    RunOutcome.ERROR: ("✗", "bad"),
    RunOutcome.SKIPPED: ("○", "warn"),
}


def outcome_cell(result: Result | None) -> Cell:
    """Green or red; empty for what was not run."""
    if result is None:
        return Cell("")
    glyph, role = GLYPHS[result.outcome]
    return Cell(f"{glyph} {result.outcome}", role)


def check_facts(checks: Checks, result: Result | None) -> Iterator[Fact]:
    """What a saved request expects, and what was wrong with it when it was run last."""
    if result is not None:
        yield "Last run", str(result.outcome)
        yield from (("Fault", fault) for fault in result.faults if not result.passed)
    for line in write_checks(checks).splitlines():
        if line:
            yield "Checks", line
