"""What the history's list shows: everything that was sent, the newest first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from engine.errors import InvalidInput
from engine.history.entry import Entry
from engine.history.history import MAX_ENTRIES
from engine.words import counted
from tui.collection.catalog import CatalogRows, Closely, missing_advice, short_path
from tui.kit.facts import Fact
from tui.table.table import Row

from .history_rows import day, history_row, moment, outcome

if TYPE_CHECKING:
    from engine.session import Session

_EMPTY = (
    "Nothing was sent yet.",
    "",
    "natstap keeps what you send here, across runs, without its secrets.",
)


class HistoryList:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._history = session.history
        self.entries: tuple[Entry, ...] = ()
        """All of them, as of the last look."""

    async def read(self, words: str, width: int) -> CatalogRows:
        try:
            self.entries, rows = await asyncio.to_thread(self._read, words)
        except OSError as error:
            why = f"the history cannot be read: {error.strerror or error}"
            raise InvalidInput(why) from None
        return CatalogRows(rows, tuple(self._figures(len(rows), width)), _EMPTY)

    def _read(self, words: str) -> tuple[tuple[Entry, ...], list[Row]]:
        """In a thread: thousands of bodies are searched."""
        entries = self._history.entries()
        today = day(time.time())
        found = self._history.search(words, MAX_ENTRIES) if words.strip() else entries
        newest = sorted(found, key=lambda entry: entry.at, reverse=True)  # kept when they ended
        return entries, [history_row(entry, today) for entry in newest]

    async def changed(self) -> bool:
        """Another natstap may have sent something."""
        try:
            return await asyncio.to_thread(self._history.entries) is not self.entries
        except OSError:
            return True  # reading says why

    def _figures(self, shown: int, width: int) -> Iterator[str]:
        count = len(self.entries)
        yield f"{shown:,} of {count:,} sent" if shown != count else f"{count:,} sent"
        if self._history.skipped:
            yield f"{counted(self._history.skipped, 'line')} of the file cannot be read"
        yield short_path(self._history.path, max(20, width - 40))

    async def closely(self, key: Hashable) -> Closely | str:
        if not isinstance(key, Entry):
            return ""
        advice = await self.advice(key)
        sign = outcome(key)
        facts: list[Fact] = [
            ("Sent", f"{moment(key.at, '')}   {sign.glyph} {sign.word}"),
            *([("Missing", advice)] if advice else []),
            *([("Template", key.draft.subject)] if key.sent else []),
        ]
        return Closely(key.shown, facts, key.left_out)

    async def advice(self, entry: Entry) -> str:
        """What must be set before it can be sent; "" for nothing."""
        if not entry.draft.templates or self._history.whole(entry) is not None:
            return ""
        return await missing_advice(self._session, entry.draft)
