"""Environments: which one templates take their variables from, and what is in each."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from engine.collection.files import InvalidCollection
from engine.collection.variable_lines import parse_lines, write_lines
from engine.errors import InvalidInput
from engine.secrets.known_secrets import ENVIRONMENT
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Editor, Field
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import clean
from tui.table.table import Cell, Column, Row, Table

if TYPE_CHECKING:
    from engine.session import Session

_NONE = "none"
_COLUMNS = (Column("", 6), Column("", 20, grow=True))
_HOW = "host = staging.example\ntenant = acme"
_SECRETS = (
    f"Secrets belong in {ENVIRONMENT}<NAME> of the environment of natstap, never in a file. "
    "One that is written here is known until natstap ends."
)


ENVIRONMENTS: tuple[Command[Environments], ...] = (
    Command(
        "environments.use", "enter", "Use it", "Use it", lambda dialog: dialog.use(), waits=True
    ),
    Command("environments.close", "escape", "Close", "Close", lambda dialog: dialog.dismiss()),
    Command(
        "environments.save",
        "ctrl+s",
        "Save",
        "Save them",
        lambda dialog: dialog.save(),
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "environments.remove",
        "d,delete",
        "Delete",
        "Delete the environment",
        lambda dialog: dialog.delete_chosen(),
        waits=True,
    ),
)


class Environments(Dialog[None], Commanded):
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    TABLE = ENVIRONMENTS
    KEYS = FIELD_KEYS

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._collection = session.collection
        self._edited: str | None = None
        """The environment whose variables are in the editor; "" for none, None at first."""
        self._unread: InvalidInput | None = None
        """Why its file cannot be read: it is not written over then."""
        self._names = Table(_COLUMNS, "environment-names", head=False)
        self._editor = Editor(_HOW, "environment-variables")
        self._frame = Vertical(self._editor, id="environment-frame")
        self._new = Field(
            placeholder="a new environment: its name", compact=True, id="environment-new"
        )
        self._own = Static(id="environment-own", markup=False)
        self._said = Sentence("environment-said")

    def compose(self) -> ComposeResult:
        add = Button("New", compact=True, id="environment-add")
        yield DialogBox(
            "Environment",
            self._names,
            self._frame,
            Horizontal(self._new, add, id="environment-line"),
            self._own,
            self._said,
            verbs=(
                _verb("Use it", "⏎", "use", "primary"),
                _verb("Save", "^S", "save"),
                _verb("Delete", "d", "remove"),
                _verb("Close", "Esc", "close"),
            ),
            id="environments",
        )

    def on_mount(self) -> None:
        self._show_own()
        self._names.focus()
        self._load(self._session.environment.name)

    def _show_own(self) -> None:
        """Where values come from beside the files, by name."""
        own = sorted(name for name in os.environ if name.startswith(ENVIRONMENT))
        words = f"Set for natstap: {', '.join(own)}. " if own else ""
        if kept := self._collection.secrets:
            words += f"Known until natstap ends: {', '.join(kept)}. "
        self._own.update(Content(clean(words + _SECRETS)))

    # -- the environments --------------------------------------------------------------------

    @work(group="load", exclusive=True)
    async def _load(self, show: str) -> None:
        await self._list(show)

    async def _list(self, show: str) -> None:
        """List them, and bring one to the front."""
        used = self._session.environment.name
        names = ("", *await asyncio.to_thread(self._collection.environments))
        self._names.styles.height = len(names)
        self._names.show([_row(name, name == used) for name in names])
        self._names.choose(show)
        await self._edit(self._chosen)

    @property
    def _chosen(self) -> str:
        return str(self._names.cursor or "")

    async def _edit(self, name: str) -> None:
        """Bring the variables of an environment into the editor."""
        self._edited = name
        self._frame.display = bool(name)
        self._frame.border_title = Content(clean(f"Variables of {name}: name = value"))
        if not name:
            return
        try:
            values = await asyncio.to_thread(self._collection.written_variables, name)
        except InvalidInput as error:
            self._unread = error
            self._editor.load_text("")
            self._complain(error)
        else:
            self._unread = None
            self._editor.load_text(write_lines(values))
            self._said.say("")

    @on(Table.Chosen)
    @work(group="edit", exclusive=True)
    async def _moved(self) -> None:
        if self._chosen != self._edited:
            await self._edit(self._chosen)

    @on(Table.Opened)
    @work(group="use", exclusive=True)
    async def _opened(self) -> None:
        await self.use()

    async def use(self) -> None:
        await self._take(self._chosen)
        self.dismiss(None)

    async def _take(self, name: str) -> None:
        """Use it now, and from the start next time."""
        self._session.environment.name = name
        try:
            await asyncio.to_thread(self._session.environment.remember)
        except OSError as error:
            words = f"Could not save the selected environment: {error.strerror or error}"
            self.notify(clean(words), severity="warning")

    # -- writing -----------------------------------------------------------------------------

    async def save(self) -> None:
        name = self._edited
        if not name:
            self._said.complain("choose an environment, or write the name of a new one")
            return
        if self._unread is not None:
            self._complain(self._unread)
            return
        try:
            values = parse_lines(self._editor.text)
            secret = await asyncio.to_thread(self._collection.keep_variables, name, values)
        except InvalidInput as error:
            self._complain(error)
            return
        words = f"✓ {name} is saved: u in the collection undoes it."
        if secret:
            self._show_own()
            await self._edit(name)
            words = f"✓ {name} is saved without {', '.join(secret)}: no file holds a secret."
        self._said.say(words, "$text-success")

    async def delete_chosen(self) -> None:
        name = self._edited
        if not name:
            self.app.bell()
            return
        try:
            await asyncio.to_thread(self._collection.delete_variables, name)
        except InvalidInput as error:
            self._complain(error)
            return
        if self._session.environment.name == name:
            await self._take("")
        await self._list("")
        self._said.say(f"{name} is deleted: u in the collection undoes it.")

    @on(Input.Submitted, "#environment-new")
    @on(Button.Pressed, "#environment-add")
    @work(group="save", exclusive=True)
    async def _add(self) -> None:
        name = self._new.value.strip()
        try:
            if not name:
                raise InvalidInput("a name is needed, such as staging")
            if name not in await asyncio.to_thread(self._collection.environments):
                await asyncio.to_thread(self._collection.save_variables, name, {})
        except InvalidInput as error:
            self._complain(error)
            return
        self._new.value = ""
        await self._list(name)
        if not self._editor.text:
            await self._offer(name)
        self._editor.focus()

    async def _offer(self, name: str) -> None:
        """Begin with the names that saved requests ask for."""
        missing = await asyncio.to_thread(self._collection.missing_variables, name)
        if missing:
            self._editor.load_text("\n".join(f"{variable} = " for variable in missing))
            self._editor.move_cursor(self._editor.get_cursor_line_end_location())

    def _complain(self, error: Exception) -> None:
        self._said.complain(error.brief if isinstance(error, InvalidCollection) else error)


def _row(name: str, used: bool) -> Row:
    mark = Cell("● used", "good") if used else Cell("○", "muted")
    return Row(name, (mark, Cell(name or _NONE)))


def _verb(
    words: str, key: str, name: str, variant: Literal["default", "primary"] = "default"
) -> DialogVerb:
    action = f"command('environments.{name}')"
    return DialogVerb(words, key, action, f"environment-{name}", variant)
