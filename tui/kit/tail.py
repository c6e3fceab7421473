"""A viewport on a view: it follows the newest rows, or keeps the reader's place.

Rows are known by their number, never by their place, so what is being read stays where it is
when rows come, go or fall out at the front.
"""

from __future__ import annotations

from textual.geometry import clamp
from textual.reactive import reactive

from engine.journal.view import View

from .viewport import Viewport


class Tail(Viewport):
    follow: reactive[bool] = reactive(True, repaint=False)
    """True while new rows scroll in."""

    def __init__(self, view: View, *, id: str | None, classes: str | None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.view = view
        self._anchor = 0
        """When not following: the number in the first line."""
        self._read = 0
        """The newest number that was in sight."""

    def repaint(self) -> None:
        """Draw what changed since the last time."""
        raise NotImplementedError

    @property
    def rows(self) -> int:
        return len(self.view)

    @property
    def top(self) -> int:
        last = self.last_top
        return last if self.follow else min(self.view.place_of(self._anchor), last)

    @property
    def in_sight(self) -> range:
        """The rows on the screen."""
        top = self.top
        return range(top, min(top + self.size.height, self.rows))

    @property
    def unread(self) -> int:
        """How many rows came below the last one that was in sight."""
        return 0 if self.follow else self.rows - self.view.place_of(self._read + 1)

    def note_read(self) -> None:
        """Remember the newest row in sight."""
        if rows := self.in_sight:
            self._read = max(self._read, self.view[rows[-1]])

    def watch_follow(self, follow: bool) -> None:
        if not follow and self.rows:
            self._anchor = self.view[self.last_top]
            self._read = self.view[self.rows - 1]
        self.repaint()

    def scroll_to_row(self, top: int) -> None:
        """Hold row `top` in the first line; pushing on at the end starts following."""
        if not self.rows:
            return
        if top >= self.last_top == self.top:
            self.follow = True
            return
        self.follow = False
        self._anchor = self.view[int(clamp(top, 0, self.last_top))]
        self.repaint()

    def bring(self, index: int) -> None:
        """Scroll as little as it takes to have row `index` in sight."""
        rows = self.in_sight
        if rows and index < rows[0]:
            self.scroll_to_row(index)
        elif rows and index > rows[-1]:
            self.scroll_to_row(index - len(rows) + 1)
