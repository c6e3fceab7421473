"""A file's content for the body: its path, completed from what is there, and what it holds."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from engine.drafts.file_body import UnreadableFile, files_beginning, read_file
from tui.kit.command import Command, Commanded
from tui.kit.editor import KnownField
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence

_COMMANDS: tuple[Command[BodyFile], ...] = (
    Command(
        "file.cancel",
        "escape",
        "Cancel",
        "Take no file",
        lambda screen: screen.dismiss(None),
        footer=True,
    ),
    Command(
        "file.take",
        "ctrl+j,f5",
        "Take",
        "Take its content",
        lambda screen: screen.take(),
        footer=True,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
)


class BodyFile(Dialog[bytes | None], Commanded):
    """Dismisses with the content, None when none is taken."""

    CSS_PATH = "../workbench.tcss"
    TABLE = _COMMANDS

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[str, ...] = ()
        self._field = KnownField(lambda: self._known, "path of the file", "file-path")
        self._said = Sentence("file-said", "Sent byte for byte, save for templates in it.")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="body-file") as dialog:
            dialog.border_title = "Body from a file"
            dialog.border_subtitle = "Enter takes it, → completes, ↓ goes through, Esc cancels"
            yield self._field
            take = Button("Take", variant="primary", compact=True, id="file-take")
            yield Horizontal(self._said, take, id="file-line")

    def on_mount(self) -> None:
        self._learn()

    @on(Input.Changed)
    @work(group="learn", exclusive=True)
    async def _learn(self) -> None:
        if not self._field.offered:
            self._known = await asyncio.to_thread(files_beginning, self._field.value)

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _submitted(self) -> None:
        self.action_command("file.take")

    async def take(self) -> None:
        try:
            self.dismiss(await asyncio.to_thread(read_file, self._field.value))
        except UnreadableFile as error:
            self._said.complain(error)
