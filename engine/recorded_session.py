"""A session that was recorded: it is read as any other, and there is no server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.clients.listeners import WATCH_NAME
from engine.errors import InvalidInput
from engine.filter.state_terms import ALONE
from engine.journal import Journal
from engine.profile.known_places import Place
from engine.profile.profile import Profile
from engine.recording.evidence import FoundHearsay, FoundNames, FoundOwner
from engine.recording.gathering import Wanted, gather, parts_of
from engine.recording.open_file import open_file
from engine.recording.opened import Opened, Progress
from engine.recording.page import RecordedPage
from engine.secrets.known_secrets import KnownSecrets
from engine.session import COLLECTION, Session
from engine.statistics.statistics import Statistics
from engine.subject import matches

NO_SERVER = "this is a recording, which has no server: start natstap without open to connect"
_NOWHERE = "nats://recording"


class Gathered(NamedTuple):
    """What was found in all parts."""

    exchanges: int
    full: bool
    """True when there was more than a journal holds."""
    number: int
    """What the message that was asked about is called now; 0 where it is not in there."""


class RecordedSession(Session):
    """Made by `open_recording`. Nothing is sent or asked; what was found out then is known."""

    recorded = True

    def __init__(
        self,
        opened: Opened,
        journal: Journal,
        collection: Path | str = COLLECTION,
        *,
        secrets: KnownSecrets | None = None,
    ) -> None:
        profile = Profile(servers=(_NOWHERE,), source=opened.title, read_only=True)
        super().__init__(profile, journal, None, collection, company=False, secrets=secrets)
        self.opened = opened
        self._paths: tuple[Path, ...] = ()
        self.page = 0
        """The one that is shown, from 0, or that was shown before `gathered`."""
        self.gathered = False
        """True while what was sought in all parts is shown, and no part."""
        self.shown: RecordedPage = RecordedPage(journal.next)
        """What is known of it beyond the journal."""
        self._alone: set[int] = set()
        self._unheard: set[int] = set()
        self._owners: list[FoundOwner] = []
        self._ended = 0.0

    @classmethod
    async def open_recording(
        cls,
        paths: Iterable[Path],
        journal: Journal,
        collection: Path | str = COLLECTION,
        *,
        secrets: KnownSecrets | None = None,
        progress: Progress = lambda _: None,
    ) -> RecordedSession:
        """Show the first page of a recording, or of what else `open_file` reads.

        `progress` is told in a thread how many messages were read. Raises `CannotOpen`.
        """
        named = tuple(paths)
        opened = await asyncio.to_thread(open_file, *named, most=journal.max_messages)
        session = cls(opened, journal, collection, secrets=secrets)
        session._paths = named
        await session.turn_to(0, progress)
        return session

    async def turn_to(self, page: int, progress: Progress = lambda _: None) -> None:
        """Show another page in place of this one; raises `CannotOpen`, with this one kept."""
        async with self._turn:
            found = await asyncio.to_thread(self.opened.page, page, self.journal, progress)
            self.page, self.gathered = page, False
            self._show(found)

    async def gather(self, wanted: Wanted, number: int = 0) -> Gathered:
        """Show what is `wanted` of all parts in place of the part that is shown, if that is any.

        All are read again, in a thread. `number` is a message of the part that is shown. Raises
        `CannotOpen`, with the part kept.
        """
        async with self._turn:
            offset = number - self.journal.first
            found = await asyncio.to_thread(gather, self._opened_again(), self.journal, wanted)
            if found.exchanges:
                self.gathered = True
                self._show(found.end())
            return Gathered(found.exchanges, found.full, found.number(self.page, offset))

    def _opened_again(self) -> Opened:
        """The shown one may be in use."""
        return open_file(*self._paths, most=self.journal.max_messages)

    def _show(self, found: RecordedPage) -> None:
        self.journal.show_recorded(found.segments, found.sources, found.inboxes, found.left)
        self.since = self.journal.first
        self.shown, self._ended = found, found.ended
        self._take_findings(found)
        self.journal.pulse.beat()

    def count_all(self, progress: Progress = lambda _: None) -> Statistics:
        """Statistics of all parts, for a thread: it reads everything again, a part at a time.

        `progress` is told how many messages were counted. Raises `CannotOpen`.
        """
        counted: Statistics | None = None
        alone, settled = set[int](), {WATCH_NAME: 0}
        for found, scratch in parts_of(self._opened_again(), self.journal):
            counted = counted or Statistics(
                scratch,
                look=lambda number: ALONE if number in alone else 0,
                settled=lambda: settled,
            )
            for finding in found.findings:
                if isinstance(finding, FoundHearsay):
                    alone.update(finding.alone)
            settled[WATCH_NAME] = scratch.next - 1
            while counted.catch_up(0.1):
                progress(scratch.next - counted.behind)
        assert counted is not None, "a recording has a part"
        return counted

    def _take_findings(self, found: RecordedPage) -> None:
        self._alone.clear()
        self._unheard.clear()
        self._owners = [each for each in found.findings if isinstance(each, FoundOwner)]
        for finding in found.findings:
            match finding:
                case FoundNames():
                    self.names.learn(finding.roster, at=finding.at, own=finding.own)
                case FoundHearsay():
                    self._alone.update(finding.alone)
                    self._unheard.update(finding.unheard)

    @property
    def part(self) -> str:
        """Which part is shown: "part 1 of 3", "part 2 of 3 or more"; "" where it is the whole."""
        if self.opened.pages < 2:
            return ""
        if self.gathered:
            return "found in all parts"
        more = " or more" if self.opened.more else ""
        return f"part {self.page + 1} of {self.opened.pages}{more}"

    @property
    def where(self) -> str:
        return self.opened.title

    @property
    def ended(self) -> float:
        """When the last message on this page came, in seconds since the epoch."""
        return self._ended

    def heard_alone(self, number: int) -> bool:
        return number in self._alone

    def missed_the_answer(self, number: int) -> bool:
        return number in self._unheard

    @property
    def settled(self) -> dict[str, int]:
        return {WATCH_NAME: self.journal.next - 1}

    def listened_until(self, number: int, now: float) -> float:
        return min(self._ended, now)

    def inbox_owner(self, subject: str) -> str:
        owners = (
            owner.title
            for owner in self._owners
            if any(matches(pattern, subject) for pattern in owner.inboxes)
        )
        return next(owners, "")

    async def move(self, place: Place) -> None:
        raise InvalidInput(NO_SERVER)
