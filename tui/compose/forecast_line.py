"""The forecast under the subject: who would answer, found without sending anything.

Asked when typing stops, whenever something happens that may have changed who listens, and again
every few seconds while the composer is worked in: a forecast from a minute ago would be a guess.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual import events, work
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from engine.errors import NatstapError
from engine.subject import check_publish
from tui.safe import shorten

from .forecast_detail import detail

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.session import Session

_TYPING_RESTS = 0.4
"""Seconds that typing has to rest."""
_BELIEVED = 5.0
"""Seconds for which a forecast is believed."""
_TIMES_ASIDE = 6
"""Times as long it is believed while something else is worked in."""
_BEATS_AGAIN = 2
"""Beats after a connection is back at which it is asked again."""
_QUIET = "$foreground 60%"


class Forecast(Widget):
    DEFAULT_CSS = "Forecast { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="forecast")
        self.session: Session | None = None
        self.audience: Audience | None = None
        """What the line tells of; None while it is not known."""
        self.subject = ""
        """What it is about: the composer's subject as it will be sent."""
        self.room = 0
        """Lines below the first one that it may have."""
        self.listened: Sequence[str] = ()
        """Subjects that somebody listens on, or how they begin, as the servers told last."""
        self._drawn: tuple[Content, ...] = ()
        """The lines below the first one: until the next are there these stay, blank."""
        self._shown = Content()
        """What was drawn last."""
        self._trouble = ""
        self._rest: Timer | None = None
        self._doubted = False
        self._since = 0.0
        """When it was doubted last, in seconds since the epoch: nothing older is shown."""
        self._beats = 0
        self._soon = 0
        """Beats at which it is asked again, whatever is worked in."""

    def on_mount(self) -> None:
        self.set_interval(_BELIEVED, self._renew)

    def consider(self, subject: str) -> None:
        """Forecast another subject once typing rests; "" and what is no subject say nothing."""
        if subject == self.subject:
            return
        self.subject, self._trouble = subject, ""
        self.audience = None
        self.workers.cancel_group(self, "forecast")
        self.refresh()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_TYPING_RESTS, self.ask)

    def attach(self, session: Session) -> None:
        self.session = session
        self.audience = None
        self.ask()

    @work(group="forecast", exclusive=True)
    async def ask(self) -> None:
        """Ask the servers now, and once more when it is doubted meanwhile."""
        self._doubted, self._beats = True, 0
        while self._doubted:
            self._doubted = False
            await self._find()

    def doubt(self, subject: str = "") -> None:
        """Who listens on a subject, or on any, may have changed: ask, once for many doubts."""
        if subject not in ("", self.subject):
            return
        self._doubted, self._since = True, time.time()
        asking = (job for job in self.workers if job.node is self and not job.is_finished)
        if not any(asking):
            self.ask()

    def ask_soon_again(self) -> None:
        """Ask now and, since clients come back one after the other, at the next beats too."""
        self._soon = _BEATS_AGAIN
        self.doubt()

    async def _find(self) -> None:
        subject = self.subject
        if self.session is None or not is_subject(subject):
            return
        from engine.audience.audience import audience

        try:
            found = await audience(self.session.broker, subject, since=self._since)
        except NatstapError as error:
            self._trouble = f"who listens is not known: {error}"
        else:
            self.audience, self._trouble = found, ""
        self.lay_out()

    def lay_out(self) -> None:
        """Take as many lines as there is something to say on.

        Not `height: auto`: what changes again before a layout was heard of keeps its old height.
        """
        if self.audience is not None or not self.room:
            self._drawn = tuple(self._detail())
        self.styles.height = 1 + len(self._drawn)
        if not self._content().is_same(self._shown):  # most answers are the last one
            self.refresh()

    def _detail(self) -> Iterator[Content]:
        if self.audience is not None:
            yield from detail(self.audience, self.listened, max(1, self.size.width), self.room)

    def on_resize(self) -> None:
        self.lay_out()

    def _renew(self) -> None:
        self._beats += 1
        parent = self.parent
        worked_in = isinstance(parent, Widget) and parent.has_focus_within
        soon, self._soon = self._soon > 0, max(0, self._soon - 1)
        if self.screen.is_current and (worked_in or soon or self._beats >= _TIMES_ASIDE):
            self.doubt()

    # -- drawing ---------------------------------------------------------------------------

    def render(self) -> Content:
        self._shown = self._content()
        return self._shown

    def _content(self) -> Content:
        below = self._drawn if self.audience is not None else [Content("")] * len(self._drawn)
        return Content("\n").join((self._line(), *below))

    def _line(self) -> Content:
        width = max(1, self.size.width)
        if self._trouble:
            return Content.styled(shorten(f"? {self._trouble}", width), "$text-warning")
        if self.audience is None:
            asking = is_subject(self.subject)
            return Content.styled("· who listens?" if asking else "", _QUIET)
        return said(self.audience, width)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.call_later(self.run_action, "screen.command('desk.audience')")


def is_subject(written: str) -> bool:
    try:
        check_publish(written)
    except NatstapError:
        return False
    return bool(written)


def ink_of(audience: Audience) -> tuple[str, str]:
    """A glyph and its colour: whether a reply can be hoped for."""
    if audience.may_publish is False:
        return "⊘", "$text-error"
    if audience.answering or audience.imported_from or audience.servers_own:
        return "✓", "$text-success"
    if not audience.listeners_known:
        return "?", "$text-warning"
    return ("▤", "$text-warning") if audience.stream else ("∅", "$text-error")


def said(audience: Audience, width: int) -> Content:
    """The forecast in one line, and how much beside it could not be found out."""
    glyph, ink = ink_of(audience)
    count = len(audience.unknown)
    unknown = f"  {count} unknown" if count else ""
    room = width - 2 - len(unknown)
    words = shorten(audience.forecast, room) if room > 0 else ""
    return Content.assemble((f"{glyph} ", ink), words, (unknown, _QUIET))
