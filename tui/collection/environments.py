"""Environments: which one templates take their variables from, and what is in each."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.collection.files import InvalidCollection
from engine.collection.variable_lines import parse_lines, write_lines
from engine.errors import InvalidInput
from engine.secrets.missing_variables import ENVIRONMENT
from tui.kit.editor import Editor, Field
from tui.kit.key_order import FIELD_KEYS, after_typing
from tui.kit.page import Dialog
from tui.safe import clean

if TYPE_CHECKING:
    from engine.session import Session

_NONE = "none"
_HOW = "host = staging.example\ntenant = acme"
_SECRETS = (
    f"Secrets belong in {ENVIRONMENT}<NAME> of the environment of natstap, never in a file. "
    "One that is written here is known until natstap ends."
)


class Environments(Dialog[None]):
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="environments.close", tooltip="Close"),
        Binding(
            "ctrl+s", "save", "Save", id="environments.save", priority=True, tooltip="Save them"
        ),
        Binding(
            "d,delete",
            "remove",
            "Delete",
            id="environments.remove",
            key_display="d",
            tooltip="Delete the environment",
        ),
        *FIELD_KEYS,
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._collection = session.collection
        self._names: tuple[str, ...] = ()
        self._edited = ""
        """The environment whose variables are in the editor."""
        self._unread: InvalidInput | None = None
        """Why its file cannot be read: it is not written over then."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="environments") as dialog:
            dialog.border_title = "Environment"
            dialog.border_subtitle = "Enter uses it   Tab edits   ^S saves   d deletes   Esc closes"
            yield OptionList(id="environment-names", compact=True, markup=False)
            with Vertical(id="environment-frame"):
                yield Editor(_HOW, "environment-variables")
            with Horizontal(id="environment-line"):
                yield Field(
                    placeholder="a new environment: its name", compact=True, id="environment-new"
                )
                yield Button("New", compact=True, id="environment-add")
            yield Static(id="environment-own", markup=False)
            yield Static(id="environment-said", markup=False)
            with Horizontal(id="environment-buttons"):
                yield Button("Use it  ⏎", variant="primary", compact=True, id="environment-use")
                yield Button("Save  ^S", compact=True, id="environment-save")

    def on_mount(self) -> None:
        self._show_own()
        self._options.focus()
        self._load(self._session.environment)

    def _show_own(self) -> None:
        """Where values come from beside the files, by name."""
        own = sorted(name for name in os.environ if name.startswith(ENVIRONMENT))
        words = f"Set for natstap: {', '.join(own)}. " if own else ""
        if kept := self._collection.secrets:
            words += f"Known until natstap ends: {', '.join(kept)}. "
        self.query_one("#environment-own", Static).update(Content(clean(words + _SECRETS)))

    # -- the environments --------------------------------------------------------------------

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    @property
    def _editor(self) -> Editor:
        return self.query_one(Editor)

    @work(group="load", exclusive=True)
    async def _load(self, show: str) -> None:
        await self._list(show)

    async def _list(self, show: str) -> None:
        """List them, and bring one to the front."""
        self._names = ("", *await asyncio.to_thread(self._collection.environments))
        used = self._session.environment
        options = self._options
        with options.prevent(OptionList.OptionHighlighted):
            options.set_options(Option(_row(one, one == used)) for one in self._names)
            options.highlighted = self._names.index(show) if show in self._names else 0
        await self._edit(show if show in self._names else "")

    async def _edit(self, name: str) -> None:
        """Bring the variables of an environment into the editor."""
        self._edited = name
        frame = self.query_one("#environment-frame")
        frame.display = bool(name)
        frame.border_title = Content(clean(f"Variables of {name}: name = value"))
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
            self._say("")

    @on(OptionList.OptionHighlighted)
    @work(group="edit", exclusive=True)
    async def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._names):
            await self._edit(self._names[event.option_index])

    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#environment-use")
    @work(group="use", exclusive=True)
    async def _use(self) -> None:
        place = self._options.highlighted
        if place is not None:
            await self._take(self._names[place])
            self.dismiss(None)

    async def _take(self, name: str) -> None:
        """Use it now, and from the start next time."""
        self._session.environment = name
        try:
            await asyncio.to_thread(self._session.remember_environment)
        except OSError as error:
            words = f"It is not remembered which environment is used: {error.strerror or error}"
            self.notify(clean(words), severity="warning")

    # -- writing -----------------------------------------------------------------------------

    @on(Button.Pressed, "#environment-save")
    @after_typing
    @work(group="save", exclusive=True)
    async def action_save(self) -> None:
        name = self._edited
        if not name:
            self._say("! choose an environment, or write the name of a new one", "$text-error")
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
        words = f"✓ {name} is saved: u in the collection takes it back."
        if secret:
            self._show_own()
            await self._edit(name)
            words = f"✓ {name} is saved without {', '.join(secret)}: no file holds a secret."
        self._say(words, "$text-success")

    @work(group="save", exclusive=True)
    async def action_remove(self) -> None:
        name = self._edited
        if not name:
            self.app.bell()
            return
        try:
            await asyncio.to_thread(self._collection.delete_variables, name)
        except InvalidInput as error:
            self._complain(error)
            return
        if self._session.environment == name:
            await self._take("")
        await self._list("")
        self._say(f"{name} is deleted: u in the collection takes it back.")

    @on(Input.Submitted, "#environment-new")
    @on(Button.Pressed, "#environment-add")
    @work(group="save", exclusive=True)
    async def _add(self) -> None:
        field = self.query_one("#environment-new", Input)
        name = field.value.strip()
        try:
            if not name:
                raise InvalidInput("a name is needed, such as staging")
            if name not in self._names:
                await asyncio.to_thread(self._collection.save_variables, name, {})
        except InvalidInput as error:
            self._complain(error)
            return
        field.value = ""
        await self._list(name)
        if not self._editor.text:
            await self._offer(name)
        self._editor.focus()

    async def _offer(self, name: str) -> None:
        """Begin with the names that saved requests ask for."""
        missing = await asyncio.to_thread(self._collection.missing_variables, name)
        if missing:
            self._editor.load_text("\n".join(f"{one} = " for one in missing))
            self._editor.move_cursor(self._editor.get_cursor_line_end_location())

    def _complain(self, error: Exception) -> None:
        words = error.brief if isinstance(error, InvalidCollection) else error
        self._say(f"! {words}", "$text-error")

    def _say(self, words: str, ink: str = "") -> None:
        said = self.query_one("#environment-said", Static)
        said.display = bool(words)
        said.update(Content.styled(clean(words), ink))


def _row(name: str, used: bool) -> Content:
    mark = ("● used  ", "$text-success") if used else ("○       ", "$foreground 60%")
    return Content.assemble(mark, (clean(name or _NONE), "$foreground"))
