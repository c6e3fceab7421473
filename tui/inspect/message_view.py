"""One message: when it came, its headers and its body."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.message import Message
from engine.subject import beyond
from tui.body.pane import BodyPane
from tui.body.view import BodyView
from tui.kit.facts import Facts
from tui.kit.rows import clocks
from tui.safe import clean, shorten


class MessageView(Vertical):
    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._facts = Static(id="facts", markup=False)
        self._headers = Facts("header-table", headers=True)
        self.body: BodyPane = BodyPane(BodyView(id=f"{id}-body"))

    def compose(self) -> ComposeResult:
        yield self._facts
        yield VerticalScroll(self._headers, id="header-scroll", can_focus=False)
        yield self.body

    def show(self, message: Message) -> None:
        headers = message.headers
        self._facts.update(_facts(message))
        self._headers.show(headers.pairs)
        self.body.show(message.body, headers.get("content-type", ""))


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
