"""One body with all the room and all its tools, where there is only a part of it or a field."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from engine.content.content import Envelope
from tui.body.pane import BodyPane
from tui.body.view import BodyView
from tui.kit.command import Command, Commanded
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.safe import clean

_COMMANDS: tuple[Command[Any], ...] = (
    Command(
        "body-screen.close",
        "escape,q",
        "Close",
        "Back to where the body is from",
        lambda screen: screen.dismiss(None),
        footer=True,
    ),
)


class BodyScreen(Dialog[bytes | None], Commanded):
    """Dismisses with the body when that was edited outside, if it can be; None where it was not."""

    TABLE = _COMMANDS

    def __init__(
        self, title: str, body: bytes, envelope: Envelope | None = None, *, editable: bool = False
    ) -> None:
        super().__init__()
        self._body, self._envelope = body, envelope
        self._pane = BodyPane(BodyView(body), editable=editable)
        self._frame = Vertical(self._pane, classes="dialog -full", id="body-screen")
        self._frame.border_title = Content(clean(title))
        self._frame.border_subtitle = "/ search  . filter  Y copy  D save  E editor  Esc closes"

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._frame

    def on_mount(self) -> None:
        self._pane.show(self._body, self._envelope)
        self._pane.view.focus()

    @on(BodyPane.Edited)
    def _edited(self, event: BodyPane.Edited) -> None:
        self.dismiss(event.body)
