"""The form for a new stream: its name, its subjects, and how much it keeps at most."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Button, Input, Label, Select, Static

from engine.durations import parse_age
from engine.errors import InvalidInput, NatstapError
from engine.streams.new_stream import InvalidStream, NewStream
from engine.streams.sizes import parse_size
from engine.streams.undo import changes_of
from tui.kit.editor import Field
from tui.kit.key_order import FIELD_KEYS, after_typing
from tui.kit.page import Dialog
from tui.kit.typed import parse_whole
from tui.safe import clean, shorten

if TYPE_CHECKING:
    from engine.rpc.broker import NatsBroker

_STORAGE = (("Memory: gone with the server", "memory"), ("File: kept", "file"))
_DISCARD = (("The oldest make room", "old"), ("New ones are refused", "new"))
_LABELS = {
    "name": "Name",
    "subjects": "Subjects",
    "max_messages": "Messages",
    "max_age": "Age",
    "max_bytes": "Size",
}
"""What a field of `NewStream` is called here."""


class NewStreamForm(Dialog[str | None]):
    """Dismisses with what was made, in a sentence; None when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="stream.cancel", tooltip="Create nothing"),
        Binding(
            "ctrl+j", "create", "Create", id="stream.create", priority=True, tooltip="Create it"
        ),
        *FIELD_KEYS,
    ]

    def __init__(self, broker: NatsBroker) -> None:
        super().__init__()
        self._broker = broker

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="new-stream") as dialog:
            dialog.border_title = "New stream"
            dialog.border_subtitle = "Enter creates, Esc cancels"
            with Grid(id="stream-fields"):
                yield Label("Name")
                yield Field(placeholder="ORDERS", compact=True, id="stream-name")
                yield Label("Subjects")
                yield Field(placeholder="orders.>  returns.*", compact=True, id="stream-subjects")
                yield Label("Stored in")
                yield Select(
                    _STORAGE, value="memory", allow_blank=False, compact=True, id="stream-storage"
                )
                yield Label("Messages")
                yield Field(
                    "10,000", placeholder="any number", compact=True, id="stream-max_messages"
                )
                yield Label("Age")
                yield Field("1h", placeholder="any: 90s, 1h, 7d", compact=True, id="stream-max_age")
                yield Label("Size")
                yield Field(placeholder="any: 64 KB, 10 MB", compact=True, id="stream-max_bytes")
                yield Label("When full")
                yield Select(
                    _DISCARD, value="old", allow_blank=False, compact=True, id="stream-discard"
                )
            yield Static(id="stream-trouble", markup=False)
            with Horizontal(id="stream-line"):
                yield Button("Cancel", compact=True, id="stream-cancel")
                yield Button("Create ^J", variant="primary", compact=True, id="stream-create")

    @on(Input.Changed)
    def _edited(self) -> None:
        self._complain("")

    @on(Button.Pressed, "#stream-cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#stream-create")
    @after_typing
    def action_create(self) -> None:
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
        with suppress(NoMatches):  # cancelled: the fields go before the dialog does
            try:
                await changes_of(self._broker).create(self._broker, wanted)
            except InvalidStream as error:
                self._refuse(error.field, error.why)
            except NatstapError as error:
                self._complain(str(error))
            else:
                name = shorten(wanted.name, 60)
                self.dismiss(f"Stream {name} is created. u takes it away again.")

    def _wanted(self) -> NewStream:
        """What is written; raises `InvalidStream` that names the field."""
        return NewStream(
            name=self._text("name"),
            subjects=tuple(self._text("subjects").replace(",", " ").split()),
            storage=str(self.query_one("#stream-storage", Select).value),
            max_messages=int(self._read("max_messages", _count)),
            max_age=self._read("max_age", parse_age),
            max_bytes=int(self._read("max_bytes", parse_size)),
            discard=str(self.query_one("#stream-discard", Select).value),
        )

    def _text(self, field: str) -> str:
        return self.query_one(f"#stream-{field}", Input).value.strip()

    def _read(self, field: str, parse: Callable[[str], float]) -> float:
        """0 for an empty field, which means no limit."""
        written = self._text(field)
        try:
            return parse(written) if written else 0
        except InvalidInput as error:
            raise InvalidStream(field, str(error)) from None

    def _refuse(self, field: str, why: str) -> None:
        self._complain(f"{_LABELS[field]}: {why}" if field in _LABELS else why)
        self.query_one(f"#stream-{field}").focus()

    def _complain(self, words: str) -> None:
        trouble = self.query_one("#stream-trouble", Static)
        trouble.update(Content(f"! {clean(words)}") if words else "")


def _count(written: str) -> int:
    return parse_whole(written, "limit") or 0
