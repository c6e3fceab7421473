"""The stored messages of a page, which asks for more where the user moves beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from textual.message import Message

from tui.kit.listing import Listing, Row

from .stream_rows import BODY, MESSAGES

Where = Literal["older", "newer", "first", "last"]


class StoredList(Listing):
    class Beyond(Message):
        """The user wants what is not on the page."""

        def __init__(self, where: Where) -> None:
            self.where = where
            super().__init__()

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(MESSAGES, BODY, id, ("Reading…",))

    def show(self, rows: Sequence[Row]) -> None:
        """Take other rows; the row under the cursor stays where it is on the screen."""
        top, index = self._top, self._index
        super().show(rows)
        self.scroll_to_row(top + self._index - index)

    def choose_sequence(self, sequence: int) -> None:
        """Move the cursor to a message, or to the first after it, or the gap that it is in."""
        for row in self._shown:
            last = row.key[1] if isinstance(row.key, tuple) else row.key
            if isinstance(last, int) and last >= sequence:
                self.choose(row.key)
                return
        self.choose_last()

    def choose_last(self) -> None:
        super().action_edge(-1)

    @property
    def at_end(self) -> bool:
        """True while the cursor is on the last row, and so follows what comes."""
        return self._index >= self.rows - 1

    # -- moving beyond what is there ---------------------------------------------------------

    def action_move(self, by: int) -> None:
        if not self._beyond(by):
            super().action_move(by)

    def action_page(self, by: int) -> None:
        if not self._beyond(by):
            super().action_page(by)

    def action_edge(self, at: int) -> None:
        self.post_message(self.Beyond("last" if at else "first"))

    def scroll_by(self, rows: int) -> None:
        if rows < 0 and not self._top:
            self.post_message(self.Beyond("older"))
        elif rows > 0 and self._top >= self.last_top:
            self.post_message(self.Beyond("newer"))
        else:
            super().scroll_by(rows)

    def _beyond(self, by: int) -> bool:
        edge = 0 if by < 0 else self.rows - 1
        if self._index != edge:
            return False
        self.post_message(self.Beyond("older" if by < 0 else "newer"))
        return True
