"""The steps of a connection, one after the other: what came of each, and its time."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.widgets import Static

from engine.connect.connect_check import CheckedStep, StepOutcome
from engine.errors import CannotConnect
from tui.kit.rewriting import rewrite
from tui.kit.rows import duration
from tui.safe import clean

from .connect_error_words import sentence

_SIGNS = {
    StepOutcome.PASSED: ("✓", "$text-success"),
    StepOutcome.FAILED: ("✗", "$text-error"),
    StepOutcome.LIMITED: ("!", "$text-warning"),
    StepOutcome.SKIPPED: ("–", "$foreground 60%"),
}
_NAME, _TIME = 12, 8
"""Columns of a step's name and of its time."""
_INDENT = _NAME + _TIME + 4
_LEAST = 20
"""Columns that the words have at the least."""


class StepList(Static):
    DEFAULT_CSS = "StepList { height: auto; margin: 1 0 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="connect-steps", markup=False)
        self.steps: Sequence[CheckedStep] = ()

    def show(self, steps: Sequence[CheckedStep]) -> None:
        self.steps = steps
        self.display = bool(steps)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        room = max(_LEAST, (self.size.width or 80) - _INDENT)
        rewrite(
            self, Content("\n").join(line for step in self.steps for line in _lines(step, room))
        )


def _lines(step: CheckedStep, room: int) -> Iterator[Content]:
    sign, ink = _SIGNS[step.outcome]
    time = duration(step.seconds) if step.seconds is not None else ""
    first, *others = textwrap.wrap(clean(_told(step)), room) or [""]
    begin = Content.styled(f"{sign} {step.step:<{_NAME}}", ink)
    yield begin + Content(f"{time:>{_TIME}}  {first}")
    for words in others:
        yield Content(" " * _INDENT + words)


def _told(step: CheckedStep) -> str:
    if step.outcome is StepOutcome.SKIPPED:
        return "not tried"
    if isinstance(step.error, CannotConnect):
        return step.error.why
    return sentence(step.error) if step.error is not None else step.words
