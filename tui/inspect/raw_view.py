"""The bytes of one message as they crossed the wire: header block and body."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.message import Message
from engine.words import octets
from tui.body.pane import BodyPane
from tui.body.view import BodyView
from tui.kit.late import Late
from tui.safe import shorten


class RawView(Late, Vertical):
    def __init__(self) -> None:
        self._facts = Static(id="raw-facts", markup=False)
        self._bytes = BodyView(empty="No headers and no body.", id="raw-bytes")
        self.body: BodyPane = BodyPane(self._bytes)
        super().__init__(self._facts, self.body, id="raw")

    def on_mount(self) -> None:
        self._bytes.hex = True

    def show(self, message: Message) -> None:
        sizes = f"{octets(len(message.head))} of headers and {octets(len(message.body))} of body"
        what = "sent to" if message.sent else "received on"
        words = f"{sizes}, {what} {shorten(message.subject, 60)}"
        self._facts.update(Content.styled(words, "$foreground 60%"))
        self.body.show(message.head + message.body)
