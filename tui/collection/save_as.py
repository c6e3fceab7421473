"""Save as: a name in the collection for what is composed, or for what is there already."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.responders.reply import ReplyDraft
from engine.secrets.missing_variables import environment_name, wanted_variables
from engine.secrets.secrets import without_secrets
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import KnownField
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import clean

if TYPE_CHECKING:
    from engine.session import Session

_PATTERN = frozenset("*>{}")
"""What is in a token that stands for others."""
_MEANING = "a/b is the file b.toml in the folder a"


class Naming(Protocol):
    """What a name is asked for."""

    title: str
    verb: str
    suggested: str
    """A name to begin with; "" for none."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the file will hold otherwise than what is composed."""

    def warning(self, name: str) -> str:
        """In a thread; why the user should think again, "" for nothing."""

    def store(self, name: str) -> None:
        """In a thread; raises `InvalidInput`."""


class Saving:
    verb = "Save"

    def __init__(self, collection: Collection, thing: Draft | ReplyDraft) -> None:
        self._collection = collection
        self._thing = thing
        what = "what is composed" if isinstance(thing, Draft) else "the responder"
        self.title = f"Save {what} in the collection"
        self.suggested = self._name_after(thing.subject)

    def _name_after(self, subject: str) -> str:
        """The subject's tokens as folders; "" where no file may be called so."""
        tokens = [token for token in subject.split(".") if not _PATTERN.intersection(token)]
        try:
            self._collection.path_of(name := "/".join(tokens))
        except InvalidInput:
            return ""
        return name

    @property
    def notes(self) -> tuple[str, ...]:
        if not isinstance(self._thing, Draft):
            return ()
        cleaned = without_secrets(self._thing, self._collection.known)
        if not cleaned.notes:
            return ()
        names = map(environment_name, wanted_variables(cleaned.draft))
        later = f"To send it later, set {' and '.join(names)} in the environment of natstap."
        return (*(f"● {note}" for note in cleaned.notes), later)

    def warning(self, name: str) -> str:
        if not self._collection.holds(name):
            return ""
        return f"{name} is there already: Enter again replaces it (u in the collection undoes)"

    def store(self, name: str) -> None:
        self._collection.save(name, self._thing)


class Renaming:
    """Another name, and so perhaps another folder, for something that was saved."""

    title = "Rename or move"
    verb = "Move"
    notes: tuple[str, ...] = ()

    def __init__(self, collection: Collection, before: str) -> None:
        self._collection = collection
        self._before = self.suggested = before

    def warning(self, name: str) -> str:
        return ""

    def store(self, name: str) -> None:
        if name != self._before:
            self._collection.rename(self._before, name)


SAVE: tuple[Command[SaveAs], ...] = (
    Command("save.cancel", "escape", "Cancel", "Save nothing", lambda dialog: dialog.dismiss(None)),
    Command(
        "save.save",
        "ctrl+s",
        "Save",
        "Save it",
        lambda dialog: dialog.save(),
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
)


class SaveAs(Dialog[str | None], Commanded):
    """Dismisses with the name under which it was saved, None when it was not."""

    CSS_PATH = "../catalog.tcss"
    TABLE = SAVE
    KEYS = FIELD_KEYS

    def __init__(
        self, session: Session, thing: Draft | ReplyDraft, name: str = "", rename: bool = False
    ) -> None:
        """`rename` for something that is saved as `name` already."""
        super().__init__()
        self._collection = session.collection
        self._naming: Naming = (
            Renaming(self._collection, name) if rename else Saving(self._collection, thing)
        )
        self._known: tuple[str, ...] = ()
        self._warned = ""
        """The name that the user was warned about."""
        self._field = KnownField(lambda: self._known, "orders/create", "save-name")
        self._field.value = name or self._naming.suggested
        self._suggests = not name
        self._path = Static(id="save-path", markup=False)
        notes = self._naming.notes
        self._notes = Static(Content("\n".join(map(clean, notes))), id="save-notes", markup=False)
        self._notes.display = bool(notes)
        self._trouble = Sentence("save-trouble")

    def compose(self) -> ComposeResult:
        box = DialogBox(
            self._naming.title,
            self._field,
            self._path,
            self._notes,
            self._trouble,
            verbs=(
                DialogVerb(self._naming.verb, "^S", "command('save.save')", "save-do", "primary"),
                DialogVerb("Cancel", "Esc", "command('save.cancel')", "save-cancel"),
            ),
            id="save-as",
        )
        box.border_subtitle = "Enter saves, → completes"
        yield box

    def on_mount(self) -> None:
        self._field.cursor_position = len(self._field.value)
        if self._suggests:
            self._field.action_select_all()
        self._show_path()
        self._learn()

    @work(group="learn")
    async def _learn(self) -> None:
        """Complete from the folders, then from the names that are there."""
        loaded = await asyncio.to_thread(self._collection.load)
        names = [saved.name for saved in loaded.saved]
        folders = {f"{name.rpartition('/')[0]}/" for name in names if "/" in name}
        self._known = (*sorted(folders), *names)

    @on(Input.Changed)
    def _show_path(self) -> None:
        name = self._field.value.strip()
        self._warned = ""
        self._trouble.complain("")
        try:
            words = str(self._collection.path_of(name)) if name else _MEANING
        except InvalidInput:
            words = _MEANING
        self._path.update(Content(clean(words)))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_command("save.save")

    async def save(self) -> None:
        name = self._field.value.strip()
        if not name:
            self._trouble.complain("a name is needed, such as orders/create")
            return
        try:
            warning = await asyncio.to_thread(self._naming.warning, name)
            if warning and name != self._warned:
                self._warned = name
                self._trouble.complain(warning)
                return
            await asyncio.to_thread(self._naming.store, name)
        except InvalidInput as error:
            self._trouble.complain(error.brief if isinstance(error, InvalidCollection) else error)
        else:
            self.dismiss(name)
