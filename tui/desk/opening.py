"""What is on screen while the desk is fetched: its frames, drawn from nothing but Textual."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

_BAR = Content.assemble(("natstap  ", "bold $primary"), ("○ connecting", "$text-primary"))
"""As the status bar begins, which itself would have to be fetched."""


class Opening(Screen[None]):
    """The desk's outline. It asks for nothing and knows nothing."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__(classes="-at-compose")

    def compose(self) -> ComposeResult:
        yield Static(_BAR, id="status")
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                yield _frame("1 Compose", "compose")
                yield _frame("4 Responders", "responders")
            with Vertical(id="right"):
                yield _frame("2 Exchanges", "exchanges")
                yield _frame("3 Inspect", "inspect")


def _frame(title: str, name: str) -> Static:
    frame = Static(id=name, classes="pane")
    frame.border_title = title
    return frame
