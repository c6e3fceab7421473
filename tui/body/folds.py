"""Which lines of a body are shown: those that are folded away are not."""

from __future__ import annotations

from bisect import bisect_right


class Folds:
    """Rows are the lines that are shown, counted from 0."""

    def __init__(self) -> None:
        self._closed: dict[int, int] = {}
        """The last line that is folded away under each that is folded."""
        self._firsts: list[int] = []
        """The folded lines that are shown, in order."""
        self._rows: list[int] = []
        """The row after each of them."""
        self._gone = [0]
        """Lines that are hidden before each of them, and at the end."""

    @property
    def hidden(self) -> int:
        """Lines that are not shown."""
        return self._gone[-1]

    def last_under(self, line: int) -> int | None:
        """The last line that is folded away under this one; None if it is not folded."""
        return self._closed.get(line)

    def fold(self, first: int, last: int) -> None:
        """Fold the lines after `first` away, up to `last`."""
        self._closed[first] = last
        self._lay_out()

    def unfold(self, first: int) -> None:
        self._closed.pop(first, None)
        self._lay_out()

    def reveal(self, line: int) -> None:
        """Unfold all that a line is hidden in."""
        around = [first for first, last in self._closed.items() if first < line <= last]
        for first in around:
            del self._closed[first]
        if around:
            self._lay_out()

    def clear(self) -> None:
        self._closed.clear()
        self._lay_out()

    def line(self, row: int) -> int:
        """The line in a row."""
        return row + self._gone[bisect_right(self._rows, row)]

    def row(self, line: int) -> int:
        """The row of a line; of a hidden one that of the line it is folded under."""
        at = bisect_right(self._firsts, line)
        if at:
            first = self._firsts[at - 1]
            line = first if line <= self._closed[first] else line
            at -= line == first
        return line - self._gone[at]

    def _lay_out(self) -> None:
        self._firsts, self._rows, self._gone = [], [], [0]
        end = -1
        for first in sorted(self._closed):
            if first <= end:
                continue  # it is hidden itself
            end = self._closed[first]
            self._firsts.append(first)
            self._rows.append(first - self._gone[-1] + 1)
            self._gone.append(self._gone[-1] + end - first)
