"""Keys that are typed while a screen opens are for it: they are kept, and given to it in their
order once it is there.

A key that may open a screen is followed on its way up to the app, and its command until it has
ended: while a screen lies over the one that it began on, keys are for that. Nothing is kept for
longer than `PATIENCE`: then it is for the screen that is there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events
from textual.actions import parse
from textual.app import App
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

PATIENCE = 2.0
"""Seconds for which keys are kept, at the most: of those in which natstap could do anything."""
_PARTS = 20
"""How many times it is looked within these whether natstap gets to run."""
COMMAND = "command"
"""The action of a key that does what a table of commands says."""
_ROUNDS = 3
"""What Enter takes: the key, what a field or a list says then, and what is said to that."""
_QUIT = "app.quit"
_COPY = "ctrl+c"
_TAKES = "takes_keys"
"""What a page has: false until it is there."""
_HELD_AS = "_key_hold"

Act = Callable[[events.Event], Awaitable[None]]
"""Does with an event what Textual does."""


class Patience:
    """Runs out when so much time has passed, without what a busy machine took away."""

    def __init__(self, run_out: Callable[[], None]) -> None:
        self._run_out = run_out
        self._left = _PARTS
        self._wait()

    def cancel(self) -> None:
        self._timer.cancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PATIENCE / _PARTS, self._pass)

    def _pass(self) -> None:
        self._left -= 1
        if self._left:
            self._wait()
        else:
            self._run_out()


class KeyHold:
    """What was typed for the screen that opens. All of it runs in the app's own task."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._act: Act | None = None
        self._kept: deque[events.Key | events.Paste] = deque()
        self._opening: dict[object, Screen[Any]] = {}
        """For each command that may open a screen, the one that it began on."""
        self._patience: Patience | None = None

    async def hear(self, event: events.Event, act: Act) -> None:
        """Keep the event, or have it done."""
        self._act = act
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await act(event)
        elif (self._kept or self._holds) and not self._leads_out(event):
            self._keep(event)
        else:
            await self._give(event, act)

    def begin(self) -> Callable[[], None]:
        """Keep what is typed on this screen, until what this returns is called; what is typed on
        the one that opens meanwhile is for that.
        """
        if not self._app.screen_stack:
            return lambda: None
        command = object()
        self._opening[command] = screen = self._app.screen

        def end() -> None:
            overdue.cancel()
            if self._opening.pop(command, None) is not None:
                self._look()

        def give_up() -> None:
            if self._app.screen_stack and self._app.screen is screen:
                end()

        overdue = Patience(give_up)
        return end

    def give_to(self, screen: Screen[Any]) -> None:
        """Of what is typed, nothing is kept from a screen any more."""
        if hasattr(screen, _TAKES):
            setattr(screen, _TAKES, True)
        self._look()

    def _look(self) -> None:
        """Let go what is kept, unless a screen still opens."""
        if self._kept and not self._holds:
            self._app.call_later(self._let_go)

    @property
    def _holds(self) -> bool:
        if not self._app.screen_stack:
            return False
        screen = self._app.screen
        return not getattr(screen, _TAKES, True) or screen in self._opening.values()

    def _leads_out(self, event: events.Key | events.Paste) -> bool:
        """True for the keys that end natstap, or tell how, whatever hangs; and for Escape in a
        dialog that is at work, such as an export.
        """
        quits = getattr(self._app, "keymap", {}).get(_QUIT, "ctrl+q")
        if not isinstance(event, events.Key):
            return False
        if event.key == "escape" and not self._kept:
            screen = self._app.screen
            return isinstance(screen, ModalScreen) and bool(getattr(screen, _TAKES, True))
        return event.key in (_COPY, *quits.split(","))

    def _keep(self, event: events.Key | events.Paste) -> None:
        self._kept.append(event)
        self._be_patient()

    def _be_patient(self) -> None:
        if self._patience is None:
            self._patience = Patience(self._give_up)

    def _give_up(self) -> None:
        self._patience = None
        self._opening.clear()
        if self._app.screen_stack:
            self.give_to(self._app.screen)

    async def _let_go(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        while self._kept and self._act is not None and not self._holds:
            await self._give(self._kept.popleft(), self._act)
        if self._kept:  # they are for the screen that one of them opens
            self._be_patient()

    async def _give(self, event: events.Key | events.Paste, act: Act) -> None:
        if not self._app.screen_stack:
            return
        if not isinstance(event, events.Key) or not self._may_open(event):
            await act(event)
            return
        target = self._app.focused or self._app.screen
        done = self.begin()
        await act(event)
        if event.is_forwarded:
            self._follow(event, target, _ROUNDS if event.key == "enter" else 1, done)
        else:
            done()

    def _may_open(self, event: events.Key) -> bool:
        """True for Enter, a key of a command, and one of the app, which no field takes as text."""
        if event.key == "enter":
            return True
        if event.is_printable and takes_text(self._app.focused):
            return False
        return any(
            node is self._app or parse(binding.action)[1] == COMMAND
            for node, known in self._app.screen._binding_chain
            for binding in known.key_to_bindings.get(event.key, ())
        )

    def _follow(
        self, event: events.Key, target: MessagePump, rounds: int, done: Callable[[], None]
    ) -> None:
        """Call when nobody has the key in its queue, nor what was said because of it."""

        def follow(pump: MessagePump, left: int) -> None:
            if not pump.call_later(passed, pump, left):
                done()

        def passed(pump: MessagePump, left: int) -> None:
            if pump._parent is not None and (left < rounds or not event._stop_propagation):
                follow(pump._parent, left)
            elif left > 1:
                follow(target, left - 1)
            else:
                done()

        follow(target, rounds)


def takes_text(widget: Widget | None) -> bool:
    from textual.widgets import Input, TextArea  # what the first paint does not wait for

    return isinstance(widget, Input | TextArea)


def key_hold(app: App[Any]) -> KeyHold:
    """The app's own; it is of no use longer than the app."""
    held: KeyHold | None = getattr(app, _HELD_AS, None)
    if held is None:
        setattr(app, _HELD_AS, held := KeyHold(app))
    return held
