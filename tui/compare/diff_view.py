"""Two messages side by side, or one under the other where it is narrow; only what is in sight
is drawn, and only there are words compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from tui.kit.viewport import Viewport, moving

from .diff_painter import DiffPainter
from .diff_rows import AnyRow, DiffRow


class DiffView(Viewport):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "viewport--title",
        "viewport--rule",
        "viewport--removed-word",
        "viewport--added-word",
    }
    DEFAULT_CSS = """
    DiffView {
        & > .viewport--title { color: $text-primary; text-style: bold; }
        & > .viewport--rule { color: $foreground 20%; }
        & > .viewport--removed-word { background: $error 35%; text-style: bold; }
        & > .viewport--added-word { background: $success 35%; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = moving(
        "diff", ("One line up", "One line down", "First line", "Last line")
    )

    class Moved(Message):
        """Another difference is the current one."""

    def __init__(self, id: str) -> None:  # noqa: A002
        self._diff = DiffPainter()
        self._given: Sequence[AnyRow] = ()
        super().__init__(self._diff.window, self._diff, id=id)

    # -- what the screen calls -----------------------------------------------------------------

    def show(self, rows: Sequence[AnyRow], keep: bool = False) -> None:
        """Show other rows, from the first on; `keep` stays at the current difference."""
        self._given = rows
        self._diff.group = self.group if keep else 0
        self._diff.lay_out(rows, self.size.width)
        self.scroll_to_row(0)
        if self.group:
            self.jump(0)

    @property
    def group(self) -> int:
        """The current difference, from 1; 0 before the first jump."""
        return self._diff.group

    @property
    def groups(self) -> int:
        """How many differences there are to jump to."""
        return max((row.group for row in self._given if isinstance(row, DiffRow)), default=0)

    def jump(self, by: int) -> bool:
        """Go to another difference, round at the ends; False when there is none."""
        if not self.groups:
            return False
        self._diff.group = (self.group - 1 + by) % self.groups + 1 if self.group else 1
        self._bring()
        self.post_message(self.Moved())
        return True

    def _bring(self) -> None:
        """The current difference, with what is before it, into sight."""
        for at, row in enumerate(self._diff.rows):
            if isinstance(row, DiffRow) and row.group == self.group:
                if not self.top <= at < self.top + self.size.height - 2:
                    self.scroll_to_row(at - self.size.height // 3)
                break
        self.refresh()

    def on_resize(self) -> None:
        self._diff.lay_out(self._given, self.size.width)
        self._window.resize(self.size.height)
        if self.group:
            self._bring()

    def on_click(self, event: events.Click) -> None:
        """A difference that is clicked is the current one."""
        at = self.top + event.y
        row = self._diff.rows[at] if at < self.rows else None
        if isinstance(row, DiffRow) and row.group:
            self._diff.group = row.group
            self.refresh()
            self.post_message(self.Moved())
