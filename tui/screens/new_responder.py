"""The form for a responder: a new one, one to be changed, or one that repeats what was seen."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from engine.errors import InvalidInput
from engine.lab.responders.reply import ReplyDraft
from engine.lab.responders.reply_words import describe
from engine.lab.responders.responder import QUEUE
from tui.after_typing import after_typing
from tui.safe import clean
from tui.widgets.reply_form import ReplyForm


class Wanted(NamedTuple):
    """What `Session.add_responder` needs."""

    draft: ReplyDraft
    name: str

    @property
    def subject(self) -> str:
        return self.draft.subject


class NewResponder(ModalScreen[Wanted | None]):
    CSS_PATH = "../responders.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="new.cancel", tooltip="Change nothing"),
        Binding("ctrl+j", "add", "Add", id="new.add", priority=True, tooltip="Host it like this"),
        Binding(
            "ctrl+t",
            "turn",
            "Next page",
            id="new.turn",
            priority=True,
            tooltip="Answer, behaviour, stream, service",
        ),
    ]

    def __init__(
        self, draft: ReplyDraft | None = None, name: str = "", *, editing: bool = False
    ) -> None:
        super().__init__()
        self._form = ReplyForm(draft, name, fresh=draft is None)
        self._editing = editing

    def compose(self) -> ComposeResult:
        title, word = ("Responder", "Change") if self._editing else ("New responder", "Add")
        with Vertical(classes="dialog", id="new-responder") as dialog:
            dialog.border_title = title
            dialog.border_subtitle = "^t turns the page, ^j or Enter is done, Esc cancels"
            yield self._form
            yield Static(id="new-preview", markup=False)
            with Horizontal(id="new-line"):
                yield Static(id="new-trouble", markup=False)
                yield Button("Cancel", compact=True, id="new-cancel")
                yield Button(word, variant="primary", compact=True, id="new-add")

    def action_turn(self) -> None:
        self._form.turn()

    @on(ReplyForm.Edited)
    def _look(self) -> None:
        """Say what it will do, as far as that can be said."""
        self.query_one("#new-trouble", Static).update("")
        try:
            words = describe(self._ready(), self._group())
        except InvalidInput as error:
            self._say("#new-preview", f"Not ready: {error}", "$foreground 60%")
        else:
            self._say("#new-preview", f"It {words}.", "$text-success")

    def _ready(self) -> ReplyDraft:
        return self._form.draft()

    def _group(self) -> str:
        draft = self._ready()
        own = QUEUE if draft.durable or not draft.stream else ""
        return draft.queue or own

    def _say(self, where: str, words: str, colour: str) -> None:
        self.query_one(where, Static).update(Content.styled(clean(words), colour))

    @on(Button.Pressed, "#new-cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#new-add")
    @after_typing
    def action_add(self) -> None:
        """Dismiss with what is wanted, or say in one sentence what is wrong with it."""
        try:
            draft = self._ready()
        except InvalidInput as error:
            self._say("#new-preview", "", "")
            self._say("#new-trouble", f"! {error}", "$text-error")
            self._form.bring(str(getattr(error, "field", "subject")))
        else:
            self.dismiss(Wanted(draft, self._form.name))
