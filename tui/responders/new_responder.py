"""The form for a responder: a new one, one to be changed, or one that repeats what was seen.

It goes when the responder is hosted, and not before: what the server does not take is said
beside what was written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Button, Input

from engine.errors import InvalidHandler, InvalidInput, NatstapError
from engine.responders.overlapping_listeners import Company, company
from engine.responders.reply import ReplyDraft
from engine.responders.reply_words import describe
from engine.responders.responder import group_of
from engine.rpc.broker import Broker
from tui.kit.command import Command, Commanded
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence

from .reply_form import ReplyForm

_TYPING_RESTS = 0.4
"""Seconds that typing has to rest before the servers are asked who is on the subject."""
_MIN_WIDE = 110
"""Columns from which rows stand beside each other."""
Host = Callable[[ReplyDraft, str], Awaitable[object]]


_COMMANDS: tuple[Command[NewResponder], ...] = (
    Command(
        "new.cancel",
        "escape",
        "Cancel",
        "Change nothing",
        lambda form: form.dismiss(False),
        footer=True,
    ),
    Command(
        "new.add",
        "ctrl+j",
        "Add",
        "Host it like this",
        lambda form: form.add(),
        footer=True,
        anywhere=True,
        after_typing=True,
        sends=True,
    ),
    Command(
        "new.turn",
        "ctrl+t",
        "Next page",
        "Answer, behaviour, stream, service",
        lambda form: form.turn(),
        footer=True,
        anywhere=True,
    ),
)


class NewResponder(Dialog[bool], Commanded):
    """Dismissed with True when `host` has taken what was written."""

    CSS_PATH = "../responders.tcss"
    AUTO_FOCUS = "#new-subject"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_MIN_WIDE, "-wide")]  # noqa: RUF012
    TABLE = _COMMANDS
    KEYS = FIELD_KEYS

    def __init__(
        self,
        broker: Broker,
        host: Host,
        draft: ReplyDraft | None = None,
        name: str = "",
        *,
        seen: ReplyDraft | None = None,
        offered: str = "",
        editing: bool = False,
    ) -> None:
        super().__init__()
        self._broker = broker
        self._host = host
        self._form = ReplyForm(draft, name, seen=seen, offered=offered)
        self._changed = draft if editing else None
        self._preview = Sentence("new-preview")
        self._warning = Sentence("new-company")
        self._trouble = Sentence("new-trouble", keeps_room=True)
        word = "Change" if editing else "Add"
        self._done = Button(f"{word}  ^J", variant="primary", compact=True, id="new-add")
        self._asked = ""
        self._company = Company()
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="new-responder") as dialog:
            dialog.border_title = "Responder" if self._changed else "New responder"
            dialog.border_subtitle = "^T turns the page, ^J or Enter is done, Esc cancels"
            yield self._form
            yield self._preview
            yield self._warning
            cancel = Button("Cancel  Esc", compact=True, id="new-cancel")
            yield Horizontal(self._trouble, cancel, self._done, id="new-line")

    def turn(self) -> None:
        self._form.turn()

    @on(Button.Pressed, "#new-cancel")
    def _cancel(self) -> None:
        self.dismiss(False)

    # -- what it will do -----------------------------------------------------------------------

    @on(ReplyForm.Edited)
    def _look(self) -> None:
        """Say what it will do, as far as that can be said."""
        self._trouble.complain("")
        try:
            draft = self._form.draft()
        except InvalidInput as error:
            self._preview.say(f"Not ready: {error}", "$foreground 60%")
            self._warn(None)
        else:
            self._preview.say(f"It {describe(draft, group_of(draft))}.", "$text-success")
            self._consider(draft)

    def _consider(self, draft: ReplyDraft) -> None:
        """Find out who is on its subject, once typing rests."""
        if draft.subject == self._asked:
            self._warn(draft)
            return
        self._asked, self._company = draft.subject, Company()
        self._warn(None)
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_TYPING_RESTS, self._ask)

    @work(group="company", exclusive=True)
    async def _ask(self) -> None:
        try:
            self._company = await company(self._broker, self._asked, besides=self._changed)
            self._warn(self._form.draft())
        except NatstapError:
            self._warn(None)  # what cannot be known is not guessed

    def _warn(self, draft: ReplyDraft | None) -> None:
        words = self._company.warn(draft, group_of(draft)) if draft is not None else ""
        self._warning.say(f"! {words}." if words else "", "$text-warning")

    # -- hosting it ----------------------------------------------------------------------------

    @on(Input.Submitted)
    @on(Button.Pressed, "#new-add")
    def _submitted(self) -> None:
        self.action_command("new.add")

    def add(self) -> None:
        """Host it, or say in one sentence what is wrong with it."""
        try:
            draft = self._form.draft()
        except InvalidInput as error:
            self._refuse(str(error), str(getattr(error, "field", "subject")))
        else:
            if not self._done.disabled:
                self._start(draft)

    @work(group="host")
    async def _start(self, draft: ReplyDraft) -> None:
        self._done.disabled = True
        try:
            await self._host(draft, self._form.written_name)
        except NatstapError as error:
            self._refuse(str(error), _field_of(error, draft))
        else:
            self.dismiss(True)
        finally:
            self._done.disabled = False

    def _refuse(self, words: str, field: str) -> None:
        self._preview.display = self._warning.display = False
        self._trouble.complain(words)
        self._form.bring(field)


def _field_of(error: NatstapError, draft: ReplyDraft) -> str:
    """Where the user can do something about what the server said."""
    if isinstance(error, InvalidHandler) and draft.durable:
        return "durable"
    named = getattr(error, "stream", "")
    if draft.store_in and (not draft.stream or named == draft.store_in != draft.stream):
        return "store_in"
    return "stream" if draft.stream else "subject"
