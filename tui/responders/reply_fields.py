"""The rows of the responder's form on the screen: each has its label, and where it is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Label, Select, Static

from engine.errors import InvalidInput
from tui.kit.editor import Field
from tui.kit.tick import Tick
from tui.kit.typed import Mistyped

from .reply_rows import OF_DELAY, FormRow


class ReplyRow(Grid):
    def __init__(self, line: FormRow) -> None:
        self.line = line
        self.field: Any = _widget(line)
        super().__init__(Label(line.label), self.field, id=f"{line.id}-row", classes="reply-row")

    @property
    def given(self) -> Any:
        """As it is written or chosen."""
        return self.field.value

    def put(self, value: Any) -> None:
        self.field.value = value if self._is_chosen else self.line.write(value)

    def read(self) -> Any:
        """The value that is meant; raises `Mistyped`."""
        try:
            return self.given if self._is_chosen else self.line.read(self.given)
        except InvalidInput as error:
            raise Mistyped(f"{self.line.label}: {error}", self.line.name) from None

    @property
    def _is_chosen(self) -> bool:
        return bool(self.line.choices) or self.line.check


def _widget(line: FormRow) -> Any:
    if line.choices:
        return Select(line.choices, allow_blank=False, compact=True, id=line.id)
    if line.check:
        return Tick(line.says, compact=True, id=line.id, classes="option-check")
    return Field(placeholder=line.says, compact=True, id=line.id)


class ReplyRows(Grid):
    """The rows of one page; `show` hides those that mean nothing for what is chosen."""

    def __init__(self, lines: Sequence[FormRow]) -> None:
        super().__init__(classes="reply-rows")
        self.rows = [ReplyRow(line) for line in lines]
        self._filler = Static(id="delay-filler")

    def compose(self) -> ComposeResult:
        for row in self.rows:
            yield row
            if row.line.name == OF_DELAY[-1]:
                yield self._filler

    def show(self, values: dict[str, Any]) -> None:
        for row in self.rows:
            row.display = row.line.shown(values)
        times = sum(row.display for row in self.rows if row.line.name in OF_DELAY[1:])
        self._filler.set_class(times % 2 == 0, "-even")
