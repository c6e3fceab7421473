"""The composer: what will be sent, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Checkbox, Input, Select, Static, TextArea

from engine.errors import InvalidInput
from engine.lab.drafts.draft import Draft, Kind, Size
from engine.lab.drafts.json_trouble import json_trouble
from engine.lab.drafts.known_headers import KNOWN_HEADERS
from engine.lab.template import Context, TemplateError, escape_bytes
from engine.message import raw_bytes, text
from tui.safe import clean
from tui.typed import Mistyped, parse_headers, typed_in, write_headers

from .body_page import BodyPage, SealedView
from .compose_pages import ComposePages
from .editor import HeaderEditor, KnownField
from .forecast import Forecast
from .meter import Meter
from .rendered import Rendered
from .send_options import SendOptions
from .tidy import tidy

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
_REST, _LONG_REST = 0.1, 0.9
"""Seconds without typing after which what is written is looked at, and then what is half written
may be called wrong."""
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
            priority=True,
            tooltip="Body, headers, options",
        ),
        Binding(
            "tab",
            "app.focus_next",
            "Next field",
            id="compose.next",
            show=False,
            priority=True,
            tooltip="Go to the next field; what is typed next goes there",
        ),
        Binding(
            "shift+tab",
            "app.focus_previous",
            "Field before",
            id="compose.before",
            show=False,
            priority=True,
            tooltip="Go to the field before; what is typed next goes there",
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
            "f8",
            "tidy",
            "Tidy",
            id="compose.tidy",
            show=False,
            tooltip="Lay the body's JSON out on lines",
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
        self._earlier: list[Draft] = []
        self._said = ("", "")
        self._session: Session | None = None
        self._rest: Timer | None = None
        self._rested = False

    def compose(self) -> ComposeResult:
        with Horizontal(id="address"):
            yield Select(_KINDS, allow_blank=False, compact=True, id="what")
            yield Subject(lambda: self.known, "subject", id="subject")
        yield Forecast()
        yield ComposePages()
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
        self._book.bring("body-page")

    def lay_out(self, body: bytes) -> None:
        """Put a body in place of the one there is."""
        self._remember()
        self._page.body = body
        self._book.bring("body-page")
        self._edited()

    @property
    def touched(self) -> bool:
        return bool(self._field("subject").value or self._page.body)

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        subject = self._field("subject").value.strip()
        if not subject:
            raise Mistyped("a subject is needed, such as orders.create", "subject")
        draft = self._written(subject)
        draft.check()
        return draft

    def send(self) -> None:
        try:
            self.post_message(self.Sent(self.draft()))
        except InvalidInput as error:
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """Say in one sentence what is wrong, and go to where it is."""
        self.complain(str(error))
        field = str(getattr(error, "field", ""))
        page = {"body": "body-page", "headers": "headers"}.get(field, "")
        option = self.query_one(SendOptions).find(field) if field else None
        if field == "subject":
            self.screen.set_focus(self._field("subject"))
        elif page or option is not None:
            self._book.bring(page or "options")
            self.screen.set_focus(option or self._book.first)
        if field == "body" and isinstance(error, TemplateError) and not self._page.sealed:
            self._page.editor.move_cursor((error.line - 1, error.column - 1))

    def complain(self, words: str) -> None:
        """Say in one sentence what is wrong; "" takes it back."""
        self._say(f"! {words}" if words else "", "error")

    # -- reading and filling -----------------------------------------------------------------

    @property
    def _kind(self) -> Kind:
        return Kind(str(self.query_one("#what", Select).value))

    @property
    def _page(self) -> BodyPage:
        return self.query_one(BodyPage)

    @property
    def _book(self) -> ComposePages:
        return self.query_one(ComposePages)

    def _written(self, subject: str) -> Draft:
        with typed_in("headers"):
            headers = parse_headers(self._headers.text)
        options = self.query_one(SendOptions).values()
        draft = Draft(subject, self._page.body, self._kind, headers, **options)
        if not _is_template(draft if self._page.rendered else replace(draft, body=b"")):
            return replace(draft, templates=False)
        return draft if self._page.rendered else replace(draft, body=escape_bytes(draft.body))

    def _fill(self, draft: Draft) -> None:
        self.query_one("#what", Select).value = draft.kind
        self._field("subject").value = draft.subject
        self._headers.load_text(write_headers(draft.headers))
        self.query_one(SendOptions).load(draft)
        self._page.load(draft.body, rendered=draft.templates)
        self.complain("")

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    @property
    def _headers(self) -> HeaderEditor:
        return self.query_one(HeaderEditor)

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
    @on(BodyPage.Changed)
    def _touched(self, event: Message) -> None:
        if not (isinstance(event, TextArea.Changed) and event.text_area.id == "rendered"):
            self._edited()

    def _edited(self) -> None:
        if self._said[1] == "error":
            self._say("", "")
        self._wait(_REST, self._look_first)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(seconds, then)

    def _look_first(self) -> None:
        self._rested = False
        self._look()
        self._wait(_LONG_REST, self._look_again)

    def _look_again(self) -> None:
        self._rested = True
        self._look()

    @on(ComposePages.Turned)
    def _look(self) -> None:
        """Weigh it, render it, and say what will hardly do what was meant."""
        self._label()
        try:
            draft = self._written(self._field("subject").value.strip())
            made = self._rendered(draft)
            self.query_one(Meter).show(self._weighed(made) if draft.subject else None)
        except InvalidInput as error:
            self.query_one(Meter).show(None)
            self.query_one(Rendered).complain(str(error))
            return
        if self._said[1] != "error":
            self._say(*self._advice(draft))

    def _label(self) -> None:
        headers, body = self._headers.text, self._page
        count = sum(1 for line in headers.splitlines() if line.strip())
        written = (self._field("subject").value, headers, body.editor.text)
        may = self.query_one("#templates", Checkbox).value
        self._book.label(count, may and any("{{" in one for one in written))

    def _weighed(self, draft: Draft) -> Size:
        if self._session is None:
            return draft.size()
        audience = self.query_one(Forecast).audience
        stream = audience.stream if audience is not None else ""
        return self._session.size(draft, stream)

    def _rendered(self, draft: Draft) -> Draft:
        """As it will go out; as it is written where that cannot be, and the page says why."""
        if not draft.templates:
            return draft
        try:
            variables: Mapping[str, str] = self._session.variables() if self._session else {}
            made = draft.rendered(Context(variables=variables))
        except InvalidInput as error:
            self.query_one(Rendered).complain(str(error))
            return draft
        self.query_one(Rendered).show(made)
        return made

    def _advice(self, draft: Draft) -> tuple[str, str]:
        """Words and a tone: a warning, or what the header at the cursor does."""
        if warnings := draft.warnings():
            return f"! {warnings[0]}", "warning"
        if self._rested and (trouble := json_trouble(draft.sample_body())):
            return f"! no JSON, so it goes as text: {trouble}", "warning"
        headers = self._headers
        meaning = KNOWN_HEADERS.get(headers.name_at_cursor) if headers.has_focus else None
        return (f"· {headers.name_at_cursor}: {meaning}", "quiet") if meaning else ("", "")

    def _say(self, words: str, tone: str) -> None:
        if (words, tone) == self._said:
            return  # an update lays the screen out anew
        self._said = (words, tone)
        line = self.query_one("#complaint", Static)
        line.display = bool(words)
        line.update(Content.styled(clean(words), _TONES[tone]) if words else "")

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
        self.query_one(Forecast).consider(event.value.strip())

    def action_turn(self) -> None:
        self._book.turn()

    def action_lay_out(self) -> None:
        self.post_message(self.LayOut(self._field("subject").value.strip()))

    def action_tidy(self) -> None:
        """Lay the JSON out on lines; what is no JSON is told and stays."""
        written = self._page.editor.text
        try:
            body = self._written("x").sample_body()
        except InvalidInput:
            body = raw_bytes(written)
        if (trouble := json_trouble(body)) is not None:
            self._book.bring("body-page")
            self.complain(f"the body is no JSON: {trouble}")
        elif written.strip() and not self._page.sealed:
            self.lay_out(raw_bytes(tidy(written)))

    @on(SealedView.Unsealed)
    def _write_another(self) -> None:
        self.lay_out(b"")


_TONES = {"": "", "error": "$text-error", "warning": "$text-warning", "quiet": "$foreground 60%"}
_KEPT = 50
"""Earlier contents of the composer that can be brought back."""


def _is_template(draft: Draft) -> bool:
    return draft.templates and any("{{" in one for one in _texts(draft))


def _texts(draft: Draft) -> Iterable[str]:
    yield draft.subject
    yield text(draft.body)
    yield from (value for _, value in draft.headers)
    yield from (draft.correlation_id, draft.reply_to, draft.stream, draft.message_id)
