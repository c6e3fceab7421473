"""Exporting what the list shows, or one exchange: into a file, or into the clipboard."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from engine.export.chosen import ChosenExchanges
from engine.export.export import ExportFormat, export
from engine.opened import open_beside
from engine.words import counted
from tui.kit.clipboard import copy
from tui.kit.code_view import CodeView
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.kit.tab_line import TabLine

FORMATS = tuple(ExportFormat)
_SLICE = 0.01
"""Seconds of writing between two turns of everybody else."""
_PREVIEW = 60
"""Parts that are shown before anything is written."""
_MAX_SHOWN = 8_000
_MAX_COPIED = 4 << 20
_MASKED = "Secrets are left out."
_OPEN = "! Secrets are in it."

EXPORT: tuple[Command[ExportDialog], ...] = (
    Command("export.cancel", "escape", "Cancel", "Export nothing", lambda d: d.dismiss(None)),
    Command(
        "export.save",
        "ctrl+s",
        "Save",
        "Write the file",
        lambda dialog: dialog.save(),
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "export.copy",
        "ctrl+y",
        "Copy",
        "Copy it instead",
        lambda dialog: dialog.copy(),
        anywhere=True,
        waits=True,
    ),
    Command(
        "export.form",
        "ctrl+n",
        "Form",
        "Report, NDJSON, CSV, Mermaid, or nats commands",
        lambda dialog: dialog.next_form(),
        anywhere=True,
    ),
    Command(
        "export.scope",
        "ctrl+l",
        "Scope",
        "All that the list shows, or the chosen exchange alone",
        lambda dialog: dialog.turn_scope(),
        anywhere=True,
    ),
    Command(
        "export.secrets",
        "ctrl+t",
        "Secrets",
        "Without secrets, or with them",
        lambda dialog: dialog.turn_secrets(),
        anywhere=True,
    ),
)
Choose = Callable[[bool, bool], ChosenExchanges]
"""Takes whether it is the chosen exchange alone, and whether secrets are masked."""


class ExportDialog(Dialog[str | None], Commanded):
    """Dismisses with the path of what was written, None for nothing."""

    TABLE = EXPORT
    KEYS = FIELD_KEYS
    AUTO_FOCUS = "#export-path"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    DEFAULT_CSS = """
    ExportDialog {
        #export-code { height: 7; margin: 1 0; }
        &.-high #export-code { height: 14; }
        #export-path { background: $panel; }
        Static { height: auto; }
        #export-said { margin: 1 0 0 0; }
    }
    """

    def __init__(self, choose: Choose, *, alone: bool, can_be_alone: bool) -> None:
        super().__init__()
        self._choose = choose
        self._alone = alone
        self._can_be_alone = can_be_alone
        self._masked = True
        self._forms = TabLine(*(form.label for form in FORMATS), id="export-forms")
        self._code = CodeView("export-code")
        self._code.can_focus = False
        self._path = Field(placeholder="file", id="export-path", compact=True)
        self._said = Static(id="export-said", markup=False)
        self._trouble = Sentence("export-trouble")

    @property
    def form(self) -> ExportFormat:
        return FORMATS[self._forms.active]

    def compose(self) -> ComposeResult:
        box = DialogBox(
            "Export",
            self._forms,
            self._said,
            self._code,
            self._path,
            self._trouble,
            verbs=(
                DialogVerb("Save", "^S", "command('export.save')", "export-save", "primary"),
                DialogVerb("Copy", "^Y", "command('export.copy')", "export-copy"),
                DialogVerb("Scope", "^L", "command('export.scope')", "export-scope"),
                DialogVerb("Secrets", "^T", "command('export.secrets')", "export-secrets"),
                DialogVerb("Cancel", "Esc", "command('export.cancel')", "export-cancel"),
            ),
            id="export",
        )
        box.add_class("-wide")
        box.border_subtitle = "^N next form"
        yield box

    def on_mount(self) -> None:
        self._path.value = _free_name(self.form.ending)
        self._show()

    @on(TabLine.Chosen)
    def _turned(self) -> None:
        stem, ending = os.path.splitext(self._path.value)
        if ending in {form.ending for form in FORMATS}:
            self._path.value = stem + self.form.ending
        self._show()

    def next_form(self) -> None:
        self._forms.choose((self._forms.active + 1) % len(FORMATS))

    def turn_scope(self) -> None:
        self._alone = not self._alone and self._can_be_alone
        self._show()

    def turn_secrets(self) -> None:
        self._masked = not self._masked
        self._show()

    def _show(self) -> None:
        chosen = self._choose(self._alone, self._masked)
        scope = "the chosen exchange" if self._alone else "all that the list shows"
        notes = chosen.notes
        count = counted(len(chosen.numbers) - notes, "exchange")
        if notes:
            count += f" and {counted(notes, 'note')}"
        secrets = _MASKED if self._masked else _OPEN
        self._said.update(Content(f"{count}: {scope}. {secrets}"))
        start = "".join(_first_parts(export(chosen, self.form)))
        self._code.show(start[:_MAX_SHOWN], command=False)
        self._trouble.complain("")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_command("export.save")

    async def save(self) -> None:
        try:
            file = await open_beside(partial(_new_file, self._path.value.strip()))
        except (OSError, ValueError, RuntimeError) as error:
            words = getattr(error, "strerror", None) or str(error)
            self._trouble.complain(f"{words}: name another file".lower())
            return
        try:
            with file:
                await self._write(file)
        except OSError as error:
            self._trouble.complain(error.strerror or str(error))
        else:
            self.dismiss(file.name)

    async def _write(self, file: IO[str]) -> None:
        """Without holding up anybody: there may be a million of them."""
        until = time.perf_counter() + _SLICE
        chosen = self._choose(self._alone, self._masked)
        for count, part in enumerate(export(chosen, self.form)):
            file.write(part)
            if time.perf_counter() > until:
                self._said.update(Content(f"{count:,} written"))
                await asyncio.sleep(0)
                until = time.perf_counter() + _SLICE

    async def copy(self) -> None:
        parts, size = [], 0
        for part in export(self._choose(self._alone, self._masked), self.form):
            parts.append(part)
            size += len(part)
            if size > _MAX_COPIED:
                self._trouble.complain("it is too large for a clipboard: save it in a file")
                return
        copy(self.app, "".join(parts), f"what is exported as {self.form.label}")
        self.dismiss(None)


def _first_parts(parts: Iterator[str]) -> Iterator[str]:
    size = 0
    for part in islice(parts, _PREVIEW):
        yield part
        size += len(part)
        if size > _MAX_SHOWN:
            return


def _new_file(written: str) -> IO[str]:
    """For its owner alone; its name is its path from the root on. Raises OSError, also where there
    is one already.
    """
    path = Path(written).expanduser().absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return open(path, "x", encoding="utf-8", errors="surrogateescape", opener=_open_for_owner)


def _open_for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _free_name(ending: str) -> str:
    stem = time.strftime("natstap-%Y-%m-%d-%H%M%S")
    with suppress(OSError):
        if os.path.lexists(f"{stem}{ending}"):
            return f"{stem}-2{ending}"
    return f"{stem}{ending}"
