"""No connection: what happened, in one sentence, and what can be done about it."""

from __future__ import annotations

from typing import Literal

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from engine.errors import NatstapError
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.page import Dialog

from .connect_error_words import advice, sentence

Next = Literal["retry", "connect", "quit"]


CONNECT_ERROR: tuple[Command[Trouble], ...] = (
    Command(
        "trouble.retry",
        "r",
        "Retry",
        "Try to connect again",
        lambda dialog: dialog.dismiss("retry"),
    ),
    Command(
        "trouble.connect",
        "c,C",
        "Connect",
        "Choose another server, or natstap's own",
        lambda dialog: dialog.dismiss("connect"),
    ),
    Command("trouble.quit", "q", "Quit", "Quit natstap", lambda dialog: dialog.dismiss("quit")),
)


class Trouble(Dialog[Next], Commanded):
    """Dismissed with what the user wants to do next."""

    TABLE = CONNECT_ERROR

    def __init__(self, error: NatstapError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        yield DialogBox(
            "No connection",
            Static(Content(sentence(self.error)), id="trouble-what"),
            Static(Content(advice(self.error)), id="trouble-advice"),
            verbs=(
                DialogVerb("Try again", "r", "command('trouble.retry')", "trouble-retry"),
                DialogVerb(
                    "Connect elsewhere", "c", "command('trouble.connect')", "trouble-connect"
                ),
                DialogVerb("Quit", "q", "command('trouble.quit')", "trouble-quit"),
            ),
            id="trouble",
        )
