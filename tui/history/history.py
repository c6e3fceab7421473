"""History: everything that was sent, in this run and in those before; to send it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult

from engine.history.entry import Entry
from engine.words import counted, octets
from tui.collection.catalog import COMMON, Catalog
from tui.kit.command import Command, Commanded
from tui.kit.confirm import Sure, is_confirmed
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.resend import Again
from tui.table.table import Table

from .history_list import HistoryList
from .history_rows import COLUMNS

if TYPE_CHECKING:
    from engine.session import Session

HISTORY: tuple[Command[HistoryScreen], ...] = (
    Command(
        "history.edit",
        "e,enter",
        "Edit",
        "Put the chosen message into the composer",
        lambda screen: screen.edit(),
        footer=True,
    ),
    Command(
        "history.resend",
        "r",
        "Resend",
        "Send the chosen message as it was",
        lambda screen: screen.resend(),
        footer=True,
        waits=True,
        sends=True,
    ),
    Command(
        "history.delete",
        "d,delete",
        "Delete",
        "Forget the chosen message",
        lambda screen: screen.delete_chosen(),
        footer=True,
    ),
    Command(
        "history.clear",
        "C",
        "Clear",
        "Forget everything that was sent",
        lambda screen: screen.clear(),
        footer=True,
        waits=True,
    ),
    Command(
        "history.undo",
        "u",
        "Undo",
        "Bring back what was forgotten while this screen is open",
        lambda screen: screen.undo(),
        footer=True,
    ),
    *COMMON,
)


class HistoryScreen(Page[Again | None], Commanded):
    """Dismisses with what is to be sent again, None when nothing is."""

    CSS_PATH = "../catalog.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    TABLE = HISTORY

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._history = session.history
        self._sent = HistoryList(session)
        self.catalog: Catalog = Catalog("History", COLUMNS, self._sent)
        self._removed: list[bytes] = []

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self.catalog
        yield KeyLine()

    @property
    def _entry(self) -> Entry | None:
        chosen = self.catalog.chosen
        return chosen if isinstance(chosen, Entry) else None

    # -- sending again -----------------------------------------------------------------------

    @on(Table.Opened)
    def _opened(self) -> None:
        self.edit()

    def edit(self) -> None:
        if (entry := self._entry) is None:
            self.app.bell()
            return
        whole = self._history.whole(entry)
        if entry.left_out and whole is None:
            said = f"The body was too large to keep: {octets(entry.left_out)}."
            self.notify(said)
        self.dismiss(Again(whole or entry.draft, send=False))

    async def resend(self) -> None:
        if (entry := self._entry) is None:
            self.app.bell()
        elif (whole := self._history.whole(entry)) is not None:
            self.dismiss(Again(whole, send=True))
        elif entry.left_out:
            size = octets(entry.left_out)
            self.catalog.complain(
                f"it cannot be sent again: its body of {size} was too large to keep"
            )
        elif advice := await self._sent.advice(entry):
            self.catalog.complain(advice)
        else:
            self.dismiss(Again(entry.draft, send=True))

    # -- forgetting --------------------------------------------------------------------------

    def delete_chosen(self) -> None:
        if (entry := self._entry) is not None:
            self._forget(lambda: self._history.remove(entry), "Forgotten")

    async def clear(self) -> None:
        count = len(self._sent.entries)
        what = f"natstap deletes {counted(count, 'entry', 'entries')}"
        words = f"{what}. u undoes it while the history is open."
        asked = Sure("Clear the history?", words, "Clear")
        if count > 0 and await is_confirmed(self.app, asked, "clear-history"):
            self._forget(self._history.clear, "All forgotten")

    @work(group="forget")
    async def _forget(self, remove: Callable[[], bytes], says: str) -> None:
        try:
            removed = await asyncio.to_thread(remove)
        except OSError as error:
            self.catalog.complain(f"the history cannot be written: {error.strerror or error}")
            return
        if removed:
            self._removed.append(removed)
            self.catalog.say(f"{says}: u undoes it.")
        self.catalog.look()

    def undo(self) -> None:
        self._undo()

    @work(group="forget")
    async def _undo(self) -> None:
        if not self._removed:
            self.app.bell()
            return
        try:
            await asyncio.to_thread(self._history.restore, self._removed[-1])
        except OSError as error:
            self.catalog.complain(f"the history cannot be written: {error.strerror or error}")
            return
        self._removed.pop()
        self.catalog.say("It is back.")
        self.catalog.look()
