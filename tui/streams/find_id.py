"""Every stream searched: for a request, its answer, and where each is stored.

By a correlation id or any other text, a header, or a field of a JSON body.

It tells how far it came, and can be left at any time. Nothing is recorded or acknowledged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Input

from engine.errors import InvalidInput, NatstapError
from engine.streams.find import MAX_FOUND, Everywhere, Hit, find_everywhere
from engine.streams.listing import list_streams
from engine.streams.search_terms import EXAMPLES, parse_wanted
from engine.words import counted
from tui.body.view import reader_of
from tui.kit.command import Command, Commanded
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import shorten
from tui.table.table import Cell, Column, Row, Table

from .stored_words import PART_PROVES_NOTHING
from .stream_rows import MESSAGES, message_row

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

_COLUMNS = (Column("stream", 12), *MESSAGES)


FIND: tuple[Command[FindId], ...] = (
    Command(
        "find.cancel", "escape", "Close", "Back to the streams", lambda dialog: dialog.dismiss(None)
    ),
    Command("find.go", "enter", "Go to it", "Go to the chosen message", lambda dialog: dialog.go()),
    Command(
        "find.ask", "slash,c,C", "Find again", "Find something else", lambda dialog: dialog.ask()
    ),
)


class FindId(Dialog[Hit | None], Commanded):
    """Dismisses with the message to go to, None when none is wanted."""

    TABLE = FIND

    def __init__(self, broker: Broker, wanted: str) -> None:
        super().__init__()
        self._broker = broker
        self._found: tuple[Hit, ...] = ()

        self._field = Field(wanted, placeholder=EXAMPLES, compact=True, id="find-wanted")
        self._said = Sentence("find-said", keeps_room=True)
        self._list = Table(_COLUMNS, "find-list")

    @property
    def has_found(self) -> bool:
        return bool(self._found)

    def compose(self) -> ComposeResult:
        yield DialogBox(
            "Find in every stream",
            self._field,
            self._said,
            self._list,
            verbs=(
                DialogVerb("Go to it", "⏎", "command('find.go')", "find-go", "primary"),
                DialogVerb("Find again", "/", "command('find.ask')", "find-again"),
                DialogVerb("Close", "Esc", "command('find.cancel')", "find-close"),
            ),
            id="find-id",
        ).add_class("-full")

    def on_mount(self) -> None:
        self._field.focus()
        self._said.say("Enter searches every stream, from the newest message back.")

    # -- keys and mouse ----------------------------------------------------------------------

    def ask(self) -> None:
        self._field.focus()

    @on(Table.Opened)
    def _opened(self) -> None:
        self.go()

    def go(self) -> None:
        if isinstance(self._list.cursor, int):
            self.dismiss(self._found[self._list.cursor])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            parse_wanted(event.value)
        except InvalidInput as error:
            self._said.complain(error)
            return
        self._list.focus()
        self._search(event.value)

    # -- searching ---------------------------------------------------------------------------

    @work(group="find", exclusive=True)
    async def _search(self, wanted: str) -> None:
        search = Everywhere(wanted.strip())
        self._show(search)
        try:
            streams = (await list_streams(self._broker)).streams
            async for search in find_everywhere(
                self._broker, streams, wanted, reader_of(self).settings
            ):
                self._show(search)
        except NatstapError as error:
            self._show(replace(search, failed=True))
            self._said.complain(error)

    def _show(self, search: Everywhere) -> None:
        """Each row is known by its place from the oldest on: what comes later may be older."""
        kept = self._found[self._list.cursor] if isinstance(self._list.cursor, int) else None
        self._found = search.hits
        self._list.hint = _hint(search)
        self._list.show([_row(at, hit) for at, hit in enumerate(search.hits)])
        if kept in self._found:
            self._list.choose(self._found.index(kept))
        elif self._found:
            self._list.choose(len(self._found) - 1)
        self._said.say(_words(search))


def _row(at: int, hit: Hit) -> Row:
    return Row(at, (Cell(hit.stream), *message_row(hit.stored).cells))


def _hint(search: Everywhere) -> tuple[str, ...]:
    if not (search.done or search.failed):
        return ("Searching…",)
    return () if search.whole else (PART_PROVES_NOTHING,)


def _words(search: Everywhere) -> str:
    whole = search.done and not search.full
    of = f"all {search.searched:,}" if whole else f"{search.searched:,} of {search.total:,}"
    words = f"{counted(len(search.hits), 'message')} found, {of} searched"
    words += (
        f", {counted(search.streams, 'stream')} to the end" if search.streams and not whole else ""
    )
    words += f"; the search stops at {MAX_FOUND}" if search.full else ""
    if search.closed:
        words += f"; could not be read: {shorten(', '.join(search.closed), 60)}"
    return words + ("." if search.done else "…")
