"""The bytes of one message as they crossed the wire: header block and body."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.message import Message
from engine.words import octets
from tui.kit.body_view import BodyView
from tui.safe import shorten


class RawView(Vertical):
    def compose(self) -> ComposeResult:
        yield Static(id="raw-facts", markup=False)
        yield BodyView(id="raw-bytes", empty="No headers and no body.")

    def on_mount(self) -> None:
        self.query_one(BodyView).hex = True

    def show(self, message: Message) -> None:
        sizes = f"{octets(len(message.head))} of headers and {octets(len(message.body))} of body"
        what = "sent to" if message.sent else "received on"
        words = f"{sizes}, {what} {shorten(message.subject, 60)}"
        self.query_one("#raw-facts", Static).update(Content.styled(words, "$foreground 60%"))
        self.query_one(BodyView).show(message.head + message.body)
