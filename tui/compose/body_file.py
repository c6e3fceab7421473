"""A file's content for the body: its path, completed from what is there, and what it holds."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from engine.drafts.file_body import UnreadableFile, files_beginning, read_file
from tui.kit.editor import KnownField
from tui.kit.key_order import after_typing
from tui.kit.page import Dialog
from tui.safe import clean


class BodyFile(Dialog[bytes | None]):
    """Dismisses with the content, None when none is taken."""

    CSS_PATH = "../workbench.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="file.cancel", tooltip="Take no file"),
        Binding(
            "ctrl+j,f5", "take", "Take", id="file.take", priority=True, tooltip="Take its content"
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="body-file") as dialog:
            dialog.border_title = "Body from a file"
            dialog.border_subtitle = "Enter takes it, → completes, ↓ goes through, Esc cancels"
            yield KnownField(lambda: self._known, "path of the file", "file-path")
            with Horizontal(id="file-line"):
                yield Static(
                    "Sent byte for byte, save for templates in it.", id="file-said", markup=False
                )
                yield Button("Take", variant="primary", compact=True, id="file-take")

    def on_mount(self) -> None:
        self._learn()

    @on(Input.Changed)
    @work(group="learn", exclusive=True)
    async def _learn(self) -> None:
        field = self.query_one(KnownField)
        if not field.offered:
            self._known = await asyncio.to_thread(files_beginning, field.value)

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _submitted(self) -> None:
        self.action_take()

    @after_typing
    @work(group="take", exclusive=True)
    async def action_take(self) -> None:
        try:
            self.dismiss(await asyncio.to_thread(read_file, self.query_one(KnownField).value))
        except UnreadableFile as error:
            said = Content.styled(f"! {clean(str(error))}", "$text-error")
            self.query_one("#file-said", Static).update(said)
