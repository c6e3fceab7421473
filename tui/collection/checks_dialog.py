"""What a request expects of its answer: written, completed, checked as it is typed, and saved."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from engine.checks.answer import Answer
from engine.checks.checks import Checks
from engine.checks.judge_answer import judge_answer
from engine.collection.check_text import parse_checks, write_checks
from engine.collection.files import InvalidCollection
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.words import counted
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import KnownField
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.safe import clean

from .checks_editor import HINT, ChecksEditor

if TYPE_CHECKING:
    from engine.session import Session

CHECKS: tuple[Command[ChecksDialog], ...] = (
    Command("checks.cancel", "escape", "Cancel", "Change nothing", lambda it: it.dismiss(None)),
    Command(
        "checks.save",
        "ctrl+s",
        "Save",
        "Save the request with what it expects",
        lambda dialog: dialog.save(),
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
)
MAX_FAULTS = 4
"""What does not hold that is told at once."""


class ChecksDialog(Dialog[str | None], Commanded):
    """Dismisses with the name under which the request was saved, None when it was not.

    With an `answer` it says as one types what of it holds.
    """

    CSS_PATH = "../catalog.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    TABLE = CHECKS
    KEYS = FIELD_KEYS

    def __init__(
        self,
        session: Session,
        draft: Draft,
        name: str,
        checks: Checks,
        answer: Answer | None = None,
    ) -> None:
        super().__init__()
        self._collection = session.collection
        self._draft = draft
        self._first_name = name
        self._answer = answer
        self._known: tuple[str, ...] = ()
        self._warned = ""
        """The name that the user was warned about."""
        self._saved_as = KnownField(lambda: self._known, "orders/create", "save-name")
        self._saved_as.value = name
        self._editor = ChecksEditor(HINT, "checks-text")
        self._editor.text = write_checks(checks)
        self._said = Static(id="checks-said", markup=False)

    def compose(self) -> ComposeResult:
        yield DialogBox(
            f"Checks of {self._draft.subject}",
            self._saved_as,
            self._editor,
            self._said,
            verbs=(
                DialogVerb("Save", "^S", "command('checks.save')", "checks-save", "primary"),
                DialogVerb("Cancel", "Esc", "command('checks.cancel')", "checks-cancel"),
            ),
            id="checks",
        )

    def on_mount(self) -> None:
        (self._editor if self._first_name else self._saved_as).focus()
        self._look()
        self._learn()

    @work(group="learn")
    async def _learn(self) -> None:
        loaded = await asyncio.to_thread(self._collection.load)
        self._known = tuple(each.name for each in loaded.saved if isinstance(each.what, Draft))

    @on(TextArea.Changed)
    def _look(self) -> None:
        """Say what is wrong with it, else what of the answer holds."""
        self._warned = ""
        try:
            checks = parse_checks(self._editor.text)
        except InvalidInput as error:
            self._say(f"! {error}", "$text-error")
        else:
            self._judge(checks)

    def _judge(self, checks: Checks) -> None:
        if self._answer is None:
            self._say("")
            return
        schema = checks.expect.schema
        inline = schema if isinstance(schema, Mapping) else None
        judged = judge_answer(checks.expect, self._answer, inline)
        faults = [each.sentence for each in judged if not each.holds]
        if faults:
            lines = "\n".join(f"✗ {fault}" for fault in faults[:MAX_FAULTS])
            self._say(lines, "$text-error")
        else:
            held = counted(len(judged), "expectation holds", "expectations hold")
            self._say(f"✓ {held} for this answer", "$text-success")

    def _say(self, words: str, ink: str = "") -> None:
        self._said.display = bool(words)
        shown = "\n".join(map(clean, words.split("\n")))
        self._said.update(Content.styled(shown, ink))

    @on(Input.Submitted)
    def _named(self) -> None:
        self._editor.focus()

    async def save(self) -> None:
        name = self._saved_as.value.strip()
        if not name:
            self._say("! a name is needed, such as orders/create", "$text-error")
            self._saved_as.focus()
            return
        try:
            checks = parse_checks(self._editor.text)
            if await self._is_taken(name):
                return
            await asyncio.to_thread(self._collection.save, name, self._draft, checks)
        except InvalidInput as error:
            words = error.brief if isinstance(error, InvalidCollection) else str(error)
            self._say(f"! {words}", "$text-error")
        else:
            self.dismiss(name)

    async def _is_taken(self, name: str) -> bool:
        """Another request has the name: it is replaced when the user wants it twice."""
        there = await asyncio.to_thread(self._collection.holds, name)
        if not there or name in (self._first_name, self._warned):
            return False
        self._warned = name
        self._say(f"! {name} is there already: ^S again replaces it", "$text-error")
        return True
