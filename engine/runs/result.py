"""What came of one request of a run, and of the whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.checks.answer import Answer
from engine.checks.judge_answer import Judged
from engine.diagnosis.result import Diagnosis
from engine.errors import NatstapError


class RunOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    """It was sent, and something is not as expected."""
    ERROR = "error"
    """It could not be sent."""
    SKIPPED = "skipped"
    """What it needs did not pass."""


@dataclass(frozen=True, slots=True)
class Result:
    """`number` is the exchange's in the journal, 0 where nothing was sent."""

    name: str
    subject: str
    outcome: RunOutcome
    answer: Answer | None = None
    judged: tuple[Judged, ...] = ()
    diagnosis: Diagnosis | None = None
    """Why it failed, where the request itself did."""
    why: str = ""
    """Why it was not sent, or what could not be taken from the reply."""
    number: int = 0
    error: NatstapError | None = None
    """What kept it from being sent."""

    @property
    def faults(self) -> tuple[str, ...]:
        """A sentence for each thing that is wrong, the cause first."""
        failed = tuple(judged.sentence for judged in self.judged if not judged.holds)
        cause = (self.diagnosis.sentence,) if self.diagnosis is not None else ()
        return (*cause, *failed, *((self.why,) if self.why else ()))

    @property
    def passed(self) -> bool:
        return self.outcome is RunOutcome.PASSED


def all_passed(results: Sequence[Result]) -> bool:
    return all(result.passed for result in results)


def summary(results: Sequence[Result]) -> str:
    """Such as: 3 passed, 1 failed."""
    counts = Counter(result.outcome for result in results)
    told = (f"{counts[outcome]} {outcome}" for outcome in RunOutcome if counts[outcome])
    return ", ".join(told) or "nothing to run"
