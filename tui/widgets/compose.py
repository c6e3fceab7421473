"""The composer: what will be sent, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Checkbox, ContentSwitcher, Input, Select, Static, TextArea

from engine.errors import InvalidInput
from engine.lab.drafts.draft import Draft, Kind
from engine.lab.drafts.known_headers import KNOWN_HEADERS
from engine.lab.template import Context
from engine.message import raw_bytes, text
from tui.safe import clean
from tui.typed import parse_headers, write_headers

from .editor import Editor, HeaderEditor, JsonEditor, KnownField
from .forecast import Forecast
from .meter import Meter
from .rendered import Rendered
from .send_options import SendOptions
from .tab_line import TabLine

if TYPE_CHECKING:
    from engine.session import Session

_KNOWN = 500
_KINDS = (
    ("Request", Kind.REQUEST),
    ("Request many", Kind.MANY),
    ("Publish", Kind.PUBLISH),
    ("Stream request", Kind.STREAM_REQUEST),
    ("Stream publish", Kind.STREAM_PUBLISH),
)
_PAGES = {"body": "#body", "headers": "#headers", "options": "#correlation-id"}
"""The pages, and what gets the focus on each."""
_RENDERED = "rendered"
"""The page that is there while a template is written somewhere."""
_REST = 0.1
"""Seconds without typing after which what is written is looked at."""
_COMMANDS = ("nats req", "nats pub", "nats reply", "$ nats ")
EMPTY = Draft("", templates=True)


class Subject(KnownField):
    """Where a whole `nats` command may be pasted as well."""

    def on_paste(self, event: events.Paste) -> None:
        if event.text.strip().startswith(_COMMANDS):
            event.stop()
            event.prevent_default()
            self.post_message(Compose.Command(event.text))


class Compose(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "ctrl+t",
            "turn",
            "Next page",
            id="compose.turn",
            show=False,
            tooltip="Body, headers, options",
        ),
        Binding(
            "ctrl+g",
            "lay_out",
            "Body",
            id="compose.layout",
            show=False,
            tooltip="Lay out the body as the subject's messages usually look",
        ),
        Binding(
            "ctrl+z",
            "back",
            "Undo",
            id="compose.back",
            show=False,
            tooltip="Bring back what was in the composer before",
        ),
    ]

    class Sent(Message):
        """The user wants this sent."""

        def __init__(self, draft: Draft) -> None:
            self.draft = draft
            super().__init__()

    class LayOut(Message):
        """The user wants a body that fits the subject."""

        def __init__(self, subject: str) -> None:
            self.subject = subject
            super().__init__()

    class Command(Message):
        """A command of the `nats` CLI was pasted where a subject belongs."""

        def __init__(self, written: str) -> None:
            self.written = written
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="compose", classes="pane")
        self.border_title = "1 Compose"
        self.known: dict[str, None] = {}
        """Subjects to complete from, the last one learned last."""
        self._loaded = ("", b"")
        self._earlier: list[Draft] = []
        self._said = ("", "")
        self._session: Session | None = None
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="address"):
            yield Select(_KINDS, allow_blank=False, compact=True, id="what")
            yield Subject(lambda: self.known, "subject", id="subject")
        yield Forecast()
        yield TabLine("Body", "Headers", "Options", id="compose-tabs")
        with ContentSwitcher(initial="body", id="compose-pages"):
            yield JsonEditor("The body: JSON or any text. ^g lays one out.", id="body")
            yield HeaderEditor("One header on each line, as Name: value", id="headers")
            yield SendOptions()
            yield Rendered()
        yield Static(id="complaint", markup=False)
        with Horizontal(id="send-line"):
            yield Meter()
            yield Button("Send ^J", variant="primary", compact=True, id="send")

    def on_mount(self) -> None:
        self.query_one("#complaint").display = False
        self.query_one("#templates", Checkbox).value = True
        self.query_one("#watch", Checkbox).value = True

    # -- what the screen calls -------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Forecast, weigh and render with this session from now on."""
        self._session = session
        self.query_one(Forecast).attach(session)
        self._look()

    def know(self, subjects: Iterable[str]) -> None:
        """Offer subjects for completion; the oldest make way when there are very many."""
        self.known.update(dict.fromkeys(subjects))
        while len(self.known) > _KNOWN:
            del self.known[next(iter(self.known))]

    def load(self, draft: Draft) -> None:
        """Fill every field; a body that stays unedited is sent byte for byte."""
        self._remember()
        self._fill(draft)

    def lay_out(self, body: bytes) -> None:
        """Put a body in place of the one there is."""
        self._remember()
        self._set_body(body)
        self._bring("body")

    @property
    def touched(self) -> bool:
        return bool(self._field("subject").value or self._area("body").text)

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        subject = self._field("subject").value.strip()
        if not subject:
            raise InvalidInput("a subject is needed, such as orders.create")
        draft = self._written(subject)
        draft.check()
        return draft

    def send(self) -> None:
        try:
            self.post_message(self.Sent(self.draft()))
        except InvalidInput as error:
            self.complain(str(error), str(getattr(error, "field", "")))

    def complain(self, words: str, field: str = "") -> None:
        """Say in one sentence what is wrong, and go to the field; "" takes it back."""
        self._say(f"! {words}" if words else "", "error")
        option = self.query_one(SendOptions).find(field) if field else None
        if option is not None:
            self._bring("options")
            option.focus()

    # -- reading and filling -----------------------------------------------------------------

    @property
    def _kind(self) -> Kind:
        return Kind(str(self.query_one("#what", Select).value))

    def _written(self, subject: str) -> Draft:
        headers = parse_headers(self._area("headers").text)
        options = self.query_one(SendOptions).values()
        draft = Draft(subject, self._body(), self._kind, headers, **options)
        return draft if self._is_template(draft) else replace(draft, templates=False)

    def _is_template(self, draft: Draft) -> bool:
        return draft.templates and any("{{" in one for one in _texts(draft))

    def _fill(self, draft: Draft) -> None:
        self.query_one("#what", Select).value = draft.kind
        self._field("subject").value = draft.subject
        self._area("headers").load_text(write_headers(draft.headers))
        self.query_one(SendOptions).load(draft)
        self._set_body(draft.body)
        self.complain("")

    def _set_body(self, body: bytes) -> None:
        self._area("body").load_text(text(body))
        self._loaded = (self._area("body").text, body)

    def _body(self) -> bytes:
        written = self._area("body").text
        shown, original = self._loaded
        return original if written == shown else raw_bytes(written)

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    def _area(self, name: str) -> TextArea:
        return self.query_one(f"#{name}", TextArea)

    # -- undoing -----------------------------------------------------------------------------

    def _remember(self) -> None:
        """What a half-written field keeps from being read is not worth bringing back."""
        try:
            before = self._written(self._field("subject").value)
        except InvalidInput:
            return
        if self.touched and before not in self._earlier[-1:]:
            self._earlier = [*self._earlier[-_KEPT:], before]

    def action_back(self) -> None:
        if self._earlier:
            self._fill(self._earlier.pop())
        else:
            self.app.bell()

    # -- looking at what is written ------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Checkbox.Changed)
    def _edited(self, event: Message) -> None:
        if isinstance(event, TextArea.Changed) and event.text_area.id == "rendered":
            return
        if self._said[1] == "error":
            self._say("", "")
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_REST, self._look)

    def _look(self) -> None:
        """Weigh it, render it, and say what will hardly do what was meant."""
        self._label_tabs()
        try:
            draft = self._written(self._field("subject").value.strip())
            limit = self._limit()
            self.query_one(Meter).show(draft.size(limit) if draft.subject else None)
        except InvalidInput as error:
            self.query_one(Meter).show(None)
            self.query_one(Rendered).complain(str(error))
            return
        if draft.templates:
            self._render_draft(draft)
        else:
            self.query_one(Forecast).consider(draft.subject)
        if self._said[1] != "error":
            self._say(*self._advice(draft))

    def _limit(self) -> int:
        return self._session.max_payload if self._session is not None else 0

    def _render_draft(self, draft: Draft) -> None:
        try:
            variables: Mapping[str, str] = self._session.variables() if self._session else {}
            rendered = draft.rendered(Context(variables=variables))
        except InvalidInput as error:
            self.query_one(Rendered).complain(str(error))
            self.query_one(Forecast).consider("")
        else:
            self.query_one(Rendered).show(rendered)
            self.query_one(Forecast).consider(rendered.subject)

    def _advice(self, draft: Draft) -> tuple[str, str]:
        """Words and a tone: a warning, or what the header at the cursor does."""
        if warnings := draft.warnings():
            return f"! {warnings[0]}", "warning"
        headers = self.query_one(HeaderEditor)
        meaning = KNOWN_HEADERS.get(headers.name_at_cursor) if headers.has_focus else None
        return (f"· {headers.name_at_cursor}: {meaning}", "quiet") if meaning else ("", "")

    def _say(self, words: str, tone: str) -> None:
        if (words, tone) == self._said:
            return  # an update lays the screen out anew
        self._said = (words, tone)
        line = self.query_one("#complaint", Static)
        line.display = bool(words)
        line.update(Content.styled(clean(words), _TONES[tone]) if words else "")

    # -- pages -------------------------------------------------------------------------------

    @property
    def _pages(self) -> dict[str, str]:
        templates = self.query_one("#templates", Checkbox).value
        written = (self._field("subject").value, *(one.text for one in self._sources()))
        if templates and any("{{" in one for one in written):
            return {**_PAGES, _RENDERED: "#rendered"}
        return _PAGES

    def _sources(self) -> tuple[Editor, ...]:
        return self.query_one(JsonEditor), self.query_one(HeaderEditor)

    def _label_tabs(self) -> None:
        count = sum(1 for line in self._area("headers").text.splitlines() if line.strip())
        labels = ["Body", f"Headers {count}" if count else "Headers", "Options"]
        if _RENDERED in self._pages:
            labels.append("Rendered")
        elif self.query_one(ContentSwitcher).current == _RENDERED:
            self.query_one(ContentSwitcher).current = "body"
        self.query_one(TabLine).labels = tuple(labels)

    @on(TabLine.Chosen)
    def _show_page(self, event: TabLine.Chosen) -> None:
        self._bring(list(self._pages)[event.index])

    def _bring(self, page: str) -> None:
        self.query_one(TabLine).active = list(self._pages).index(page)
        self.query_one(ContentSwitcher).current = page
        self.call_after_refresh(self._look)

    def action_turn(self) -> None:
        """Bring the next page to the front, and go there."""
        pages = list(self._pages)
        page = pages[(self.query_one(TabLine).active + 1) % len(pages)]
        self._bring(page)
        self.query_one(self._pages[page]).focus()

    # -- keys and mouse ----------------------------------------------------------------------

    @on(Button.Pressed, "#send")
    @on(Input.Submitted)
    def _send(self) -> None:
        self.send()

    @on(Select.Changed, "#what")
    def _show_kind(self) -> None:
        self.query_one(SendOptions).show_kind(self._kind)

    @on(Input.Changed, "#subject")
    def _forecast(self, event: Input.Changed) -> None:
        """At once, but for a template: what it will be called is known when it is rendered."""
        if "{{" not in event.value:
            self.query_one(Forecast).consider(event.value.strip())

    def action_lay_out(self) -> None:
        self.post_message(self.LayOut(self._field("subject").value.strip()))


_TONES = {"": "", "error": "$text-error", "warning": "$text-warning", "quiet": "$foreground 60%"}
_KEPT = 50
"""Earlier contents of the composer that can be brought back."""


def _texts(draft: Draft) -> Iterable[str]:
    yield draft.subject
    yield text(draft.body)
    yield from (value for _, value in draft.headers)
    yield from (draft.correlation_id, draft.reply_to, draft.stream, draft.message_id)
