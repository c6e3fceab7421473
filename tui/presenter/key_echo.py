"""The keys as they are pressed, for those who watch; never what is typed into a field."""

from __future__ import annotations

from collections import deque

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static, TextArea

from tui.kit.key_names import is_typed, key_name
from tui.safe import clean

MAX_KEYS = 8


class KeyEcho(Static):
    """One line at the top of a screen, with the last keys."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyEcho { dock: top; height: 1; text-align: right; padding: 0 2; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)


class KeyEchoes:
    """The last keys, and the line that shows them on whichever screen is on top."""

    def __init__(self) -> None:
        self._keys: deque[str] = deque(maxlen=MAX_KEYS)
        self._heard: events.Key | None = None
        """The last one: an event comes again where nobody used it."""

    def hear(self, screen: Screen[object], event: events.Key) -> None:
        """What is typed into a field may be a password: it is not shown."""
        typed = isinstance(screen.focused, Input | TextArea) and is_typed(event.key)
        if typed or event is self._heard:
            return
        self._heard = event
        self._keys.append(key_name(event.key))
        self.show(screen)

    def show(self, screen: Screen[object]) -> None:
        line = next(iter(screen.query_children(KeyEcho)), None)
        if line is None:
            line = KeyEcho()
            screen.mount(line)
        *before, last = ["", *self._keys]
        keys = Content.assemble(
            ("keys  ", "$foreground 50%"),
            (clean("  ".join(before)), "$foreground 70%"),
            "  ",
            (f" {clean(last)} " if last else "", "bold $background on $primary"),
        )
        line.update(keys)

    def hide(self, screens: list[Screen[object]]) -> None:
        self._keys.clear()
        for screen in screens:
            for line in screen.query_children(KeyEcho):
                line.remove()
