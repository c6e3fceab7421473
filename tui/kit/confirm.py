"""Asks before something is done that takes much away."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.safe import clean_block

from .dialog_box import DialogBox, DialogVerb
from .page import Dialog


class Sure(Dialog[bool]):
    AUTO_FOCUS = "#sure-no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No", id="sure.no", tooltip="Leave it as it is"),
        Binding("y", "answer(True)", "Yes", id="sure.yes", tooltip="Do it"),
    ]

    def __init__(self, title: str, words: str, does: str) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._does = does

    def compose(self) -> ComposeResult:
        yield DialogBox(
            self._title,
            Static(Content(clean_block(self._words)), markup=False),
            verbs=(
                DialogVerb(self._does, "y", "answer(True)", "sure-yes", "warning"),
                DialogVerb("Leave it", "Esc", "answer(False)", "sure-no"),
            ),
            id="sure",
        )

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
