"""Asks before something is done that takes much away."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from tui.safe import clean

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
        with Vertical(classes="dialog", id="sure") as dialog:
            dialog.border_title = Content(clean(self._title))
            dialog.border_subtitle = "y yes   Esc leaves it"
            yield Static(Content(clean(self._words)), markup=False)
            with Horizontal(id="sure-line"):
                yield Button(f"{self._does}  y", variant="warning", compact=True, id="sure-yes")
                yield Button("Leave it  Esc", compact=True, id="sure-no")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "sure-yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
