"""The form for a new stream: its name, its subjects, and how much it keeps at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Grid
from textual.widgets import Input, Label, Select

from engine.durations import parse_age
from engine.errors import InvalidInput, NatstapError
from engine.streams.new_stream import InvalidStream, NewStream
from engine.streams.sizes import parse_size
from engine.streams.undo import changes_of
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.key_order import FIELD_KEYS
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.kit.typed import parse_whole
from tui.safe import shorten

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

Choices = tuple[tuple[str, str], ...]
_STORAGE = (("Memory: gone with the server", "memory"), ("File: kept", "file"))
_DISCARD = (("The oldest make room", "old"), ("New ones are refused", "new"))
_LABELS = {
    "name": "Name",
    "subjects": "Subjects",
    "storage": "Stored in",
    "max_messages": "Messages",
    "max_age": "Age",
    "max_bytes": "Size",
    "discard": "When full",
}
"""What a field of `NewStream` is called here."""


NEW_STREAM: tuple[Command[NewStreamForm], ...] = (
    Command("stream.cancel", "escape", "Cancel", "Create nothing", lambda form: form.dismiss(None)),
    Command(
        "stream.create",
        "ctrl+j",
        "Create",
        "Create it",
        lambda form: form.create(),
        anywhere=True,
        after_typing=True,
    ),
)


class NewStreamForm(Dialog[str | None], Commanded):
    """Dismisses with what was made, in a sentence; None when nothing was."""

    TABLE = NEW_STREAM
    KEYS = FIELD_KEYS

    def __init__(self, broker: Broker) -> None:
        super().__init__()
        self._broker = broker
        self._fields: dict[str, Field | Select[str]] = {
            "name": _field("name", "ORDERS"),
            "subjects": _field("subjects", "orders.>  returns.*"),
            "storage": _select("storage", _STORAGE, "memory"),
            "max_messages": _field("max_messages", "any number", "10,000"),
            "max_age": _field("max_age", "any: 90s, 1h, 7d", "1h"),
            "max_bytes": _field("max_bytes", "any: 64 KB, 10 MB"),
            "discard": _select("discard", _DISCARD, "old"),
        }
        self._trouble = Sentence("stream-trouble", keeps_room=True)

    def compose(self) -> ComposeResult:
        rows = ((Label(_LABELS[name]), field) for name, field in self._fields.items())
        grid = Grid(*(cell for row in rows for cell in row), id="stream-fields")
        yield DialogBox(
            "New stream",
            grid,
            self._trouble,
            verbs=(
                DialogVerb("Create", "^J", "command('stream.create')", "stream-create", "primary"),
                DialogVerb("Cancel", "Esc", "command('stream.cancel')", "stream-cancel"),
            ),
            id="new-stream",
        )

    @on(Input.Changed)
    def _edited(self) -> None:
        self._trouble.complain("")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.create()

    def create(self) -> None:
        """Make it, or say in one sentence what is wrong, at the field that it is about."""
        try:
            wanted = self._wanted()
            wanted.check()
        except InvalidStream as error:
            self._refuse(error.field, error.why)
        else:
            self._create(wanted)

    @work(group="create", exclusive=True)
    async def _create(self, wanted: NewStream) -> None:
        try:
            await changes_of(self._broker).create(self._broker, wanted)
        except InvalidStream as error:
            self._refuse(error.field, error.why)
        except NatstapError as error:
            self._trouble.complain(error)
        else:
            name = shorten(wanted.name, 60)
            self.dismiss(f"Stream {name} is created. u takes it away again.")

    def _wanted(self) -> NewStream:
        """What is written; raises `InvalidStream` that names the field."""
        return NewStream(
            name=self._text("name"),
            subjects=tuple(self._text("subjects").replace(",", " ").split()),
            storage=self._text("storage"),
            max_messages=int(self._read("max_messages", _count)),
            max_age=self._read("max_age", parse_age),
            max_bytes=int(self._read("max_bytes", parse_size)),
            discard=self._text("discard"),
        )

    def _text(self, field: str) -> str:
        return str(self._fields[field].value).strip()

    def _read(self, field: str, parse: Callable[[str], float]) -> float:
        """0 for an empty field, which means no limit."""
        written = self._text(field)
        try:
            return parse(written) if written else 0
        except InvalidInput as error:
            raise InvalidStream(field, str(error)) from None

    def _refuse(self, field: str, why: str) -> None:
        self._trouble.complain(f"{_LABELS[field]}: {why}")
        self._fields[field].focus()


def _count(written: str) -> int:
    return parse_whole(written, "limit") or 0


def _field(name: str, example: str, value: str = "") -> Field:
    return Field(value, placeholder=example, compact=True, id=f"stream-{name}")


def _select(name: str, choices: Choices, value: str) -> Select[str]:
    return Select(choices, value=value, allow_blank=False, compact=True, id=f"stream-{name}")
