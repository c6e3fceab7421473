"""The composer: what will be sent, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Checkbox, Input, OptionList, Select, TextArea

from engine.drafts.draft import Draft, Size
from engine.drafts.json_trouble import json_trouble
from engine.drafts.template import Context
from engine.errors import InvalidInput
from engine.known_headers import KNOWN_HEADERS
from engine.message import raw_bytes
from tui.kit.json_format import LONGEST, tidy

from .body_page import BodyPage, SealedView
from .compose_fields import Composition
from .compose_keys import COMPOSE_KEYS
from .compose_pages import ComposePages
from .forecast import Forecast
from .meter import Meter
from .rendered import Rendered
from .send_options import SendOptions
from .subject import Offers, Subject

if TYPE_CHECKING:
    from engine.session import Session

_REST, _LONG_REST = 0.1, 0.9
"""Seconds without typing after which what is written is looked at, and then what is half written
may be called wrong."""
_NO_JSON = "! no JSON, so it goes as text"
EMPTY = Draft("", templates=True)


class Compose(Composition):
    BINDINGS: ClassVar[list[BindingType]] = [*COMPOSE_KEYS]

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
        super().__init__()
        self._session: Session | None = None
        self._rest: Timer | None = None
        self._rested = False
        self.saved_as = ""
        """What it is called in the collection, "" for what did not come from there."""

    # -- what the screen calls -------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Forecast, weigh and render with this session from now on."""
        self._session = session
        self.query_one(Forecast).attach(session)
        self._look()

    def load(self, draft: Draft) -> None:
        super().load(draft)
        self.saved_as = ""

    def send(self) -> None:
        self.query_one(Subject).close()
        try:
            self.post_message(self.Sent(self.draft()))
        except InvalidInput as error:
            self.refuse(error)

    # -- looking at what is written ------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Checkbox.Changed)
    @on(BodyPage.Changed)
    def _touched(self, event: Message) -> None:
        if not (isinstance(event, TextArea.Changed) and event.text_area.id == "rendered"):
            self._edited()

    def _edited(self) -> None:
        if self._said[1] == "error" and self._contents() != self._complained_of:
            self._say("", "")  # word of what was typed before may come after the complaint
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
        more = 0
        try:
            draft = self._written(self._field("subject").value.strip())
            made = self._rendered(draft)
            more = self._header_page.show(made, self._takes_headers)
            self.query_one(Meter).show(self._weighed(made) if draft.subject else None)
        except InvalidInput as error:
            self.query_one(Meter).show(None)
            self.query_one(Rendered).complain(str(error))
            return
        finally:
            self._label(more if self._field("subject").value else 0)
        if self._said[1] != "error":
            self._say(*self._advice(draft))

    @property
    def _takes_headers(self) -> bool:
        return self._session is None or self._session.takes_headers

    def _label(self, more: int) -> None:
        headers, body = self._headers.text, self._page
        count = sum(1 for line in headers.splitlines() if line.strip())
        written = (self._field("subject").value, headers, body.editor.text)
        may = self.query_one("#templates", Checkbox).value
        self._book.label(count, more, may and any("{{" in one for one in written))

    def _weighed(self, draft: Draft) -> Size:
        if self._session is None:
            return draft.size()
        return self._session.size(draft)

    def _rendered(self, draft: Draft) -> Draft:
        """As it will go out; as it is written where that cannot be, and the page says why."""
        forecast = self.query_one(Forecast)
        if not draft.templates:
            forecast.consider(draft.subject)
            return draft
        try:
            variables: Mapping[str, str] = self._session.variables() if self._session else {}
            made = draft.rendered(Context(variables=variables))
        except InvalidInput as error:
            self.query_one(Rendered).complain(str(error))
            forecast.consider("")
            return draft
        self.query_one(Rendered).show(made)
        forecast.consider(made.subject)
        return made

    def _advice(self, draft: Draft) -> tuple[str, str]:
        """Words and a tone: a warning, or what the header at the cursor does."""
        if warnings := draft.warnings():
            return f"! {warnings[0]}", "warning"
        told = self._said[0].startswith(_NO_JSON)  # and so not anew at every key
        if (self._rested or told) and (trouble := json_trouble(draft.sample_body())):
            return f"{_NO_JSON}: {trouble}", "warning"
        headers = self._headers
        meaning = KNOWN_HEADERS.get(headers.name_at_cursor) if headers.has_focus else None
        return (f"· {headers.name_at_cursor}: {meaning}", "quiet") if meaning else ("", "")

    # -- keys and mouse ----------------------------------------------------------------------

    @on(Button.Pressed, "#send")
    @on(Input.Submitted)
    def _send(self) -> None:
        self.send()

    @on(Select.Changed, "#what")
    def _show_kind(self) -> None:
        self.query_one(SendOptions).show_kind(self._kind)
        self._edited()

    @on(Input.Changed, "#subject")
    def _forecast(self, event: Input.Changed) -> None:
        """At once, but for a template: what it will be called is known when it is rendered."""
        if "{{" not in event.value:
            self.query_one(Forecast).consider(event.value.strip())
        self.query_one(Subject).offer()

    @on(OptionList.OptionSelected, "#offers")
    def _accept(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(Subject).accept(self.query_one(Offers).subjects[event.option_index])

    def action_turn(self) -> None:
        self._book.turn()

    def action_lay_out(self) -> None:
        self.post_message(self.LayOut(self._field("subject").value.strip()))

    def action_tidy(self) -> None:
        """Lay the JSON out on lines; what is no JSON is told and stays."""
        written = self._page.editor.text
        if len(written) > LONGEST:
            self.complain(f"at most {LONGEST:,} characters are laid out here")
            return
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
