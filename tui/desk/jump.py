"""Jump mode: a number on each pane, and one key goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Label

from tui.kit.page import Dialog

if TYPE_CHECKING:
    from .desk import Desk


PANES = {
    "compose": "#subject",
    "exchanges": "#list",
    "inspect": "#inspect-tabs",
    "responders": "#responder-list",
}
"""The panes in the order of their numbers, and what gets the focus in each."""


class Jump(Dialog[None]):
    """`go` is called with a pane, or else `stay`, before the keys typed next find the desk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+o", "stay", "Stay", id="jump.stay", tooltip="Stay here"),
        *(
            Binding(str(number), f"go('{pane}')", id=f"jump.{pane}", tooltip=f"Go to {pane}")
            for number, pane in enumerate(PANES, 1)
        ),
    ]

    def __init__(self, go: Callable[[str], None], stay: Callable[[], None]) -> None:
        super().__init__()
        self._go, self._stay = go, stay
        self._labels = {
            pane: Label(f" {number} ", classes="jump-key") for number, pane in enumerate(PANES, 1)
        }

    def compose(self) -> ComposeResult:
        yield from self._labels.values()
        yield Label("Press a number to go there, Esc to stay.", id="jump-hint")

    def action_go(self, pane: str) -> None:
        self._go(pane)
        self.dismiss()

    def action_stay(self) -> None:
        self._stay()
        self.dismiss()

    def on_mount(self) -> None:
        self._place()

    def on_resize(self, event: events.Resize) -> None:
        self._place()

    def _place(self) -> None:
        """Put each label on its pane's corner; a pane out of sight has its number on a tab."""
        below = self.app.screen_stack[-2]
        for pane, label in self._labels.items():
            region = below.query_one(f"#{pane}").region
            label.display = bool(region.area)
            label.styles.offset = (region.x + 2, region.y)


def jump(desk: Desk) -> None:
    """Let go of the field at once: a number typed right after is a jump too, not text."""
    before = desk.focused
    desk.set_focus(None)

    async def ask() -> None:
        if desk.is_active and desk.focused is None:
            desk.app.push_screen(Jump(desk.go_to, lambda: desk.set_focus(before)))

    desk.start(ask, "form", alone=True)
