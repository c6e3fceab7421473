"""What was found out about exchanges beyond the journal: paths, diagnoses, who else listened.

The screens write it when an engine's answer comes, the widgets read it. It is bounded, and
what was forgotten can be asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from engine.insight.verdict import Verdict, verdict
from engine.journal import Exchange, Journal, State

if TYPE_CHECKING:
    from engine.insight.diagnosis import Diagnosis
    from engine.insight.path import Path

MOST = 500
Value = TypeVar("Value")
_ALONE = (
    "Only natstap listens there: without the watch, the server would have told the asker "
    "at once that there are no responders."
)


@dataclass(slots=True)
class Known:
    """By the number of the exchange."""

    paths: dict[int, Path] = field(default_factory=dict)
    """The ways that traced requests took."""
    diagnoses: dict[int, tuple[State, Diagnosis]] = field(default_factory=dict)
    """Why they failed, and the state that was explained."""
    alone: Callable[[int], bool] = lambda number: False
    """True for a request that only natstap heard."""

    def diagnosis(self, exchange: Exchange) -> Diagnosis | None:
        """What was found of the exchange as it stands now."""
        state, found = self.diagnoses.get(exchange.number, (None, None))
        return found if state is exchange.state else None

    def about(self, exchange: Exchange) -> tuple[Path | None, Diagnosis | None, bool]:
        """All that is known of an exchange: when this is as before, so are its looks."""
        alone = exchange.state is State.WAITING and not exchange.own and self.alone(exchange.number)
        return self.paths.get(exchange.number), self.diagnosis(exchange), alone

    def judge(self, exchange: Exchange, journal: Journal) -> Verdict:
        """The verdict, with the cause in its place once that is known."""
        _, found, alone = self.about(exchange)
        if alone:
            return Verdict(f"Nobody but natstap heard this on {exchange.subject}.", _ALONE, "warn")
        pure = verdict(exchange, journal)
        if found is None:
            return pure
        return Verdict(found.sentence, found.advice or pure.detail, pure.tone)


def keep(store: dict[int, Value], number: int, value: Value) -> None:
    """Remember, and forget the oldest when there are many."""
    store[number] = value
    while len(store) > MOST:
        del store[next(iter(store))]
