"""Who listens here, on the desk: asked while nothing is seen yet, and used from its rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.drafts.draft import Draft, endpoint_draft
from tui.home.glimpse import Glimpse
from tui.home.home_look import HomeLook
from tui.home.listener_table import HomeChoice
from tui.home.watch_row import toggle_watch, watched_subjects

from .hosting import Hosting
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.session import Session

_EVERY = 5.0
"""Seconds between two questions while there is no exchange, at the least."""


class Homing:
    def __init__(self, desk: Workspace, glimpse: Glimpse, hosting: Hosting) -> None:
        self._desk = desk
        self._glimpse = glimpse
        self._hosting = hosting
        self._look: HomeLook | None = None
        self._asking = False
        self._next = 0.0
        """When to ask again, on the monotonic clock."""

        self.guides: Callable[[], None] = lambda: None
        """Opens the guided flows."""

    def begin(self, session: Session) -> None:
        """Of another server nothing is known yet."""
        self._look, self._next = HomeLook(session) if session.pages is None else None, 0.0
        self._glimpse.show_entries((), ())

    def look_around(self) -> None:
        """Ask who is here, while nothing was seen and somebody looks at that."""
        desk, look = self._desk, self._look
        seen = desk.exchanges.untouched and desk.is_active and desk.exchanges.region
        if look is not None and seen and not self._asking and time.monotonic() >= self._next:
            self._asking = True
            desk.start(partial(self._ask, look), "home")

    async def _ask(self, look: HomeLook) -> None:
        try:
            await look.look()
        finally:
            self._asking = False
            self._next = time.monotonic() + max(_EVERY, look.pause)
        if look is self._look:
            self._show()

    def _show(self) -> None:
        look, session = self._look, self._desk.session
        if look is not None and session is not None:
            self._glimpse.show_entries(look.entries, watched_subjects(session))
            self._desk.exchanges.show_figures()

    async def open(self, session: Session) -> None:
        """The whole map."""
        from tui.home.home import HomeScreen

        if self._look is not None:
            screen = HomeScreen(session, self._look, self.guides)
            if (choice := await self._desk.app.push_screen_wait(screen)) is not None:
                self.use(choice)

    def use(self, choice: HomeChoice) -> None:
        entry, session = choice.entry, self._desk.session
        match choice.verb:
            case "compose" if entry.endpoint is not None:
                self._desk.load(endpoint_draft(entry.endpoint))
            case "compose":
                self._desk.load(Draft(entry.subject))
            case "host":
                self._hosting.host_on(entry.subject)
            case "watch" if session is not None:
                self._desk.start(partial(self._watch, session, entry.subject), "watch")

    async def _watch(self, session: Session, subject: str) -> None:
        await toggle_watch(self._desk.app, session, subject)
        self._show()
