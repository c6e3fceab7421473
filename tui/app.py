"""The app: wiring. It opens a session after the first paint, and closes it at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from engine.errors import NatstapError
from engine.journal import Journal

from .commands import commands
from .screens.desk import Desk
from .screens.trouble import Trouble
from .theme import NATSTAP

if TYPE_CHECKING:
    from engine.session import Session


class NatstapApp(App[None]):
    """`flags` and `env` are what `engine.link.profile.resolve` takes."""

    TITLE = "natstap"
    CSS_PATH = "natstap.tcss"

    def __init__(
        self, flags: Mapping[str, Any], env: Mapping[str, str], *, demo: bool = False
    ) -> None:
        super().__init__()
        self.journal = Journal()
        self.session: Session | None = None
        self._connecting: Worker[None] | None = None
        self._flags = flags
        self._env = env
        self._demo = demo
        self.register_theme(NATSTAP)
        self.theme = NATSTAP.name

    def get_default_screen(self) -> Screen[None]:
        return Desk(self.journal, self._demo)

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._connecting = self.connect()

    async def on_unmount(self) -> None:
        """Close the session; one that is still being opened closes itself when cancelled."""
        if self._connecting is not None:
            with suppress(WorkerError):
                await self._connecting.wait()
        if self.session is not None:
            await self.session.close()

    @property
    def desk(self) -> Desk:
        return next(one for one in self.screen_stack if isinstance(one, Desk))

    # -- the session -------------------------------------------------------------------------

    @work(exclusive=True)
    async def connect(self) -> None:
        """Open the session; when that fails, say why and ask whether to try again."""
        while self.session is None:
            try:
                self.session = await self._open()
            except NatstapError as error:
                self.desk.say("not connected")
                if not await self.push_screen_wait(Trouble(error)):
                    self.exit()
                    return
                self.desk.say("connecting")
        if self.return_code is None:
            self.desk.attach(self.session)

    async def _open(self) -> Session:
        """Import late, beside the running app: nats-py takes longer than the first paint."""
        module = await asyncio.to_thread(import_module, "engine.session")
        session: Session = await module.Session.open(
            self.journal, self._flags, self._env, demo=self._demo
        )
        return session

    # -- the palette -------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the keys of the screen do, and what Textual offers."""
        yield from commands(screen)
        yield from super().get_system_commands(screen)
