"""A context of the nats CLI as a form: its name, where and how it connects, what it is for."""

from __future__ import annotations

import asyncio
from functools import partial

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input, Label, Static

from engine.errors import InvalidInput
from engine.profile.known_places import Place, Places
from engine.profile.write_context import KEPT
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import clean

from .connect_error_words import sentence

_HELD = f"{KEPT} stands for a secret that stays as it is. The file is readable by you alone."
_LABELLED = (
    "settings.toml has [contexts.{}]: write the new name there too. "
    "Its colour and read-only do not follow by themselves."
)
_HOLDS = "The file keeps this as you write it, and only you can read it."


CONTEXT_FORM: tuple[Command[ContextForm], ...] = (
    Command("context.cancel", "escape", "Cancel", "Write nothing", lambda form: form.dismiss(None)),
    Command(
        "context.write",
        "ctrl+j",
        "Save",
        "Write the context",
        lambda form: form.write(),
        anywhere=True,
        after_typing=True,
    ),
)


class ContextForm(Dialog[Place | None], Commanded):
    """Dismisses with the context that was written; None when none was.

    `like` is the context whose hidden secrets and other settings are kept; `name` is that of the
    one which is changed, "" for a new one.
    """

    TABLE = CONTEXT_FORM
    KEYS = FIELD_KEYS

    def __init__(
        self, places: Places, title: str, *, name: str, line: str, description: str, like: str
    ) -> None:
        super().__init__()
        self._places = places
        self._heading = title
        self._like = like
        self._replaces = name
        self._called = Field(name, placeholder="shop-prod", compact=True, id="context-name")
        self._line = Field(
            line,
            placeholder="nats://host:4222 --creds FILE",
            compact=True,
            select_on_focus=False,
            id="context-line",
        )
        self._told = Field(
            description, placeholder="what it is for", compact=True, id="context-told"
        )
        self._note = Static(_HELD if KEPT in line else _HOLDS, id="context-note", markup=False)
        self._label = Static(_LABELLED.format(clean(name)), id="context-label", markup=False)
        self._label.display = False
        self._trouble = Sentence("context-trouble", keeps_room=True)

    def compose(self) -> ComposeResult:
        rows = (("Name", self._called), ("Connects", self._line), ("About", self._told))
        cells = (cell for words, field in rows for cell in (Label(words), field))
        yield DialogBox(
            self._heading,
            Grid(*cells, id="context-fields"),
            self._note,
            self._label,
            self._trouble,
            verbs=(
                DialogVerb("Save", "^J", "command('context.write')", "context-write", "primary"),
                DialogVerb("Cancel", "Esc", "command('context.cancel')", "context-cancel"),
            ),
            id="context-form",
        )

    def on_mount(self) -> None:
        (self._line if self._called.value else self._called).focus()

    @on(Input.Changed)
    def _edited(self) -> None:
        self._trouble.complain("")
        renamed = bool(self._replaces) and self._called.value.strip() != self._replaces
        self._label.display = renamed and self._places.has_label(self._replaces)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.write()

    def write(self) -> None:
        """Write it, or say in one sentence what is wrong."""
        self._write()

    @work(group="write", exclusive=True)
    async def _write(self) -> None:
        name, line, told = (field.value.strip() for field in (self._called, self._line, self._told))
        try:
            save = partial(self._places.save, like=self._like, replaces=self._replaces)
            saved = await asyncio.to_thread(save, name, line, told)
        except InvalidInput as error:
            self._trouble.complain(sentence(error))
        else:
            self.dismiss(saved)
