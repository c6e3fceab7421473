"""History: everything that was sent, in this run and in those before; to send it again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType

from engine.errors import NatstapError
from engine.history.entry import Entry
from engine.history.history import MAX_ENTRIES
from engine.secrets.missing_variables import advise, missing_variables
from engine.words import counted, octets
from tui.collection.catalog import COMMON, CatalogScreen, short_path
from tui.collection.draft_view import DraftView
from tui.kit.confirm import Sure
from tui.kit.facts import Fact
from tui.kit.resend import Again
from tui.kit.table import Row, Table

from .history_rows import COLUMNS, day, history_row, moment, outcome

if TYPE_CHECKING:
    from engine.session import Session


def _key(keys: str, action: str, says: str, tooltip: str, display: str = "") -> Binding:
    return Binding(
        keys, action, says, id=f"history.{action}", tooltip=tooltip, key_display=display or None
    )


class HistoryScreen(CatalogScreen):
    """Dismisses with what is to be sent again, None when nothing is."""

    NAME = "History"
    COLUMNS = COLUMNS
    EMPTY = (
        "Nothing was sent yet.",
        "",
        "What you send is kept here, across runs, without its secrets.",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter,e", "edit", "Edit", "Put the chosen message into the composer", "e"),
        _key("r", "resend", "Resend", "Send the chosen message as it was"),
        _key("d,delete", "delete", "Delete", "Forget the chosen message", "d"),
        _key("C", "clear", "Clear", "Forget everything that was sent", "C"),
        _key("u", "undo", "Undo", "Take back what was forgotten while this screen is open"),
        *COMMON,
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._history = session.history
        self._entries: tuple[Entry, ...] = ()
        self._removed: list[bytes] = []

    # -- looking -----------------------------------------------------------------------------

    async def read(self, words: str) -> None:
        try:
            entries, rows = await asyncio.to_thread(self._read, words)
        except OSError as error:
            self.complain(f"the history cannot be read: {error.strerror or error}")
            return
        self._entries = entries
        self.show(rows)
        self.total(*self._figures(len(rows)))

    def _read(self, words: str) -> tuple[tuple[Entry, ...], list[Row]]:
        """In a thread: thousands of bodies are searched."""
        entries = self._history.entries()
        today = day(time.time())
        found = self._history.search(words, MAX_ENTRIES) if words.strip() else entries
        return entries, [history_row(one, today) for one in found]

    async def changed(self) -> bool:
        """Another natstap may have sent something."""
        try:
            return await asyncio.to_thread(self._history.entries) is not self._entries
        except OSError:
            return True  # reading says why

    def _figures(self, shown: int) -> Iterator[str]:
        count = len(self._entries)
        yield f"{shown:,} of {count:,} sent" if shown != count else f"{count:,} sent"
        if self._history.skipped:
            yield f"{counted(self._history.skipped, 'line')} of the file cannot be read"
        yield short_path(self._history.path, max(20, self.size.width - 40))

    @property
    def _entry(self) -> Entry | None:
        chosen = self.rows.cursor
        return chosen if isinstance(chosen, Entry) else None

    async def draw(self) -> None:
        if (entry := self._entry) is not None:
            advice = await self._advice(entry)
            sign = outcome(entry)
            facts: list[Fact] = [
                ("Sent", f"{moment(entry.at, '')}   {sign.glyph} {sign.word}"),
                *([("Missing", advice)] if advice else []),
                *([("Template", entry.draft.subject)] if entry.sent else []),
            ]
            self.query_one(DraftView).show(entry.shown, facts, entry.left_out)

    async def _advice(self, entry: Entry) -> str:
        """What must be set before it can be sent; "" for nothing."""
        if not entry.draft.templates or self._history.whole(entry) is not None:
            return ""
        try:
            given = await asyncio.to_thread(self._session.variables)
        except NatstapError as error:
            return str(error)
        return advise(missing_variables(entry.draft, given))

    # -- sending again -----------------------------------------------------------------------

    @on(Table.Opened)
    def action_edit(self) -> None:
        if (entry := self._entry) is None:
            self.app.bell()
            return
        whole = self._history.whole(entry)
        if entry.left_out and whole is None:
            said = f"The body was too large to keep: {octets(entry.left_out)}."
            self.notify(said)
        self.dismiss(Again(whole or entry.draft, send=False))

    @work(group="resend", exclusive=True)
    async def action_resend(self) -> None:
        if (entry := self._entry) is None:
            self.app.bell()
        elif (whole := self._history.whole(entry)) is not None:
            self.dismiss(Again(whole, send=True))
        elif entry.left_out:
            size = octets(entry.left_out)
            self.complain(f"it cannot be sent again: its body of {size} was too large to keep")
        elif advice := await self._advice(entry):
            self.complain(advice)
        else:
            self.dismiss(Again(entry.draft, send=True))

    # -- forgetting --------------------------------------------------------------------------

    def action_delete(self) -> None:
        if (entry := self._entry) is not None:
            self._forget(lambda: self._history.remove(entry), "Forgotten")

    @work(group="clear", exclusive=True)
    async def action_clear(self) -> None:
        count = len(self._entries)
        what = f"{counted(count, 'entry', 'entries')} {'goes' if count == 1 else 'go'}"
        words = f"{what}. u takes it back while the history is open."
        asked = Sure("Clear the history?", words, "Clear")
        if count > 0 and await self.app.push_screen_wait(asked) is True:
            self._forget(self._history.clear, "All forgotten")

    @work(group="forget")
    async def _forget(self, remove: Callable[[], bytes], says: str) -> None:
        try:
            removed = await asyncio.to_thread(remove)
        except OSError as error:
            self.complain(f"the history cannot be written: {error.strerror or error}")
            return
        if removed:
            self._removed.append(removed)
            self.say(f"{says}: u takes it back.")
        self.look()

    @work(group="forget")
    async def action_undo(self) -> None:
        if not self._removed:
            self.app.bell()
            return
        try:
            await asyncio.to_thread(self._history.restore, self._removed[-1])
        except OSError as error:
            self.complain(f"the history cannot be written: {error.strerror or error}")
            return
        self._removed.pop()
        self.say("It is back.")
        self.look()
