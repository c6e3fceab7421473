"""Going to another server from the desk, and settling in there.

A base of the desk, as hosting is. What is composed and what was seen stays; what was known of
the server that was left is forgotten.
"""

from __future__ import annotations

from dataclasses import replace

from textual import work
from textual.binding import Binding

from engine.profile.places import Places
from tui.compose.compose import EMPTY, Compose
from tui.exchanges.exchanges import Exchanges
from tui.responders.responders import Responders
from tui.safe import clean

from .hosting import Hosting

MOVING_KEYS = (
    Binding(
        "C",
        "connect",
        "Connect",
        id="desk.connect",
        show=False,
        tooltip="Connect to another server: a context, an address, natstap's own",
    ),
)
_HINT = "^J sends what is in Compose."
_DEMO_HINT = "^J sends what waits in Compose. Then try stock.check or report.slow."


class Moving(Hosting):
    def __init__(self) -> None:
        super().__init__()
        self.places = Places({}, {})
        """Where one can connect."""

    @work(group="form", exclusive=True)
    async def action_connect(self) -> None:
        from tui.connect.connect import ConnectScreen

        session = self.session
        if session is None or not self._free:
            return
        before = session.profile
        await self.app.push_screen_wait(ConnectScreen(self.places, session))
        if session.profile is not before:
            self._settle_in()
            where = clean(session.profile.display)
            self.notify(f"Connected to {where}.")

    def _settle_in(self) -> None:
        assert self.session is not None
        composer = self.query_one(Compose)
        composer.known.clear()
        self._recall(self.session)
        self._learn_subjects()
        self.query_one(Responders).begin_anew()
        self.welcome()
        composer.attach(self.session)

    def welcome(self) -> None:
        """Say what to try; where demo services are, a first request waits for them."""
        from engine.demo import demo

        composer, first = (
            self.query_one(Compose),
            replace(EMPTY, subject=demo.FIRST[0], body=demo.FIRST[1].encode()),
        )
        here = self.session is not None and self.session.demo is not None
        self.query_one(Exchanges).advise(_DEMO_HINT if here else _HINT)
        if here:
            composer.know(demo.SUBJECTS)
        if here and not composer.touched:
            composer.load(first)
        elif not here and composer.touched and composer.holds(first):
            composer.load(EMPTY)
