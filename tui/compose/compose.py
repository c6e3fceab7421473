"""The composer: what will be sent, and where.

The pane is made of parts that hold one thing each. It hears what is typed, chosen and pressed, and
tells its parts; what is wanted of the desk goes up as messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Checkbox, Input, OptionList, Select, TextArea

from engine.drafts.draft import Draft, Kind
from engine.drafts.json_trouble import json_trouble
from engine.drafts.template import TemplateError
from engine.errors import InvalidInput
from engine.message import raw_bytes
from tui.body.json_format import LONGEST, tidy
from tui.kit.command import Commanded
from tui.kit.key_order import FIELD_KEYS

from .body_page import BodyPage, SealedView
from .complaint import Complaint
from .compose_commands import COMPOSER
from .compose_fields import ComposeFields
from .compose_pages import ComposePages
from .compose_undo import ComposeUndo
from .forecast_line import Forecast
from .meter import Meter
from .preview import Preview
from .send_options import SendOptions
from .subject import Offers, Subject

if TYPE_CHECKING:
    from engine.session import Session

_REST, _LONG_REST = 0.1, 0.9
"""Seconds without typing after which what is written is looked at, and then what is half written
may be called wrong."""
_KINDS = (
    ("Request", Kind.REQUEST),
    ("Request many", Kind.MANY),
    ("Publish", Kind.PUBLISH),
    ("Stream request", Kind.STREAM_REQUEST),
    ("Stream publish", Kind.STREAM_PUBLISH),
)
_TALL = 14
"""Rows from which there is room to name who listens."""
_BELOW_FORECAST = 3
_AROUND_KIND = 5
"""Cells beside the words of a kind: blanks, and the arrow."""
_SEND, _READ_ONLY = "Send ^J", "read-only"
EMPTY = Draft("", templates=True)


class Compose(Vertical, Commanded):
    TABLE = COMPOSER
    KEYS = FIELD_KEYS

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

    def __init__(self) -> None:
        super().__init__(id="compose", classes="pane")
        self.border_title = "1 Compose"
        self.saved_as = ""
        """What it is called in the collection, "" for what did not come from there."""
        self.forecast: Forecast = Forecast()
        self.pages: ComposePages = ComposePages()
        self._offers = Offers()
        self.subject: Subject = Subject(self._offers)
        self.known = self.subject.known
        self._kind: Select[Kind] = Select(_KINDS, allow_blank=False, compact=True, id="what")
        self._complaint = Complaint()
        self._meter = Meter()
        self._send = Button(_SEND, variant="primary", compact=True, id="send")
        self._fields = ComposeFields(self._kind, self.subject, self.pages)
        self._undo = ComposeUndo(self._fields)
        self._preview = Preview(self._fields, self.forecast, self._meter)
        self._rest: Timer | None = None
        self._rested = False
        """True once nothing was typed for long."""
        self.edits = 0
        """Grows with every change of a field."""

    def compose(self) -> ComposeResult:
        yield Horizontal(self._kind, self.subject, id="address")
        yield self.forecast
        yield self._offers
        yield self.pages
        yield self._complaint
        yield Horizontal(self._meter, self._send, id="send-line")

    def on_mount(self) -> None:
        self._undo.filled()

    def on_resize(self) -> None:
        """A low pane has its lines for the body."""
        self.forecast.room = _BELOW_FORECAST if self.size.height >= _TALL else 0
        self.forecast.lay_out()

    # -- what the screen calls -------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Forecast, weigh and render with this session from now on."""
        self._preview.attach(session)
        self._send.disabled = session.profile.read_only
        self._send.label = _READ_ONLY if session.profile.read_only else _SEND
        self._look()

    def know(self, subjects: Iterable[str]) -> None:
        """Offer subjects for completion."""
        self.subject.learn(subjects)

    def load(self, draft: Draft) -> None:
        """Fill every field; a body that stays unedited is sent byte for byte."""
        self._undo.remember()
        self._fields.fill(draft)
        self.complain("")
        self._undo.filled()
        self.pages.bring("body-page")
        self.saved_as = ""

    def begin_with(self, typed: str) -> None:
        """What was typed before there was a field for it; more may have been typed since."""
        field = self.subject
        field.value, field.cursor_position = typed + field.value, field.cursor_position + len(typed)

    def lay_out(self, body: bytes) -> None:
        """Put a body in place of the one there is."""
        self._undo.remember()
        self.pages.body.body = body
        self.pages.bring("body-page")

    @property
    def touched(self) -> bool:
        return self._fields.touched

    def holds(self, draft: Draft) -> bool:
        """True while the subject and the body are those of a draft."""
        return (self.subject.value.strip(), self.pages.body.body) == (draft.subject, draft.body)

    def unfinished(self) -> Draft | None:
        """What is written, though nothing could be sent yet; None while a field is half written."""
        try:
            return self._fields.written(self.subject.value.strip())
        except InvalidInput:
            return None

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        return self._fields.draft()

    @on(Button.Pressed, "#send")
    @on(Input.Submitted)
    def send(self) -> None:
        self.subject.close()
        try:
            self.post_message(self.Sent(self.draft()))
        except InvalidInput as error:
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """Say in one sentence what is wrong, and go to where it is."""
        self.complain(str(error))
        field = str(getattr(error, "field", ""))
        place = self.subject if field == "subject" else self.pages.bring_field(field)
        if place is not None and self.is_attached:
            self.screen.set_focus(place)
        if field == "body" and isinstance(error, TemplateError) and not self.pages.body.sealed:
            self.pages.body.editor.move_cursor((error.line - 1, error.column - 1))

    def complain(self, words: str) -> None:
        """Say in one sentence what is wrong; "" takes it back."""
        self._complaint.complain(words, self._fields.contents())

    # -- what its commands do ----------------------------------------------------------------

    def step_back(self, forward: bool = False) -> None:
        """Bring back what was here before, or what that took away."""
        if self._undo.step(forward):
            self.complain("")
        else:
            self.app.bell()

    def ask_layout(self) -> None:
        self.post_message(self.LayOut(self.subject.value.strip()))

    def tidy(self) -> None:
        """Lay the JSON out on lines; what is no JSON is told and stays."""
        written = self.pages.body.editor.text
        if len(written) > LONGEST:
            self.complain(f"at most {LONGEST:,} characters are laid out here")
            return
        try:
            body = self._fields.written("x").sample_body()
        except InvalidInput:
            body = raw_bytes(written)
        if (trouble := json_trouble(body)) is not None:
            self.pages.bring("body-page")
            self.complain(f"the body is no JSON: {trouble}")
        elif written.strip() and not self.pages.body.sealed:
            self.lay_out(raw_bytes(tidy(written)))

    # -- what is written and chosen ------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Checkbox.Changed)
    @on(BodyPage.Changed)
    @on(SendOptions.Changed)
    def _touched(self, event: Message) -> None:
        if not (isinstance(event, TextArea.Changed) and event.text_area is self.pages.rendered):
            self._edited()

    def _edited(self) -> None:
        self.edits += 1
        if self._complaint.is_error:
            self._complaint.forgive(self._fields.contents())
        self._look_after(_REST, rested=False)

    def _look_after(self, seconds: float, rested: bool) -> None:
        def look() -> None:
            self._rested = rested
            self._look()
            if not rested:
                self._look_after(_LONG_REST, rested=True)

        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(seconds, look)

    @on(ComposePages.Turned)
    def _look(self) -> None:
        """Show what will go out, and say what will hardly do what was meant."""
        if (draft := self._preview.show()) is not None:
            breach = self._preview.breach(draft) if self._rested else ""
            self._complaint.advise(draft, self._rested, self.pages.headers.at_cursor, breach)

    @on(Select.Changed, "#what")
    def _show_kind(self) -> None:
        kind = self._fields.kind
        taken = next(len(title) for title, known in _KINDS if known is kind) + _AROUND_KIND
        self._kind.styles.width = taken
        self._offers.styles.margin = (0, 0, 0, taken + 1)
        self.pages.options.show_kind(kind)
        self._edited()

    @on(Input.Changed, "#subject")
    def _forecast(self, event: Input.Changed) -> None:
        """At once, but for a template: what it will be called is known when it is rendered."""
        if "{{" not in event.value:
            self.forecast.consider(event.value.strip())
        self.subject.offer()

    @on(OptionList.OptionSelected, "#offers")
    def _accept(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.subject.accept(self._offers.subjects[event.option_index])

    @on(SealedView.Unsealed)
    def _write_another(self) -> None:
        self.lay_out(b"")
