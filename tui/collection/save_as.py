"""Save as: a name in the collection for what is composed, or for what is there already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from engine.collection.files import InvalidCollection
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.responders.reply import ReplyDraft
from engine.secrets.missing_variables import environment_name, wanted_variables
from engine.secrets.secrets import without_secrets
from tui.kit.editor import KnownField
from tui.kit.key_order import FIELD_KEYS, after_typing
from tui.kit.page import Dialog
from tui.safe import clean

if TYPE_CHECKING:
    from engine.session import Session

_MEANING = "a/b is the file b.toml in the folder a"


class SaveAs(Dialog[str | None]):
    """Dismisses with the name under which it was saved, None when it was not."""

    CSS_PATH = "../catalog.tcss"
    DOES = "Save"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="save.cancel", tooltip="Save nothing"),
        Binding("ctrl+s", "save", "Save", id="save.save", priority=True, tooltip="Save it"),
        *FIELD_KEYS,
    ]

    def __init__(self, session: Session, thing: Draft | ReplyDraft, name: str = "") -> None:
        super().__init__()
        self._collection = session.collection
        self._thing = thing
        self._before = name
        self._known: tuple[str, ...] = ()
        self._replaces = ""
        """The name that the user was warned about."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="save-as") as dialog:
            dialog.border_title = self.title_words
            dialog.border_subtitle = "Enter saves, → completes, Esc cancels"
            yield KnownField(lambda: self._known, "orders/create", "save-name")
            yield Static(id="save-path", markup=False)
            yield Static(id="save-notes", markup=False)
            with Horizontal(id="save-line"):
                yield Static(id="save-trouble", markup=False)
                yield Button(self.DOES, variant="primary", compact=True, id="save-do")

    def on_mount(self) -> None:
        notes = self.notes()
        self.query_one("#save-notes", Static).update(Content("\n".join(map(clean, notes))))
        self.query_one("#save-notes").display = bool(notes)
        self._field.value = self._before
        self._field.cursor_position = len(self._before)
        self._show_path()
        self._learn()

    # -- what renaming does otherwise --------------------------------------------------------

    @property
    def title_words(self) -> str:
        what = "what is composed" if isinstance(self._thing, Draft) else "the responder"
        return f"Save {what} in the collection"

    def notes(self) -> tuple[str, ...]:
        """What the file will hold otherwise than what is composed."""
        if not isinstance(self._thing, Draft):
            return ()
        cleaned = without_secrets(self._thing, self._collection.known)
        if not cleaned.notes:
            return ()
        names = map(environment_name, wanted_variables(cleaned.draft))
        later = f"To send it later, set {' and '.join(names)} in the environment of natstap."
        return (*(f"● {note}" for note in cleaned.notes), later)

    def store(self, name: str) -> None:
        """In a thread; raises `InvalidInput`."""
        self._collection.save(name, self._thing)

    def warning(self, name: str) -> str:
        """In a thread; why the user should think again, "" for nothing."""
        if name == self._replaces or not self._collection.holds(name):
            return ""
        return f"{name} is there already: Enter again replaces it (u in the collection undoes)"

    # -- inside ------------------------------------------------------------------------------

    @property
    def _field(self) -> Input:
        return self.query_one("#save-name", Input)

    @work(group="learn")
    async def _learn(self) -> None:
        """Complete from the folders, then from the names that are there."""
        loaded = await asyncio.to_thread(self._collection.load)
        names = [one.name for one in loaded.saved]
        folders = {f"{name.rpartition('/')[0]}/" for name in names if "/" in name}
        self._known = (*sorted(folders), *names)

    @on(Input.Changed)
    def _show_path(self) -> None:
        name = self._field.value.strip()
        self._replaces = ""
        self._say("")
        try:
            words = str(self._collection.path_of(name)) if name else _MEANING
        except InvalidInput:
            words = _MEANING
        self.query_one("#save-path", Static).update(Content(clean(words)))

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _submitted(self) -> None:
        self.action_save()

    @after_typing
    @work(group="save", exclusive=True)
    async def action_save(self) -> None:
        name = self._field.value.strip()
        if not name:
            self._say("a name is needed, such as orders/create")
            return
        try:
            if warning := await asyncio.to_thread(self.warning, name):
                self._replaces = name
                self._say(warning)
                return
            await asyncio.to_thread(self.store, name)
        except InvalidInput as error:
            self._say(error.brief if isinstance(error, InvalidCollection) else str(error))
        else:
            self.dismiss(name)

    def _say(self, words: str) -> None:
        said = Content(f"! {clean(words)}" if words else "")
        self.query_one("#save-trouble", Static).update(said)


class MoveTo(SaveAs):
    """Another name, and so perhaps another folder, for something that was saved."""

    DOES = "Move"

    @property
    def title_words(self) -> str:
        return "Rename or move"

    def notes(self) -> tuple[str, ...]:
        return ()

    def store(self, name: str) -> None:
        if name != self._before:
            self._collection.rename(self._before, name)

    def warning(self, name: str) -> str:
        return ""
