"""What is composed: the fields of a draft, read and filled, and what was in them before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Checkbox, Input, Select, Static

from engine.drafts.draft import Draft, Kind
from engine.drafts.template import TemplateError, escape_bytes
from engine.message import text
from tui.kit.editor import HeaderEditor
from tui.kit.typed import Mistyped, parse_headers, typed_in, write_headers
from tui.safe import clean

from .body_page import BodyPage
from .compose_pages import ComposePages
from .forecast import Forecast
from .header_page import HeaderPage
from .meter import Meter
from .send_options import SendOptions
from .subject import Offers, Subject

_KNOWN = 500
_KINDS = (
    ("Request", Kind.REQUEST),
    ("Request many", Kind.MANY),
    ("Publish", Kind.PUBLISH),
    ("Stream request", Kind.STREAM_REQUEST),
    ("Stream publish", Kind.STREAM_PUBLISH),
)
_TONES = {"": "", "error": "$text-error", "warning": "$text-warning", "quiet": "$foreground 60%"}
_KEPT = 50
"""Earlier contents of the composer that can be brought back."""


class Contents(NamedTuple):
    """All fields as they are written, half-written ones too: what undoing brings back."""

    kind: Kind
    subject: str
    headers: str
    adds_headers: bool
    options: dict[str, str | bool]
    body: bytes
    rendered: bool


class Composition(Vertical):
    def __init__(self) -> None:
        super().__init__(id="compose", classes="pane")
        self.border_title = "1 Compose"
        self.known: dict[str, None] = {}
        """Subjects to complete from, the last one learned last."""
        self._earlier: list[Contents] = []
        self._later: list[Contents] = []
        """What undoing took away."""
        self._filled: Contents | None = None
        """What was filled in last, to tell whether anything was written since."""
        self._said = ("", "")
        self._complained_of: Contents | None = None
        """What was written when it was last called wrong."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="address"):
            yield Select(_KINDS, allow_blank=False, compact=True, id="what")
            yield Subject(lambda: self.known)
        yield Forecast()
        yield Offers()
        yield ComposePages()
        yield Static(id="complaint", markup=False)
        with Horizontal(id="send-line"):
            yield Meter()
            yield Button("Send ^J", variant="primary", compact=True, id="send")

    def on_mount(self) -> None:
        self.query_one("#complaint").display = False
        self.query_one("#templates", Checkbox).value = True
        self.query_one("#watch", Checkbox).value = True
        self._header_page.adds = True
        self._filled = self._contents()

    # -- what the screen calls -------------------------------------------------------------

    def know(self, subjects: Iterable[str]) -> None:
        """Offer subjects for completion; the oldest make way when there are very many.

        The beginning of one, such as `math.`, is offered while no subject is known that has it.
        """
        for one in sorted(subjects, key=_is_beginning):
            if not (_is_beginning(one) and any(each.startswith(one) for each in self.known)):
                self.known[one] = None
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

    @property
    def touched(self) -> bool:
        return bool(self._field("subject").value or self._page.body)

    def holds(self, draft: Draft) -> bool:
        """True while the subject and the body are those of a draft."""
        written = (self._field("subject").value, self._page.body)
        return written == (draft.subject, draft.body)

    def draft(self) -> Draft:
        """What is written now; raises `InvalidInput` for what cannot be meant."""
        subject = self._field("subject").value.strip()
        if not subject:
            raise Mistyped("a subject is needed, such as orders.create", "subject")
        draft = self._written(subject)
        draft.check()
        return draft

    def refuse(self, error: Exception) -> None:
        """Say in one sentence what is wrong, and go to where it is."""
        self.complain(str(error))
        field = str(getattr(error, "field", ""))
        page = {"body": "body-page", "headers": "headers-page"}.get(field, "")
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
        self._complained_of = self._contents() if words else None
        self._say(f"! {words}" if words else "", "error")

    def _say(self, words: str, tone: str) -> None:
        if (words, tone) == self._said:
            return  # an update lays the screen out anew
        self._said = (words, tone)
        line = self.query_one("#complaint", Static)
        line.display = bool(words)
        line.update(Content.styled(clean(words), _TONES[tone]) if words else "")

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
        options["adds_headers"] = self._header_page.adds
        draft = Draft(subject, self._page.body, self._kind, headers, **options)
        if not _is_template(draft if self._page.rendered else replace(draft, body=b"")):
            return replace(draft, templates=False)
        return draft if self._page.rendered else replace(draft, body=escape_bytes(draft.body))

    def _fill(self, draft: Draft) -> None:
        draft = draft.as_shown()
        self.query_one("#what", Select).value = draft.kind
        self._put_subject(draft.subject)
        self._headers.load_text(write_headers(draft.headers))
        self._header_page.adds = draft.adds_headers
        self.query_one(SendOptions).load(draft)
        self._page.load(draft.body, rendered=draft.templates)
        self.complain("")
        self._filled = self._contents()

    def _put_subject(self, subject: str) -> None:
        """What was selected there says nothing of this one."""
        field = self._field("subject")
        field.value = subject
        field.cursor_position = len(subject)

    def _field(self, name: str) -> Input:
        return self.query_one(f"#{name}", Input)

    @property
    def _header_page(self) -> HeaderPage:
        return self.query_one(HeaderPage)

    @property
    def _headers(self) -> HeaderEditor:
        return self.query_one(HeaderEditor)

    # -- undoing -----------------------------------------------------------------------------

    def _remember(self) -> None:
        before = self._contents()
        worth = self.touched or before != self._filled
        if worth and before not in self._earlier[-1:]:
            self._earlier = [*self._earlier[-_KEPT:], before]
        self._later = []

    def _contents(self) -> Contents:
        return Contents(
            self._kind,
            self._field("subject").value,
            self._headers.text,
            self._header_page.adds,
            self.query_one(SendOptions).written,
            self._page.body,
            self._page.rendered,
        )

    def action_back(self) -> None:
        self._swap(self._earlier, self._later)

    def action_forward(self) -> None:
        self._swap(self._later, self._earlier)

    def _swap(self, wanted: list[Contents], kept: list[Contents]) -> None:
        """Bring back the last of one list; what there is goes to the other."""
        if not wanted:
            self.app.bell()
            return
        kept.append(self._contents())
        self._restore(wanted.pop())

    def _restore(self, before: Contents) -> None:
        self.query_one("#what", Select).value = before.kind
        self._put_subject(before.subject)
        self._headers.load_text(before.headers)
        self._header_page.adds = before.adds_headers
        self.query_one(SendOptions).written = before.options
        self._page.load(before.body, before.rendered)
        self.complain("")


def _is_template(draft: Draft) -> bool:
    return draft.templates and any("{{" in one for one in _texts(draft))


def _texts(draft: Draft) -> Iterable[str]:
    yield draft.subject
    yield text(draft.body)
    yield from (value for _, value in draft.headers)
    yield from (draft.correlation_id, draft.reply_to, draft.stream, draft.message_id)


def _is_beginning(subject: str) -> bool:
    return subject.endswith(".")
