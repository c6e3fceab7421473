"""The recordings of a session: one at a time, and what is here saved at any time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine.clients.names import Names
from engine.errors import CannotRecord
from engine.journal import Journal
from engine.profile.profile import Profile
from engine.schemas.schemas import Schemas
from engine.secrets.known_secrets import KnownSecrets
from engine.watching.hearing import Hearing
from engine.watching.watches import Watches
from engine.whole_file import whole_path

from .evidence import Finding, SessionFindings
from .masked_frames import Secrets
from .recorder import NOWHERE, RecordedPlace, Recorder
from .writer import NO_ROTATION, Rotation

if TYPE_CHECKING:
    from .pages import RecordedPages

ENDING = ".ndjson.gz"
Gather = Callable[[], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """What to record, and into which file."""

    path: Path
    secrets: Secrets = Secrets.KNOWN
    rotation: Rotation = NO_ROTATION
    whole: bool = True
    """True when what the journal holds already is recorded too."""

    @property
    def words(self) -> str:
        """What is said before it begins."""
        limit = self.rotation
        turns = ", a new file when one is full" if limit.max_bytes or limit.max_age else ""
        return f"into {self.path}: {self.secrets.words}{turns}"


class Recordings:
    """`place` says what is recorded; `gather` gives what the session found out."""

    def __init__(
        self,
        journal: Journal,
        known: KnownSecrets,
        place: Callable[[], RecordedPlace] = lambda: NOWHERE,
        gather: Gather = tuple,
    ) -> None:
        self.current: Recorder | None = None
        """The one that runs, or that ended last."""
        self._journal = journal
        self._known = known
        self._place = place
        self._gather = gather
        self._turn = asyncio.Lock()

    @property
    def running(self) -> Recorder | None:
        current = self.current
        return current if current is not None and current.running else None

    async def start(self, options: RecordingOptions) -> Recorder:
        """Begin to record, in place of what is recorded now; raises `CannotRecord`."""
        async with self._turn:
            recorder = self._recorder(options)
            await recorder.start()
            before, self.current = self.current, recorder
            if before is not None:
                await before.stop()
        return recorder

    async def stop(self) -> Recorder | None:
        """End what is recorded, with a whole file. Gives it, None where nothing is recorded."""
        async with self._turn:
            running = self.running
            if running is not None:
                await running.stop()
        return running

    async def save(self, options: RecordingOptions) -> Recorder:
        """Write what is here now, and go on; raises `CannotRecord`."""
        recorder = self._recorder(options)
        await recorder.start()
        await recorder.stop()
        if recorder.trouble:
            raise CannotRecord(str(options.path), recorder.trouble)
        return recorder

    def _recorder(self, options: RecordingOptions) -> Recorder:
        return Recorder(
            whole_path(options.path.expanduser()),
            self._journal,
            self._known,
            secrets=options.secrets,
            rotation=options.rotation,
            place=self._place(),
            evidence=self._gather,
            whole=options.whole,
        )


class Recordable(Protocol):
    """A session, as far as it is recorded."""

    journal: Journal
    secrets: KnownSecrets
    names: Names
    profile: Profile
    finders: list[Gather]
    hearing: Hearing
    schemas: Schemas
    watches: Watches
    pages: RecordedPages | None


def recordings_of(session: Recordable) -> Recordings:
    found = SessionFindings(session.journal, session.names, session.hearing, session.schemas)

    def place() -> RecordedPlace:
        if session.pages is not None:
            about = session.pages.opened.about
            return RecordedPlace(about.server, about.source, about.watched)
        watched = tuple(watch.label for watch in session.watches.running)
        return RecordedPlace(session.profile.display, session.profile.source, watched)

    def gather() -> Iterator[Finding]:
        yield from found()
        for find in session.finders:
            yield from find()

    return Recordings(session.journal, session.secrets, place, gather)


def free_path(folder: Path) -> Path:
    """A name that no file has, after the time."""
    stem = time.strftime("natstap-%Y-%m-%d-%H%M%S")
    names = (f"{stem}{f'-{n}' if n > 1 else ''}{ENDING}" for n in count(1))
    return next(folder / name for name in names if not (folder / name).exists())
