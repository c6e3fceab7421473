"""The composer: what will be sent, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import (
    Button,
    Checkbox,
    ContentSwitcher,
    Input,
    Label,
    Select,
    Static,
    TextArea,
)

from engine.errors import InvalidInput
from engine.message import raw_bytes, text
from tui.draft import Draft, What, parse_headers, parse_span, write_headers, write_span
from tui.safe import clean

from .editor import Editor, Field, JsonEditor, KnownField
from .forecast import Forecast
from .tab_line import TabLine

_KNOWN = 500
_KINDS: tuple[tuple[str, What], ...] = (("Request", "request"), ("Publish", "publish"))
_PAGES = {"body": "#body", "headers": "#headers", "options": "#correlation"}
"""The pages, and what gets the focus on each."""


class Compose(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+t",
            "turn",
            "Body/Headers",
            id="compose.turn",
            show=False,
            tooltip="Body, headers or options",
        ),
    ]

    class Sent(Message):
        """The user wants this sent."""

        def __init__(self, draft: Draft) -> None:
            self.draft = draft
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="compose", classes="pane")
        self.border_title = "1 Compose"
        self.known: dict[str, None] = {}
        """Subjects to complete from, in the order they became known."""
        self._loaded = ("", b"")
        self._complaint = ""

    def compose(self) -> ComposeResult:
        with Horizontal(id="address"):
            yield Select(_KINDS, allow_blank=False, compact=True, id="what")
            yield KnownField(lambda: self.known, "subject", id="subject")
        yield Forecast()
        yield TabLine("Body", "Headers", "Options", id="compose-tabs")
        with ContentSwitcher(initial="body", id="compose-pages"):
            yield JsonEditor("The body: JSON or any text.", id="body")
            yield Editor("One header on each line, as Name: value", id="headers")
            with Grid(id="options"):
                yield Label("Correlation id")
                yield Field(placeholder="a fresh one", compact=True, id="correlation")
                yield Label("Timeout", classes="-request")
                yield Field(write_span(2), compact=True, id="timeout", classes="-request")
                yield Label("Path", classes="-request")
                yield Checkbox("trace it", compact=True, id="trace", classes="-request")
                yield Label("Reply to", classes="-publish")
                yield Field(placeholder="nowhere", compact=True, id="reply-to", classes="-publish")
        yield Static(id="complaint", markup=False)
        with Horizontal(id="send-line"):
            yield Button("Send ^J", variant="primary", compact=True, id="send")

    def on_mount(self) -> None:
        self.query_one("#complaint").display = False
        self._show_kind()

    # -- what the screen calls -------------------------------------------------------------

    def know(self, subjects: Iterable[str]) -> None:
        """Offer subjects for completion; the oldest make way when there are very many."""
        self.known.update(dict.fromkeys(subjects))
        while len(self.known) > _KNOWN:
            del self.known[next(iter(self.known))]

    def load(self, draft: Draft) -> None:
        """Fill every field; a body that stays unedited is sent byte for byte."""
        shown = text(draft.body)
        self.query_one("#what", Select).value = draft.what
        self._field("subject").value = draft.subject
        self._area("body").load_text(shown)
        self._area("headers").load_text(write_headers(draft.headers))
        self._field("correlation").value = draft.correlation_id
        self._field("timeout").value = write_span(draft.timeout)
        self._field("reply-to").value = draft.reply_to
        self._loaded = (self._area("body").text, draft.body)
        self.complain("")

    @property
    def touched(self) -> bool:
        return bool(self._field("subject").value or self._area("body").text)

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        subject = self._field("subject").value.strip()
        if not subject:
            raise InvalidInput("a subject is needed, such as orders.create")
        return Draft(
            subject=subject,
            body=self._body(),
            headers=parse_headers(self._area("headers").text),
            what=self._what,
            correlation_id=self._field("correlation").value.strip(),
            timeout=parse_span(self._field("timeout").value),
            reply_to=self._field("reply-to").value.strip(),
            trace=self.query_one("#trace", Checkbox).value,
        )

    def send(self) -> None:
        try:
            self.post_message(self.Sent(self.draft()))
        except InvalidInput as error:
            self.complain(str(error))

    def complain(self, words: str) -> None:
        """Say in one sentence what is wrong; "" takes it back."""
        if words == self._complaint:
            return  # an update lays the screen out anew
        self._complaint = words
        complaint = self.query_one("#complaint", Static)
        complaint.display = bool(words)
        complaint.update(Content(f"! {clean(words)}" if words else ""))

    # -- inside ----------------------------------------------------------------------------

    @property
    def _what(self) -> What:
        return "publish" if self.query_one("#what", Select).value == "publish" else "request"

    def _body(self) -> bytes:
        written = self._area("body").text
        shown, original = self._loaded
        return original if written == shown else raw_bytes(written)

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    def _area(self, name: str) -> TextArea:
        return self.query_one(f"#{name}", TextArea)

    @on(Button.Pressed, "#send")
    @on(Input.Submitted)
    def _send(self) -> None:
        self.send()

    @on(Select.Changed, "#what")
    def _show_kind(self) -> None:
        self.set_class(self._what == "request", "-requests")

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _edited(self) -> None:
        self.complain("")
        count = sum(1 for line in self._area("headers").text.splitlines() if line.strip())
        self.query_one(TabLine).labels = (
            "Body",
            f"Headers {count}" if count else "Headers",
            "Options",
        )

    @on(Input.Changed, "#subject")
    def _forecast(self, event: Input.Changed) -> None:
        self.query_one(Forecast).consider(event.value.strip())

    @on(TabLine.Chosen)
    def _show_page(self, event: TabLine.Chosen) -> None:
        self.query_one(ContentSwitcher).current = list(_PAGES)[event.index]

    def action_turn(self) -> None:
        """Bring the next page to the front, and go there."""
        tabs = self.query_one(TabLine)
        tabs.action_step(1)
        page = list(_PAGES)[tabs.active]
        self.query_one(ContentSwitcher).current = page
        self.query_one(_PAGES[page]).focus()
