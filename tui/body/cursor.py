"""Where one is in a body: the line of the cursor, its path and its value; what is folded there."""

from __future__ import annotations

import re
from collections.abc import Callable

from textual.geometry import clamp

from engine.message import raw_bytes
from tui.body.lines import JsonLines, Lines
from tui.body.painter import BodyPainter
from tui.body.structure import closer_of, enclosing, opener_of, opens, path_of, value_of
from tui.body.window import BodyWindow, RowPart

_MAX_LAID_OUT = 200_000
"""Lines."""


class BodyCursor:
    def __init__(self, body: BodyPainter, repaint: Callable[[], None]) -> None:
        self._body = body
        self._repaint = repaint

    @property
    def lines(self) -> Lines:
        return self._body.lines

    @property
    def window(self) -> BodyWindow:
        return self._body.window

    @property
    def line(self) -> int:
        """The line of the cursor, from 0."""
        return self._body.folds.line(self.window.cursor.row)

    @property
    def path(self) -> str:
        """Of the cursor's line; "" where the body is not shown as JSON."""
        lines = self.lines
        return path_of(lines, self.line) if isinstance(lines, JsonLines) and len(lines) else ""

    @property
    def value(self) -> str | None:
        """What is under the cursor: a value of JSON, else a line; None while it is read."""
        lines = self.lines
        if not len(lines):
            return ""
        return value_of(lines, self.line) if isinstance(lines, JsonLines) else lines.line(self.line)

    @property
    def selected(self) -> bool:
        """True if a part of the text is selected."""
        return self._body.selection is not None

    def shown(self, line: int) -> str:
        """A line as it is shown."""
        return self._body.text(line)

    def laid_out(self) -> bytes | None:
        """All lines, each with a line break; None where these are very many."""
        lines = self.lines
        if len(lines) > _MAX_LAID_OUT or not lines.done:
            return None
        return raw_bytes("".join(f"{lines.line(index)}\n" for index in range(len(lines))))

    def _draw_anew(self) -> None:
        self._body.forget_drawn()
        self._repaint()

    # -- moving ------------------------------------------------------------------------------

    def go(self, line: int, begin: int = 0, end: int = 0) -> None:
        """Put the cursor on a line, on its characters from `begin` to `end` if these are given."""
        body = self._body
        line = clamp(line, 0, max(0, len(self.lines) - 1))
        body.folds.reveal(line)
        row = body.folds.row(line)
        body.found_here = (line, begin, end) if end else None
        if not body.left <= begin <= end <= body.left + body.room:
            body.left = clamp(begin - body.room // 2, 0, body.most_left)
        self.window.go(RowPart(row, body.part_of(row, begin)))
        self._draw_anew()

    def mark(self, found: re.Pattern[str] | None) -> None:
        """Mark what is found wherever it is in sight."""
        self._body.found, self._body.found_here = found, None
        self._draw_anew()

    # -- how lines are shown -------------------------------------------------------------------

    def fold(self) -> bool:
        """Fold what the cursor's line opens or is in, or unfold it; False if nothing can be."""
        lines, folds = self.lines, self._body.folds
        if not isinstance(lines, JsonLines) or not len(lines):
            return False
        line = opener_of(lines, self.line)
        if folds.last_under(line) is not None:
            folds.unfold(line)
            self._draw_anew()
            return True
        first = line if opens(lines, line) else enclosing(lines, line)
        last = closer_of(lines, first) if first >= 0 else None
        if last is None or last <= first:
            return False
        folds.fold(first, last)
        self.go(first)
        return True

    def wrap(self) -> None:
        """Show long lines on as many lines of the screen as they take, or on one."""
        self.window.wraps = not self.window.wraps
        self._body.left = 0
        self._body.forget()
        self.window.go(RowPart(self.window.cursor.row))
        self._draw_anew()

    def number(self) -> None:
        """Show the numbers of lines, or hide them."""
        self._body.numbers = not self._body.numbers
        self._draw_anew()
