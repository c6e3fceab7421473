"""The words that rows are filtered by: a field that is out of sight while there are none."""

from __future__ import annotations

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from tui.kit.editor import Field


class FilterField(Field):
    def __init__(self, placeholder: str, id: str, rows: Widget) -> None:  # noqa: A002
        """`rows` are what is filtered; they get the focus when the words are written."""
        super().__init__(placeholder=placeholder, compact=True, id=id)
        self.display = False
        self._rows = rows

    @property
    def words(self) -> list[str]:
        return self.value.lower().split()

    def start(self) -> None:
        self.display = True
        self.focus()

    def leave(self) -> bool:
        """Show all rows again; False while nothing is filtered."""
        if not self.display:
            return False
        self.value = ""
        self._settle()
        return True

    @on(Input.Submitted)
    def _settle(self) -> None:
        self.display = bool(self.value)
        self._rows.focus()
