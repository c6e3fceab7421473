"""A session that was recorded: it is read as any other, and there is no server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from engine.errors import InvalidInput
from engine.journal import Journal
from engine.profile.known_places import Place
from engine.profile.profile import Profile
from engine.recording.open_file import open_file
from engine.recording.opened import Opened, Progress
from engine.recording.pages import RecordedPages
from engine.recording.recorded_hearing import RecordedHearing
from engine.secrets.known_secrets import KnownSecrets
from engine.session import COLLECTION, Session

NO_SERVER = "this is a recording, which has no server: start natstap without open to connect"
_NOWHERE = "nats://recording"


class RecordedSession(Session):
    """Made by `open_recording`. Nothing is sent or asked; what was found out then is known."""

    pages: RecordedPages

    def __init__(
        self,
        opened: Opened,
        paths: tuple[Path, ...],
        journal: Journal,
        collection: Path | str = COLLECTION,
        *,
        secrets: KnownSecrets | None = None,
    ) -> None:
        profile = Profile(servers=(_NOWHERE,), source=opened.title, read_only=True)
        hearing = RecordedHearing(journal)
        super().__init__(
            profile, journal, None, collection, company=False, secrets=secrets, hearing=hearing
        )
        self.pages = RecordedPages(opened, paths, journal, self.names, hearing, self.schemas)

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
        session = cls(opened, named, journal, collection, secrets=secrets)
        await session.pages.turn_to(0, progress)
        return session

    @property
    def where(self) -> str:
        return self.pages.opened.title

    @property
    def why_read_only(self) -> str:
        return f"{self.where} is a recording: natstap sends nothing"

    async def move(self, place: Place) -> None:
        raise InvalidInput(NO_SERVER)
