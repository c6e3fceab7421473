"""The rows of a flow under their heads; they can be wider than there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from textual.containers import Vertical
from textual.content import Content

from .sticky_row import PinnedOptions, PinnedText

_STEP = 24
"""Cells that one pans at a time."""


class FlowChart(Vertical):
    def __init__(self) -> None:
        self._heads = PinnedText(id="flow-heads", markup=False)
        self.steps = PinnedOptions(id="flow-steps", compact=True, markup=False)
        self._whole = Vertical(self._heads, self.steps, id="flow-chart")
        super().__init__(self._whole, id="flow-scroll")
        self._numbers: Sequence[int] = ()
        """The message of each row."""

    def on_mount(self) -> None:
        self.watch(self, "scroll_x", self._pin)

    def show(
        self, numbers: Sequence[int], lines: Sequence[Content], heads: Sequence[Content], width: int
    ) -> None:
        """A row for each number; with a `width` of 0 they fill the room."""
        self._numbers = numbers
        self._whole.styles.width = width or "1fr"
        self._heads.display = bool(heads)
        self._heads.update(Content("\n").join(heads))
        self.steps.set_options(lines)

    # -- the row under the cursor ------------------------------------------------------------

    @property
    def chosen(self) -> int | None:
        """The message of that row."""
        row = self.steps.highlighted
        return None if row is None or row >= len(self._numbers) else self._numbers[row]

    def choose(self, number: int) -> None:
        self.steps.highlighted = self._row_of(number)

    def is_at(self, number: int) -> bool:
        return self.steps.highlighted == self._row_of(number)

    def _row_of(self, number: int) -> int:
        """The row of a message, or of the next one that has a row."""
        rows = (row for row, shown in enumerate(self._numbers) if shown >= number)
        return next(rows, len(self._numbers) - 1)

    # -- columns -----------------------------------------------------------------------------

    def pan(self, by: int) -> None:
        self.scroll_relative(x=by * _STEP, animate=False)

    def bring(self, begin: int, end: int) -> None:
        """Pan to some columns, as far as it takes."""
        at = min(max(self.scroll_x, end - self.size.width), begin)
        self.scroll_to(x=at, animate=False)

    def _pin(self) -> None:
        """The times stay in sight."""
        self._heads.shift = self.steps.shift = self.scroll_offset.x
