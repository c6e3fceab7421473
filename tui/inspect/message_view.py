"""One message: when it came, its headers and its body."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.message import Message
from engine.subject import beyond
from engine.words import octets
from tui.kit.body_view import BodyView
from tui.kit.header_table import HeaderTable
from tui.kit.rows import clocks
from tui.safe import clean, shorten

_FORMS = {"json": "JSON", "text": "text", "hex": "bytes"}


class MessageView(Vertical):
    def compose(self) -> ComposeResult:
        yield Static(id="facts", markup=False)
        with VerticalScroll(id="header-scroll", can_focus=False):
            yield HeaderTable()
        with Vertical(id="body-frame"):
            yield BodyView(id="message-body")

    def show(self, message: Message) -> None:
        headers = message.headers
        self.query_one("#facts", Static).update(_facts(message))
        self.query_one(HeaderTable).show(headers.pairs)
        body = self.query_one(BodyView)
        body.show(message.body, headers.get("content-type", ""))
        frame = self.query_one("#body-frame")
        size = len(message.body)
        frame.border_title = Content(f"{_FORMS[body.form]}, {octets(size)}" if size else "no body")


def _facts(message: Message) -> Content:
    parts = [clocks(message.at, message.spread)]
    if message.status:
        parts.append(f"status {message.status} {clean(message.description)}".strip())
    parts.append(f"{'to' if message.sent else 'on'} {_named(message.subject)}")
    if message.reply:
        parts.append(f"reply to {_named(message.reply)}")
    return Content.styled("  ".join(parts), "$foreground 60%")


def _named(subject: str) -> str:
    """A subject; before one that a server made, where the client is that it stands for."""
    place = beyond(subject)
    return f"{f'a client {place}, ' if place else ''}{shorten(subject, 80)}"
