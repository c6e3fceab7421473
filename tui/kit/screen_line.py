"""The screens by name: the one that is shown is marked, and a click goes over to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from textual.content import Content

from tui.kit.button_line import ButtonLine, Form, Part
from tui.kit.command import read_only

MIN_HEIGHT = 20
"""Rows of a terminal in which a list has 14 of them left beside all that stands around it."""
_HERE = "bold $background on $primary"
_ELSEWHERE = "$foreground 75%"
_KEY = "$foreground 45%"
_READ_ONLY = "bold $text-warning"
_KEYS_RANK = 100
"""The keys give way before any screen does."""


class ScreenName(NamedTuple):
    name: str
    title: str
    go: Callable[[], None]
    """Leaves the screen that is shown, and opens this one."""
    key: str = ""
    """That opens it from the desk, as it is printed on a keyboard."""


class ScreenLine(ButtonLine):
    """Shows the app's `screen_names`.

    A very low terminal has no room for it.
    """

    DEFAULT_CSS = "ScreenLine { padding: 0 1; background: $background; }"

    gap = 1

    def __init__(self, current: str, *, keys: bool = False) -> None:
        """`keys` says that the screens' keys act here: they are shown where there is room."""
        super().__init__()
        self.current = current
        self._keys = keys
        self._names: tuple[ScreenName, ...] = ()

    def on_mount(self) -> None:
        self._make_room()
        self.screen.screen_layout_refresh_signal.subscribe(self, self._make_room)
        self.watch(self.app, "screen_names", self._list)

    def _make_room(self, _: object = None) -> None:
        if self.is_attached:
            self.display = self.app.size.height >= MIN_HEIGHT

    def _list(self, names: tuple[ScreenName, ...]) -> None:
        self._names = names
        parts = [self._part(screen, rank) for rank, screen in enumerate(names, 1)]
        if read_only(self.app) and not self._keys:  # the desk says so in the line above
            parts.append(Part("desk", (Form(0, Content.styled(" read-only ", _READ_ONLY)),)))
        self.parts = tuple(parts)

    def _part(self, screen: ScreenName, rank: int) -> Part:
        if screen.name == self.current:
            return Part(screen.name, (Form(0, Content.styled(f" {screen.title} ", _HERE)),))
        plain = Content.styled(f" {screen.title} ", _ELSEWHERE)
        if not (self._keys and screen.key):
            return Part(screen.name, (Form(rank, plain),))
        keyed = Content.assemble(plain, (f"{screen.key} ", _KEY))
        return Part(screen.name, (Form(_KEYS_RANK, keyed), Form(rank, plain)))

    async def press(self, name: str) -> None:
        for screen in self._names:
            if name == screen.name != self.current:
                screen.go()
