"""What the desk looks at again and again: no message tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen, Screen

from tui.kit.link_line import LinkTrouble

from .status import Measured, Status
from .status_bar import StatusBar

if TYPE_CHECKING:
    from .desk import Desk

LOOK_EVERY = 0.5
"""Seconds between two looks: each has the event loop turn five times."""


class Looking:
    def __init__(self, desk: Desk, bar: StatusBar) -> None:
        self._desk = desk
        self._bar = bar
        self._measured = Measured(desk.exchanges.whole, desk.known.look)
        self._trouble = ""
        """What was last told to be wrong with the connection."""
        self._names_seen = 0
        """Which names the list shows."""

    def around(self) -> None:
        """Look at everything."""
        self.look()
        self._desk.diagnosing.look_around()
        self._desk.recording.look()
        self._desk.sending.tell_trouble()

    def look(self) -> None:
        """At what else changes with messages: the connection, the rate, the responders."""
        desk = self._desk
        session = desk.session
        status = Status() if session is None else Status.of(session)
        if status.trouble != self._trouble:
            self._trouble = status.trouble
            desk.post_message(LinkTrouble(status.trouble))
        if not is_seen(desk):
            return
        desk.exchanges.show_figures()
        if session is None:
            return
        desk.homing.look_around()
        status = self._measured.complete(status, session.watches.running)
        if not desk.is_active:  # what changes all the time would have the dialog painted anew
            status = self._bar.status.with_news_of(status)
        self._bar.status = status.steadied(self._bar.status)
        desk.responders.refresh_rows()
        if self._names_seen != session.names.version:
            self._names_seen = session.names.version
            desk.exchanges.list.repaint()
            desk.flowing.follow()
        hosted = len(session.responders.all)
        desk.room.label("responders", f"4 Responders {hosted}" if hosted else "4 Responders")


def is_seen(screen: Screen[None]) -> bool:
    """False under another screen: what is painted there is painted for nobody, and has Textual
    paint the screen on top as well.
    """
    stack = screen.app.screen_stack
    return all(isinstance(above, ModalScreen) for above in stack[stack.index(screen) + 1 :])
