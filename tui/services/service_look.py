"""What the services screen asks on `$SRV`, what answered so far, and how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.errors import NatstapError
from engine.services.discovery import refresh
from engine.services.service import Service
from engine.services.service_registry import Census
from tui.kit.rows import clock
from tui.safe import shorten

from .service_rows import counts

if TYPE_CHECKING:
    from engine.session import Session

INSTANCES_A_SECOND = 100
"""Of many instances, which all answer each time."""
_FAILED = ("The services cannot be asked: above is why.", "", "It is tried again all the time.")
_NOBODY = (
    "Nobody answers $SRV here.",
    "",
    "A service is a program that, when asked on $SRV, tells",
    "what it offers and how it does (NATS micro, ADR-32).",
    "natstap can host one: press a on the desk.",
)


class ServiceLook:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: tuple[Service, ...] = ()
        """Those that answered last."""
        self.census = Census()
        self.asked = 0.0
        """When somebody was last asked with success; seconds since the epoch."""
        self.trouble = ""
        """Why nobody can be asked now."""

    async def look(self) -> None:
        try:
            found = await refresh(self._session.broker, self._found)
        except NatstapError as error:
            self.trouble = str(error)
        else:
            self._found = found
            self.census.take(found, time.monotonic())
            self._session.schemas.learn(found)
            self.asked, self.trouble = time.time(), ""

    @property
    def pause(self) -> float:
        """Seconds that are left between two looks."""
        return sum(len(service.instances) for service in self._found) / INSTANCES_A_SECOND

    def forget_gone(self) -> None:
        self.census.forget_gone()
        self._found = ()

    @property
    def hint(self) -> tuple[str, ...]:
        """What to say where no service is shown."""
        if self.asked:
            return ("No service has these words.",) if self.census.services else _NOBODY
        return _FAILED if self.trouble else ("Asking $SRV…",)

    def figures(self, width: int) -> Iterator[str]:
        """All of them in figures, or what is wrong in at most `width` cells."""
        if self.trouble:
            since = f", as of {clock(self.asked)[:8]}" if self.asked else ""
            yield shorten(f"! {self.trouble}{since}", width)
        elif self.asked:
            yield from counts(self.census.services, self.census)
            yield f"asked {clock(self.asked)[:8]}"
