"""What a rule is: when it is asked, what it must know, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.diagnosis.case import Case, Fact
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation

Judge = Callable[[Case], Diagnosis | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Asked in the situations `on`, and only where all that it `needs` is known."""

    judge: Judge
    on: frozenset[Situation]
    needs: tuple[Fact, ...] = ()

    @property
    def name(self) -> str:
        return self.judge.__name__

    def __call__(self, case: Case) -> Diagnosis | None:
        """What it was; None where this rule does not explain it, or does not know enough."""
        asked = case.situation in self.on and all(map(case.knows, self.needs))
        return self.judge(case) if asked else None


def rule(*on: Situation, needs: tuple[Fact, ...] = ()) -> Callable[[Judge], Rule]:
    """`@rule(Situation.TIMED_OUT, needs=(Fact.LISTENERS,))` above a function makes it a rule."""
    return lambda judge: Rule(judge, frozenset(on), needs)
