"""Going to another server from the desk, and settling in there.

What is composed and what was seen stays; what was known of the server that was left is forgotten.
What ends there, responders and watches, is ended by `engine.session.Session.move`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.drafts.draft import Draft
from engine.profile.known_places import Places
from tui.compose.compose import EMPTY
from tui.safe import clean

from .completing import Completing
from .homing import Homing
from .workspace import Workspace

if TYPE_CHECKING:
    from engine.session import Session

_HINT = "^J sends what is in Compose."
_READ_ONLY_HINT = "This is read-only: w watches what others ask."
_DEMO_HINT = "^J sends what waits in Compose. G offers guided flows."


class SwitchServer:
    def __init__(self, desk: Workspace, completing: Completing, homing: Homing) -> None:
        self._desk = desk
        self._homing = homing
        self._completing = completing
        self.places = Places({}, {})
        """Where one can connect."""
        self.settled: Callable[[Session], None] = lambda session: None
        """Told about the session once it is on another server."""

    async def connect(self) -> None:
        from tui.connect.connect import ConnectScreen

        session = self._desk.session
        if session is None:
            return
        before = session.profile
        await self._desk.app.push_screen_wait(ConnectScreen(self.places, session))
        if session.profile is not before:
            self._settle_in(session)
            where = clean(session.profile.display)
            self._desk.app.notify(f"Connected to {where}.")

    def _settle_in(self, session: Session) -> None:
        self._desk.composer.known.clear()
        self._completing.begin(session)
        self._desk.responders.begin_anew()
        self.settled(session)
        self.welcome()
        self._desk.composer.attach(session)

    @property
    def first(self) -> Draft:
        """What waits in Compose where the demo services are."""
        from engine.demo import demo

        return replace(EMPTY, subject=demo.FIRST[0], body=demo.FIRST[1].encode())

    def welcome(self) -> None:
        """Say what to try; where demo services are, a first request waits for them."""
        from engine.demo import demo

        composer, session, first = self._desk.composer, self._desk.session, self.first
        if session is not None:
            self._homing.begin(session)
        here = session is not None and session.demo is not None
        bound = session is not None and session.profile.read_only
        self._desk.exchanges.advise(_DEMO_HINT if here else _READ_ONLY_HINT if bound else _HINT)
        if here:
            composer.know(demo.SUBJECTS)
        if here and not composer.touched:
            composer.load(first)
        elif not here and composer.touched and composer.holds(first):
            composer.load(EMPTY)
