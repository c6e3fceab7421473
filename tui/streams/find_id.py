"""Every stream searched: for a request, its answer, and where each is stored.

By a correlation id or any other text, a header, or a field of a JSON body.

It tells how far it came, and can be left at any time. Nothing is recorded or acknowledged.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Button, Input, Static

from engine.errors import InvalidInput, NatstapError
from engine.streams.find import Everywhere, Hit, find_everywhere
from engine.streams.listing import Streams
from engine.streams.search_terms import EXAMPLES, parse_wanted
from engine.words import counted
from tui.kit.editor import Field
from tui.kit.page import Dialog
from tui.kit.table import Cell, Column, Row, Table
from tui.safe import clean, shorten

from .stored_words import PART_PROVES_NOTHING
from .stream_rows import MESSAGES, message_row

if TYPE_CHECKING:
    from engine.rpc.broker import NatsBroker

_COLUMNS = (Column("stream", 12), *MESSAGES)


class FindId(Dialog[Hit | None]):
    """Dismisses with the message to go to, None when none is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", id="find.cancel", tooltip="Back to the streams"),
        Binding("enter", "go", "Go to it", id="find.go", tooltip="Go to the chosen message"),
        Binding("slash,c,C", "ask", "Find again", id="find.ask", tooltip="Find something else"),
    ]

    def __init__(self, broker: NatsBroker, streams: Streams, wanted: str) -> None:
        super().__init__()
        self._broker = broker
        self._streams = streams
        self._wanted = wanted
        self._found: tuple[Hit, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -full", id="find-id") as dialog:
            dialog.border_title = "Find in every stream"
            dialog.border_subtitle = "/ find something else, Enter goes to the message, Esc closes"
            yield Field(self._wanted, placeholder=EXAMPLES, compact=True, id="find-wanted")
            yield Static(id="find-said", markup=False)
            yield Table(_COLUMNS, "find-list")
            with Horizontal(id="find-line"):
                yield Button("Close  Esc", compact=True, id="find-close")
                yield Button("Go to it  ⏎", variant="primary", compact=True, id="find-go")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say("Enter searches every stream, from the newest message back.")

    # -- keys and mouse ----------------------------------------------------------------------

    def action_ask(self) -> None:
        self.query_one(Input).focus()

    @on(Button.Pressed, "#find-close")
    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(Table.Opened)
    @on(Button.Pressed, "#find-go")
    def action_go(self) -> None:
        chosen = self.query_one(Table).cursor
        if isinstance(chosen, int):
            self.dismiss(self._found[chosen])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            parse_wanted(event.value)
        except InvalidInput as error:
            self._say(f"! {error}", "$text-error")
            return
        self.query_one(Table).focus()
        self._search(event.value)

    # -- searching ---------------------------------------------------------------------------

    @work(group="find", exclusive=True)
    async def _search(self, wanted: str) -> None:
        with suppress(NoMatches):  # closed: the list goes before the dialog does
            search = Everywhere(wanted.strip())
            self._show(search)
            try:
                async for search in find_everywhere(self._broker, self._streams.streams, wanted):
                    self._show(search)
            except NatstapError as error:
                self._show(replace(search, failed=True))
                self._say(f"! {error}", "$text-error")

    def _show(self, search: Everywhere) -> None:
        """Each row is known by its place from the oldest on: what comes later may be older."""
        listing = self.query_one(Table)
        kept = self._found[listing.cursor] if isinstance(listing.cursor, int) else None
        self._found = search.hits
        listing.hint = _hint(search)
        listing.show([_row(at, one) for at, one in enumerate(search.hits)])
        if kept in self._found:
            listing.choose(self._found.index(kept))
        elif self._found:
            listing.choose(len(self._found) - 1)
        self._say(_words(search))

    def _say(self, words: str, ink: str = "") -> None:
        self.query_one("#find-said", Static).update(Content.styled(clean(words), ink))


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
    words += f", {counted(search.streams, 'stream')} to the end" if not whole else ""
    words += "; no more than that are looked for" if search.full else ""
    if search.closed:
        words += f"; could not be read: {shorten(', '.join(search.closed), 60)}"
    return words + ("." if search.done else "…")
