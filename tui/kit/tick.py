"""A checkbox whose mark is there or not, so that its state is no matter of colour."""

from __future__ import annotations

from textual.widgets import Checkbox


class Tick(Checkbox):
    BUTTON_INNER = " "

    def watch_value(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()
