"""No connection: what happened, in one sentence, and what can be done about it."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.errors import NatstapError
from tui.kit.page import Dialog

from .connect_error_words import advice, sentence

Next = Literal["retry", "connect", "quit"]


class Trouble(Dialog[Next]):
    """Dismissed with what the user wants to do next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "dismiss('retry')", "Retry", id="trouble.retry", tooltip="Try to connect again"
        ),
        Binding(
            "c,C",
            "dismiss('connect')",
            "Connect",
            id="trouble.connect",
            key_display="c",
            tooltip="Choose another server, or natstap's own",
        ),
        Binding("q", "dismiss('quit')", "Quit", id="trouble.quit", tooltip="Quit natstap"),
    ]

    def __init__(self, error: NatstapError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="trouble") as dialog:
            dialog.border_title = "No connection"
            yield Static(Content(sentence(self.error)), id="trouble-what")
            yield Static(Content(advice(self.error)), id="trouble-advice")
            with Horizontal(id="trouble-line"):
                for words, action in (
                    ("r  try again", "retry"),
                    ("c  connect elsewhere", "connect"),
                    ("q  quit", "quit"),
                ):
                    yield Button(
                        words,
                        compact=True,
                        id=f"trouble-{action}",
                        action=f"screen.dismiss('{action}')",
                    )
