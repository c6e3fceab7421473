"""The pages of a recording that is open: one is shown, or what was found in all of them."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import NamedTuple

from engine.clients.listeners import WATCH_NAME
from engine.clients.names import Names
from engine.filter.state_terms import ALONE
from engine.journal import Journal
from engine.schemas.schemas import Schemas
from engine.statistics.statistics import Statistics

from .evidence import FoundHearsay, teach, teach_schemas
from .gathering import Wanted, gather, parts_of
from .open_file import open_file
from .opened import Opened, Progress
from .page import RecordedPage
from .recorded_hearing import RecordedHearing


class Gathered(NamedTuple):
    """What was found in all parts."""

    exchanges: int
    full: bool
    """True when there was more than a journal holds."""
    number: int
    """What the message that was asked about is called now; 0 where it is not in there."""


class RecordedPages:
    """`journal` holds what is shown; the others learn what is known of it beyond."""

    def __init__(
        self,
        opened: Opened,
        paths: tuple[Path, ...],
        journal: Journal,
        names: Names,
        hearing: RecordedHearing,
        schemas: Schemas,
    ) -> None:
        self.opened = opened
        self.index = 0
        """The one that is shown, from 0, or that was shown before `gathered`."""
        self.gathered = False
        """True while what was sought in all parts is shown, and no part."""
        self.shown: RecordedPage = RecordedPage(journal.next)
        """What is known of it beyond the journal."""
        self._paths = paths
        self._journal = journal
        self._names = names
        self._hearing = hearing
        self._schemas = schemas
        self._turn = asyncio.Lock()

    async def turn_to(self, index: int, progress: Progress = lambda _: None) -> None:
        """Show another page in place of this one; raises `CannotOpen`, with this one kept.

        `progress` is told in a thread how many messages were read.
        """
        async with self._turn:
            found = await asyncio.to_thread(self.opened.page, index, self._journal, progress)
            self.index, self.gathered = index, False
            self._show(found)

    async def gather(self, wanted: Wanted, number: int = 0) -> Gathered:
        """Show what is `wanted` of all parts in place of the part that is shown, if that is any.

        All are read again, in a thread. `number` is a message of the part that is shown. Raises
        `CannotOpen`, with the part kept.
        """
        async with self._turn:
            offset = number - self._journal.first
            found = await asyncio.to_thread(gather, self._opened_again(), self._journal, wanted)
            if found.exchanges:
                self.gathered = True
                self._show(found.end())
            return Gathered(found.exchanges, found.full, found.number(self.index, offset))

    def count_all(self) -> Statistics:
        """Statistics of all parts, for a thread: it reads everything again, a part at a time.

        Raises `CannotOpen`.
        """
        counted: Statistics | None = None
        alone, settled = set[int](), {WATCH_NAME: 0}
        for found, scratch in parts_of(self._opened_again(), self._journal):
            counted = counted or Statistics(
                scratch,
                look=lambda number: ALONE if number in alone else 0,
                settled=lambda: settled,
            )
            for finding in found.findings:
                if isinstance(finding, FoundHearsay):
                    alone.update(finding.alone)
            settled[WATCH_NAME] = scratch.next - 1
            counted.catch_up(math.inf)
        assert counted is not None, "a recording has a part"
        return counted

    @property
    def part(self) -> str:
        """Which part is shown: "part 1 of 3", "part 2 of 3 or more"; "" where it is the whole."""
        if self.opened.pages < 2:
            return ""
        if self.gathered:
            return "found in all parts"
        more = " or more" if self.opened.more else ""
        return f"part {self.index + 1} of {self.opened.pages}{more}"

    def _opened_again(self) -> Opened:
        """The shown one may be in use."""
        return open_file(*self._paths, most=self._journal.max_messages)

    def _show(self, found: RecordedPage) -> None:
        self._journal.show_recorded(found.segments, found.sources, found.inboxes, found.left)
        self.shown = found
        self._hearing.take(found)
        teach(self._names, found.findings)
        teach_schemas(self._schemas, found.findings)
        self._journal.pulse.beat()
