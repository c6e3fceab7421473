"""Which of many rows are in sight: those from `top` on, a screenful of them."""

from __future__ import annotations

from collections.abc import Callable

from textual.geometry import clamp


class Window:
    """`rows` gives how many there are; `head` lines above them are not scrolled."""

    def __init__(self, rows: Callable[[], int], head: int = 0) -> None:
        self._count = rows
        self.head = head
        self.height = 0
        """Lines that there is room for, with those of the head."""
        self.first = 0
        self.follow = False
        """True while the last row stays in sight, however many there are."""

    @property
    def rows(self) -> int:
        return self._count()

    @property
    def page(self) -> int:
        """Lines that are scrolled, at least one."""
        return max(1, self.height - self.head)

    @property
    def last_top(self) -> int:
        return max(0, self.rows - self.page)

    @property
    def top(self) -> int:
        """The row in the first line."""
        return self.last_top if self.follow else min(self.first, self.last_top)

    @property
    def in_sight(self) -> range:
        top = self.top
        return range(top, min(top + self.page, self.rows))

    @property
    def thumb(self) -> range:
        """The lines that the scroll bar's thumb covers."""
        rows, height = self.rows, self.page
        if rows <= height:
            return range(0)
        size = max(1, height * height // rows)
        start = self.head + round(self.top * (height - size) / (rows - height))
        return range(start, start + size)

    def scroll_to(self, top: int) -> None:
        """Bring row `top` to the first line, or as near as can be."""
        self.follow = False
        self.first = clamp(top, 0, self.last_top)

    def resize(self, height: int) -> None:
        self.height = height

    def step(self, where: str) -> int:
        """The rows to go by for "up", "down", "pageup", "pagedown", "start" or "end"."""
        page = max(1, self.page - 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "start": -self.rows}
        return steps.get(where, self.rows)
