"""What a session is opened with: where to, what is secret, and how bodies are read.

All of it is imported when it is first asked for, after the first paint.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .remembered import Remembered
from .settings import UserSettings

if TYPE_CHECKING:
    from textual.app import App

    from engine.content.reader import BodyReader
    from engine.errors import NatstapError
    from engine.journal import Journal
    from engine.profile.known_places import Place, Places
    from engine.profile.label import Labels
    from engine.secrets.known_secrets import KnownSecrets
    from engine.session import Session


@dataclass(frozen=True, slots=True)
class StartOptions:
    """What the command line says; `opened` are the files of a recording."""

    flags: Mapping[str, Any]
    env: Mapping[str, str]
    demo: bool | None = None
    watch: Sequence[str] = ()
    collection: str = "natstap"
    environment: str | None = None
    opened: Sequence[str] = ()


class SessionStart:
    def __init__(
        self, wanted: StartOptions, settings: UserSettings, remembered: Remembered
    ) -> None:
        self.wanted = wanted
        self._settings = settings
        self._remembered = remembered
        self.place: Place | None = None
        """Where to begin, once that was chosen."""
        self._early: asyncio.Task[Session] | None = None
        """The first attempt, which is made while the desk is being put up."""

    @cached_property
    def places(self) -> Places:
        """Where one can connect."""
        from engine.profile.known_places import Places

        learn, labels = self.secrets.learn_profile, self._labels[0]
        places = Places(self.wanted.flags, self.wanted.env, learn, labels)
        places.begin_with(self._remembered.place, self._remembered.addresses)
        return places

    @cached_property
    def secrets(self) -> KnownSecrets:
        """What may be in nothing that leaves natstap."""
        from engine.secrets.known_secrets import KnownSecrets

        known = KnownSecrets({**os.environ, **self.wanted.env})
        for flag in ("password", "token"):
            known.learn(f"nats_{flag}", self.wanted.flags.get(flag) or "")
        return known

    @property
    def reader(self) -> BodyReader:
        """What says what bodies are: by the settings, and by what was chosen since."""
        return self._contents[0]

    @property
    def problems(self) -> list[str]:
        """What is wrong with the settings of contexts and contents."""
        return [*self._labels[1], *self._contents[1]]

    @cached_property
    def _contents(self) -> tuple[BodyReader, list[str]]:
        from engine.content.reader import BodyReader
        from engine.content.settings import read_tables

        settings, problems = read_tables(self._settings.tables)
        told = [self._settings.problem(name, words) for name, words in problems]
        return BodyReader(settings, self._remembered.contents), told

    @cached_property
    def _labels(self) -> tuple[Labels, list[str]]:
        from .connect.context_labels import read_labels

        return read_labels(self._settings)

    def begin(self, journal: Journal) -> None:
        """Connect already, for the next `open`; a recording waits for somebody to be told."""
        if not self.wanted.opened:
            self._early = asyncio.create_task(self._connect(journal))

    async def open(self, journal: Journal, tell: Callable[..., Any]) -> Session:
        """Connect, or read the recording; raises `NatstapError`. `tell` hears how far that is."""
        early, self._early = self._early, None
        if early is not None:
            return await early
        if self.wanted.opened:
            return await self._open_recording(journal, tell)
        return await self._connect(journal)

    async def ask_where(self, app: App[Any], error: NatstapError) -> bool:
        """Ask, until it is known where to try again; False for nowhere."""
        if self.wanted.opened:
            return False
        from .connect.connect import ConnectScreen
        from .connect.connect_error import Trouble

        while (wanted := await app.push_screen_wait(Trouble(error))) == "connect":
            if place := await app.push_screen_wait(ConnectScreen(self.places, None)):
                self.place = place
                return True
        return wanted == "retry"

    async def end(self) -> None:
        """Close what was begun and that nobody opened."""
        early, self._early = self._early, None
        if early is not None:
            early.cancel()
            [session] = await asyncio.gather(early, return_exceptions=True)
            if not isinstance(session, BaseException):
                await session.close()

    async def _connect(self, journal: Journal) -> Session:
        module = await asyncio.to_thread(import_module, "engine.session")
        session: Session = await module.Session.open(
            journal,
            self.wanted.flags,
            self.wanted.env,
            demo=self.wanted.demo,
            watch=self.wanted.watch,
            collection=self.wanted.collection,
            environment=self.wanted.environment,
            place=self.place,
            secrets=self.secrets,
            labels=self._labels[0],
        )
        return session

    async def _open_recording(self, journal: Journal, tell: Callable[..., Any]) -> Session:
        module = await asyncio.to_thread(import_module, "engine.recorded_session")
        session: Session = await module.RecordedSession.open_recording(
            [Path(name) for name in self.wanted.opened],
            journal,
            self.wanted.collection,
            secrets=self.secrets,
            progress=tell,
        )
        return session
