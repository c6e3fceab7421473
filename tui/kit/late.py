"""Parts of a screen that are mounted when they are first seen: many never are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

if TYPE_CHECKING:
    from textual.widget import Widget

    _Container = Widget
else:
    _Container = object  # style sheets know a widget by its first base that is one


class Late(_Container):
    """Put before the container that a class is: it is hidden until `display` is set to true, and
    has its children from then on.
    """

    def __init__(self, *late: Widget, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._late = late
        self.display = False

    def compose(self) -> ComposeResult:
        return self._take() if self.display else ()

    def _take(self) -> tuple[Widget, ...]:
        late, self._late = self._late, ()
        return late

    @property
    def complete(self) -> bool:
        """True once it has its children."""
        return not self._late

    @property
    def display(self) -> bool:
        return super().display

    @display.setter
    def display(self, shown: bool | str) -> None:
        self.styles.display = "block" if shown else "none"
        if shown and self._late and self.is_attached:
            self.mount(*self._take())
            self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """What was written into a child while it was mounted has no room yet."""
        for child in self.children:
            child.refresh(layout=True)
