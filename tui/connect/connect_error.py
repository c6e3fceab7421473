"""No connection: what happened, in one sentence, and what can be done about it."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.errors import NatstapError
from tui.kit.dialog_box import DialogBox, DialogVerb
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
        yield DialogBox(
            "No connection",
            Static(Content(sentence(self.error)), id="trouble-what"),
            Static(Content(advice(self.error)), id="trouble-advice"),
            verbs=(
                DialogVerb("Try again", "r", "dismiss('retry')", "trouble-retry"),
                DialogVerb("Connect elsewhere", "c", "dismiss('connect')", "trouble-connect"),
                DialogVerb("Quit", "q", "dismiss('quit')", "trouble-quit"),
            ),
            id="trouble",
        )
