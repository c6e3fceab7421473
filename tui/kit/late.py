"""Parts of a screen that are mounted when they are first seen: many never are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.widget import AwaitMount, Widget

if TYPE_CHECKING:
    _Container = Widget
else:
    _Container = object  # style sheets know a widget by its first base that is one


class Late(_Container):
    """Put before the container that a class is: it is hidden until `display` is set to true, and
    has its children from then on, those that the container composes too.
    """

    def __init__(self, *late: Widget, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._late = late
        self.complete = False
        """True once it has its children."""
        self.display = False

    def compose(self) -> ComposeResult:
        return self._take() if self.display else ()

    def _take(self) -> Iterable[Widget]:
        self.complete = True
        return (*self._late, *super().compose())

    @property
    def display(self) -> bool:
        return super().display

    @display.setter
    def display(self, shown: bool | str) -> None:
        self.styles.display = "block" if shown else "none"
        if shown and not self.complete and self.is_attached:
            self.call_later(self._measure, self.mount(*self._take()))

    async def _measure(self, mounted: AwaitMount) -> None:
        """Textual keeps the size of what was written into a widget while it was being mounted."""
        await mounted
        for widget in self.walk_children(Widget):
            widget.refresh(layout=True)
