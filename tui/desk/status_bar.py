"""The line at the top: where natstap is connected, why there, and how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from engine.words import interval
from tui.safe import clean, shorten

if TYPE_CHECKING:
    from engine.session import Session

_INK = {
    "connected": ("●", "$text-success"),
    "connecting": ("○", "$text-primary"),
    "not answering": ("◌", "$text-warning"),
    "reconnecting": ("◌", "$text-warning"),
}
_MAX_ENVIRONMENT = 16
"""Cells that the environment's name may take."""
_ENDED_INK = ("✗", "$text-error")


@dataclass(frozen=True, slots=True)
class Status:
    """What the line says; `words` is the state of the link."""

    words: str = "connecting"
    server: str = ""
    source: str = ""
    rtt: tuple[float, float] | None = None
    jetstream: bool = False
    demo: bool = False
    watching: int = 0
    """Watches that hear something."""
    ending: int | None = None
    """Seconds until the first of them ends by itself; None when none will."""
    gone: int = 0
    """Watches of clients that are gone, which wait for them."""
    refused: int = 0
    """Watches that may listen to nothing."""
    environment: str = ""
    """Whose variables templates take."""

    @classmethod
    def of(cls, session: Session) -> Status:
        link, profile, watches = session.broker.link, session.profile, session.watches
        hearing = sum(watch.hearing for watch in watches)
        refused = sum(bool(watch.refused) and not watch.hearing for watch in watches)
        return cls(
            words=str(link.state),
            server=link.server or profile.display,
            source=profile.source,
            rtt=link.rtt_bounds,
            jetstream=link.jetstream,
            demo=session.demo is not None,
            watching=hearing,
            ending=min(
                (ceil(watch.left) for watch in watches if watch.left is not None), default=None
            ),
            gone=len(watches) - hearing - refused,
            refused=refused,
            environment=session.environment,
        )

    @property
    def trouble(self) -> str:
        """What is wrong with the connection, for the screens that do not show this line."""
        return "" if self.words in ("connected", "connecting") else f"{self.server} is {self.words}"


class StatusBar(Widget):
    """A click opens the palette: every action, for who has a mouse in the hand."""

    status: reactive[Status] = reactive(Status())

    def render(self) -> Content:
        left = self._left()
        right = self._right(self.size.width - left.cell_length - 2)
        gap = max(2, self.size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    async def on_click(self) -> None:
        await self.run_action("app.command_palette")

    def _left(self) -> Content:
        status = self.status
        glyph, ink = _INK.get(status.words, _ENDED_INK)
        rtt = interval(*status.rtt, own=True, figure=_rtt) if status.rtt is not None else ""
        return Content.assemble(
            ("natstap  ", "bold $primary"),
            ("demo  " if status.demo else "", "$text-accent"),
            f"{clean(status.server)}  " if status.server else "",
            (f"{glyph} {status.words} ", ink),
            (f"{rtt}  ", "$foreground 60%"),
            (self._watches(), "$text-warning"),
            (_environment(status.environment), "$text-accent"),
        )

    def _watches(self) -> str:
        status = self.status
        counts = (
            (status.watching, f"◎ watching {status.watching}{_ending(status.ending)}"),
            (status.gone, f"◌ {status.gone} gone"),
            (status.refused, f"◌ {status.refused} refused"),
        )
        return "".join(f"{words}  " for count, words in counts if count)

    def _right(self, room: int) -> Content:
        """Why natstap is connected there comes before whether there is JetStream."""
        status = self.status
        if not status.server:
            return Content("")
        no = "" if status.jetstream else "no "
        ways = (f"{no}{name}  {clean(status.source)}".strip() for name in ("JetStream", "JS"))
        fitting = (words for words in ways if cell_len(words) <= room)
        return Content.styled(
            next(fitting, None) or shorten(status.source, room), "$foreground 60%"
        )


def _ending(seconds: int | None) -> str:
    return "" if seconds is None else f", {seconds} s left"


def _environment(name: str) -> str:
    return f"env {shorten(clean(name), _MAX_ENVIRONMENT)}" if name else ""


def _rtt(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:.1f} ms" if ms < 99.95 else f"{ms:.0f} ms"
