"""Jump mode: a number on each pane, and one key goes there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Label

from tui.kit.command import Command, Commanded
from tui.kit.page import Dialog

if TYPE_CHECKING:
    from .desk import Desk


PANES = {
    "compose": "#subject",
    "exchanges": "#list, #who-listens",
    "inspect": "#inspect-tabs",
    "responders": "#responder-list",
}
"""The panes in the order of their numbers, and what gets the focus in each."""


def _go(number: int, pane: str) -> Command[Jump]:
    return Command(
        f"jump.{pane}",
        str(number),
        pane.capitalize(),
        f"Go to {pane}",
        lambda jump: jump.go(pane),
    )


JUMP: tuple[Command[Jump], ...] = (
    Command("jump.stay", "escape,ctrl+o", "Stay", "Stay here", lambda jump: jump.stay()),
    *(_go(number, pane) for number, pane in enumerate(PANES, 1)),
)


class Jump(Dialog[None], Commanded):
    """`go` is called with a pane, or else `stay`, before the keys typed next find the desk."""

    TABLE = JUMP

    def __init__(
        self, panes: Mapping[str, Widget], go: Callable[[str], None], stay: Callable[[], None]
    ) -> None:
        super().__init__()
        self._panes, self._go, self._stay = panes, go, stay
        self._labels = {
            pane: Label(f" {number} ", classes="jump-key") for number, pane in enumerate(panes, 1)
        }

    def compose(self) -> ComposeResult:
        yield from self._labels.values()
        yield Label("Press a number to go there, Esc to stay.", id="jump-hint")

    def go(self, pane: str) -> None:
        self._go(pane)
        self.dismiss()

    def stay(self) -> None:
        self._stay()
        self.dismiss()

    def on_mount(self) -> None:
        self._place()

    def on_resize(self, event: events.Resize) -> None:
        self._place()

    def _place(self) -> None:
        """Put each label on its pane's corner; a pane out of sight has its number on a tab."""
        for pane, label in self._labels.items():
            region = self._panes[pane].region
            label.display = bool(region.area)
            label.styles.offset = (region.x + 2, region.y)


def jump(desk: Desk) -> None:
    """Let go of the field at once: a number typed right after is a jump too, not text."""
    before = desk.focused
    desk.set_focus(None)

    async def ask() -> None:
        if desk.is_active and desk.focused is None:
            widgets = (desk.composer, desk.exchanges, desk.inspect, desk.responders)
            panes = dict(zip(PANES, widgets, strict=True))
            desk.app.push_screen(Jump(panes, desk.go_to, lambda: desk.set_focus(before)))

    desk.start(ask, "form", alone=True)
