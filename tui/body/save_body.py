"""Where a body is to be saved."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input

from engine.drafts.file_body import files_beginning
from engine.whole_file import replace_file
from engine.words import octets
from tui.kit.command import Command, Commanded
from tui.kit.editor import KnownField
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence

_COMMANDS: tuple[Command[SaveBody], ...] = (
    Command(
        "save-body.cancel",
        "escape",
        "Cancel",
        "Save nothing",
        lambda screen: screen.dismiss(None),
        footer=True,
    ),
    Command(
        "save-body.save",
        "enter,ctrl+j",
        "Save",
        "Save it in a new file",
        lambda screen: screen.save(replace=False),
        footer=True,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "save-body.replace",
        "ctrl+r",
        "Replace",
        "Save it in place of the file that is there",
        lambda screen: screen.save(replace=True),
        footer=True,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
)


class SaveBody(Dialog[str | None], Commanded):
    """Dismisses with the path of what was saved, None when nothing was."""

    TABLE = _COMMANDS
    DEFAULT_CSS = """
    SaveBody {
        #save-body-path { background: $panel; }
        #save-body-line { height: auto; margin: 1 0 0 0; }
        #save-body-said { width: 1fr; height: auto; color: $text-muted; padding: 0 1; }
        Button { min-width: 0; margin: 0 0 0 2; }
    }
    """

    def __init__(self, body: bytes, ending: str) -> None:
        super().__init__()
        self._body = body
        self._known: tuple[str, ...] = ()
        self._field = KnownField(lambda: self._known, "path of the file", "save-body-path")
        self._field.value = _free_name(ending)
        self._said = Sentence("save-body-said", f"{octets(len(body))}, byte for byte.")
        self._save = Button("Save ⏎", variant="primary", compact=True, id="save-body-save")
        self._replace = Button("Replace ^R", variant="warning", compact=True, id="save-body-over")
        self._replace.display = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="save-body") as dialog:
            dialog.border_title = "Save the body"
            dialog.border_subtitle = "→ completes, ↓ goes through, Esc cancels"
            yield self._field
            yield Horizontal(self._said, self._save, self._replace, id="save-body-line")

    @on(Input.Changed)
    @work(group="learn", exclusive=True)
    async def _learn(self) -> None:
        written = self._field.value
        if not self._field.offered:
            self._known = await asyncio.to_thread(files_beginning, written)
        self._warn(await asyncio.to_thread(_is_there, written))

    def _warn(self, is_there: bool) -> None:
        self._replace.display = is_there
        if is_there:
            self._said.say("! This file exists. ^R replaces it.", "$text-warning")
        else:
            self._said.say(f"{octets(len(self._body))}, byte for byte.")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        over = event.button is self._replace
        self.action_command("save-body.replace" if over else "save-body.save")

    async def save(self, replace: bool) -> None:
        path = Path(self._field.value.strip())
        try:
            saved = await asyncio.to_thread(_write, path, self._body, replace)
        except FileExistsError:
            self._warn(True)
        except OSError as error:
            self._said.complain(f"{path}: {(error.strerror or str(error)).lower()}")
        except (ValueError, RuntimeError) as error:  # a NUL in the path, no home folder
            self._said.complain(f"{path}: {error}")
        else:
            self.dismiss(str(saved))


def _write(path: Path, body: bytes, replace: bool) -> Path:
    """For its owner alone: a body may hold secrets. Returns where, from the root on."""
    path = path.expanduser().absolute()
    if path.is_dir():
        raise IsADirectoryError(None, "a folder")
    if replace:
        replace_file(path, body)
        return path
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(body)
    return path


def _is_there(written: str) -> bool:
    try:
        return Path(written.strip()).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _free_name(ending: str) -> str:
    """The first that no file has."""
    names = (f"body{f'-{number}' if number > 1 else ''}{ending}" for number in count(1))
    return next(name for name in names if not _is_there(name))
