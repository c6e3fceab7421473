"""Where to record, and what becomes of secrets: said before anything is written."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from engine.drafts.file_body import files_beginning
from engine.durations import parse_duration
from engine.errors import InvalidInput
from engine.recording.masked_frames import Secrets
from engine.recording.recordings import RecordingOptions, free_path
from engine.recording.writer import Rotation
from engine.streams.sizes import parse_size
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field, KnownField
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence

_MORE = {
    Secrets.KNOWN: "These are what natstap logged in with, and secret variables.",
    Secrets.ALL: "Also what looks like one: passwords, tokens, keys. Slow at high rates.",
    Secrets.KEPT: "! Everybody who gets the file can read the secrets in it.",
}

RECORD: tuple[Command[RecordDialog], ...] = (
    Command(
        "record.cancel", "escape", "Cancel", "Write nothing", lambda dialog: dialog.dismiss(None)
    ),
    Command(
        "record.start",
        "ctrl+s",
        "Write",
        "Begin to write",
        lambda dialog: dialog.finish(),
        anywhere=True,
        after_typing=True,
    ),
    Command(
        "record.secrets",
        "ctrl+t",
        "Secrets",
        "Mask known secrets, all that look like one, or none",
        lambda dialog: dialog.turn_secrets(),
        anywhere=True,
    ),
)


class RecordDialog(Dialog[RecordingOptions | None], Commanded):
    """Dismisses with what to record; None for nothing."""

    TABLE = RECORD
    KEYS = FIELD_KEYS
    DEFAULT_CSS = """
    RecordDialog {
        Input { background: $panel; }
        Static { height: auto; padding: 0 1; }
        #record-limit { margin: 1 0 0 0; }
        #record-said { margin: 1 0 0 0; }
    }
    """

    def __init__(self, *, going_on: bool, seen: int) -> None:
        """`going_on` records from now on; without it what is here, `seen` messages, is saved."""
        super().__init__()
        self._going_on = going_on
        self._seen = seen
        self._secrets = Secrets.KNOWN
        self._known: tuple[str, ...] = ()
        self._path = KnownField(lambda: self._known, "file", "record-path")
        self._path.value = str(free_path(Path()))
        self._limit = Field(
            placeholder="another file after, such as 100 MB or 1 h", id="record-limit", compact=True
        )
        self._limit.display = going_on
        self._said = Static(id="record-said", markup=False)
        self._trouble = Sentence("record-trouble")

    def compose(self) -> ComposeResult:
        verb = "Record" if self._going_on else "Save"
        yield DialogBox(
            "Record all that is seen" if self._going_on else "Save what is here",
            self._path,
            self._limit,
            self._said,
            self._trouble,
            verbs=(
                DialogVerb(verb, "^S", "command('record.start')", "record-do", "primary"),
                DialogVerb("Secrets", "^T", "command('record.secrets')", "record-secrets"),
                DialogVerb("Cancel", "Esc", "command('record.cancel')", "record-cancel"),
            ),
            id="record",
        )

    def on_mount(self) -> None:
        self._path.cursor_position = len(self._path.value)
        self._say()

    def turn_secrets(self) -> None:
        every = list(Secrets)
        self._secrets = every[(every.index(self._secrets) + 1) % len(every)]
        self._say()

    def _say(self) -> None:
        words = self._secrets.words
        begin = f"{self._seen:,} messages are here" + (", and go in too" if self._going_on else "")
        self._said.update(
            Content(f"{begin}.\n{words[:1].upper()}{words[1:]}.\n{_MORE[self._secrets]}")
        )
        self._trouble.complain("")

    @on(Input.Changed, "#record-path")
    @work(group="learn", exclusive=True)
    async def _learn(self) -> None:
        if not self._path.offered:
            self._known = await asyncio.to_thread(files_beginning, self._path.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_command("record.start")

    def finish(self) -> None:
        written = self._path.value.strip()
        try:
            rotation = _rotation(self._limit.value)
            if not written:
                raise InvalidInput("name the file")
            path = Path(written).expanduser()
            if os.path.lexists(path):
                raise InvalidInput("this file exists: name another one")
        except (InvalidInput, ValueError, RuntimeError) as error:
            self._trouble.complain(str(error))
            return
        self.dismiss(RecordingOptions(path, self._secrets, rotation))


def _rotation(written: str) -> Rotation:
    """A size, a time, or both with a comma between them; raises `InvalidInput`."""
    size, age = 0, 0.0
    for word in filter(None, (part.strip() for part in written.split(","))):
        try:
            age = parse_duration(word, bare=False)
        except InvalidInput:
            size = parse_size(word)
    return Rotation(size, age)
