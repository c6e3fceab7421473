"""The stored messages of a page, which asks for more where the user moves beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.message import Message

from tui.table.table import Row, RowSource, Table

from .stream_rows import MESSAGES

Where = Literal["older", "newer", "first", "last"]


class StoredList(Table):
    class Beyond(Message):
        """The user wants what is not on the page."""

        def __init__(self, where: Where) -> None:
            self.where = where
            super().__init__()

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(MESSAGES, id)

    def show(self, rows: RowSource | Sequence[Row]) -> None:
        """Take other rows; the row under the cursor stays where it is on the screen."""
        top, index = self.top, self._cursor.index
        super().show(rows)
        self._cursor.scroll_to(top + self._cursor.index - index)
        self.repaint()

    def choose_sequence(self, sequence: int) -> None:
        """Move the cursor to a message, or to the first after it, or the gap that it is in."""
        for key in map(self.source.key, range(self.rows)):
            last = key[1] if isinstance(key, tuple) else key
            if isinstance(last, int) and last >= sequence:
                self.choose(key)
                return
        self.choose_last()

    def choose_last(self) -> None:
        super().action_move("end")

    @property
    def at_end(self) -> bool:
        """True while the cursor is on the last row, and so follows what comes."""
        return self._cursor.index >= self.rows - 1

    # -- moving beyond what is there ---------------------------------------------------------

    def action_move(self, where: str) -> None:
        back = where in ("up", "pageup")
        if where in ("start", "end"):
            self.post_message(self.Beyond("first" if where == "start" else "last"))
        elif self._cursor.index == (0 if back else self.rows - 1):
            self.post_message(self.Beyond("older" if back else "newer"))
        else:
            super().action_move(where)

    def scroll_by(self, rows: int) -> None:
        if rows < 0 and not self.top:
            self.post_message(self.Beyond("older"))
        elif rows > 0 and self.top >= self._window.last_top:
            self.post_message(self.Beyond("newer"))
        else:
            super().scroll_by(rows)
