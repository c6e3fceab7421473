"""The server that one goes away from, while one looks at others; there is none at first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import App

from engine.profile.known_places import LAST, Place
from engine.profile.profile import Profile
from engine.words import counted
from tui.kit.confirm import Sure, is_confirmed

if TYPE_CHECKING:
    from engine.session import Session

_STAYS = "Your exchanges and Compose stay; a line in Exchanges marks the move."


class CurrentServer:
    def __init__(self, session: Session | None) -> None:
        self.session = session

    def is_at(self, place: Place) -> bool:
        return self.session is not None and self.session.is_at(place)

    def profile_of(self, place: Place) -> Profile | None:
        """How to connect to a place; None for a private server that does not run."""
        own = self.session.own_profile if self.session is not None else None
        return own if place.private else place.profile

    def first_of(self, places: Iterable[Place]) -> Place | None:
        """The place to begin the list at: this one, or where natstap was last."""
        begins = self.is_at if self.session is not None else _was_last
        return next(filter(begins, places), None)

    # -- leaving it ----------------------------------------------------------------------------

    @property
    def _ends(self) -> str:
        """What stops when natstap leaves, as sentences; "" for nothing."""
        responders, watches = self.session.leaving if self.session is not None else (0, 0)
        off = f"{counted(responders, 'responder')} will be switched off" if responders else ""
        over = f"{counted(watches, 'watch', 'watches')} will end" if watches else ""
        told = " and ".join(filter(None, (off, over)))
        return f"{told}." if told else ""

    def leaving_for(self, place: Place) -> str:
        """What to know before one connects to a place."""
        stays = self.session is None or self.is_at(place) or place.trouble is not None
        return "" if stays else f"{self._ends} {_STAYS}".strip()

    async def may_leave(self, app: App[object]) -> bool:
        """Ask where something ends that somebody wanted to go on."""
        if self.session is None or not (ends := self._ends):
            return True
        title = f"Leave {self.session.profile.display}?"
        words = f"{ends} Responders stay in their pane, to be switched on again."
        asked = Sure(title, words if self.session.leaving.responders else ends, "Connect", "Stay")
        return await is_confirmed(app, asked, "connect")


def _was_last(place: Place) -> bool:
    return place.note.endswith(LAST)
