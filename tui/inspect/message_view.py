"""One message: when it came, its headers and its body."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.content.content import Side
from engine.content.nats_words import explain
from engine.message import Message
from engine.schemas.schemas import CheckedBody
from engine.subject import beyond
from tui.body.pane import BodyPane
from tui.body.view import BodyView, reader_of
from tui.kit.facts import Facts
from tui.kit.late import Late
from tui.kit.rows import clocks
from tui.safe import clean, shorten


class MessageView(Vertical):
    DEFAULT_CSS = """
    #means { height: auto; max-height: 4; color: $text-accent; }
    """

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._facts = Static(id="facts", markup=False)
        self._means = Static(id="means", markup=False)
        """What the server's own JSON says, in words."""
        self._headers = Facts("header-table", headers=True)
        self.body: BodyPane = BodyPane(BodyView(id=f"{id}-body"))

    def compose(self) -> ComposeResult:
        yield self._facts
        yield VerticalScroll(self._headers, id="header-scroll", can_focus=False)
        yield self._means
        yield self.body

    def show(
        self,
        message: Message,
        subject: str = "",
        side: Side = Side.REQUEST,
        checked: CheckedBody | None = None,
    ) -> None:
        """`subject` is that of the request, where it is the reply to one; `checked` says whether
        it keeps its schema.
        """
        headers = message.headers
        self._facts.update(_facts(message))
        self._headers.show(headers.pairs)
        envelope = reader_of(self).envelope(subject or message.subject, headers, side)
        self.body.show(message.body, envelope)
        words = explain(message.body, envelope)
        broken = checked.words if checked is not None else ""
        said = Content(clean(words)), Content.styled(clean(broken), "$text-warning")
        self._means.update(Content("\n").join(part for part in said if part))
        self._means.display = bool(words or broken)


class MessagePage(Late, MessageView):
    """A page that many never turn to."""


def _facts(message: Message) -> Content:
    parts = [clocks(message.at, message.spread)]
    if message.status:
        parts.append(f"status {message.status} {clean(message.description)}".strip())
    if message.subject:  # what happened to the connection has none
        parts.append(f"{'to' if message.sent else 'on'} {_named(message.subject)}")
    if message.reply:
        parts.append(f"reply to {_named(message.reply)}")
    return Content.styled("  ".join(parts), "$foreground 60%")


def _named(subject: str) -> str:
    """A subject; before one that a server made, where the client is that it stands for."""
    place = beyond(subject)
    return f"{f'a client {place}, ' if place else ''}{shorten(subject, 80)}"
