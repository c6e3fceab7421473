"""A user before the real app: what is pressed, what is seen, and waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from helpers.quick_paint import glance, look
from textual import events
from textual.pilot import Pilot
from textual.strip import Strip

from engine.journal import Exchange, State
from engine.server.server import EmbeddedServer
from tui.app import NatstapApp
from tui.connect.connect_error import Trouble
from tui.inspect.inspect import Inspect

DEADLINE = 60.0
POLL = 0.03
"""Seconds; looking at the whole screen is not cheap."""
SIZES = [(80, 24), (120, 40)]
sizes = pytest.mark.parametrize("size", SIZES)
small = pytest.mark.parametrize("size", SIZES[:1])
"""For a journey through a screen of which another test sees both sizes."""
all_sizes = pytest.mark.parametrize("size", [*SIZES, (200, 60)])
"""For what is laid out otherwise, or might be, on a very wide screen."""
HOSTILE = "[/] [@click=app.quit]quit[/] \x1b]0;OWNED\x07\x1b[2J \x9b1m \u202egpj\u200b"


class Hand:
    """A user at the keyboard, who sees what is on the screen."""

    def __init__(self, app: NatstapApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.server: EmbeddedServer | None = None
        """The server that is not natstap's own."""
        self._seen: tuple[list[Strip], tuple[str, ...]] = [], ()
        self._sees = False
        """Whether all of these words are on that screen."""

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Paste, for that is one event; every test presses keys as well."""
        self.app.screen.post_message(events.Paste(text))
        await self.pilot.pause()

    async def see(self, *words: str) -> None:
        """Wait until all words are on the screen."""
        try:
            await until(self.pilot, lambda: self.sees(*words))
        except TimeoutError:
            raise AssertionError(f"{words} not in:\n{self.screen}") from None

    def sees(self, *words: str) -> bool:
        """All words are on the screen now, each on one line or wrapped within a widget."""
        lines = glance(self.app)
        if lines is not self._seen[0] or words != self._seen[1]:
            self._seen = lines, words
            self._sees = self._find(lines, words)
        return self._sees

    def _find(self, lines: list[Strip], words: Iterable[str]) -> bool:
        screen = _text(lines)
        missing = [word for word in words if word not in screen]
        if not all(" " in word for word in missing):
            return False
        wrapped = list(self._wrapped(lines)) if missing else []
        return all(any(word in text for text in wrapped) for word in missing)

    @property
    def screen(self) -> str:
        """The text that is on the screen now."""
        return _text(look(self.app))

    def _wrapped(self, lines: list[Strip]) -> Iterator[str]:
        """What each visible widget shows, on one line."""
        for region, clip in self.app.screen._compositor.visible_widgets.values():
            part = region.intersection(clip)
            shown = [line.crop(part.x, part.right).text for line in lines[part.y : part.bottom]]
            yield " ".join(" ".join(shown).split())

    @property
    def exchange(self) -> Exchange:
        """The exchange in Inspect."""
        return self.app.journal.exchange(self.app.desk.query_one(Inspect).number)


def _text(lines: list[Strip]) -> str:
    return "\n".join(line.text for line in lines)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Return when the condition has held and the app is idle; fail after `DEADLINE` seconds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(POLL)
    await pilot.pause()


@asynccontextmanager
async def sitting(
    size: tuple[int, int] = (120, 40),
    *,
    demo: bool = True,
    environment: str | None = None,
    notifications: bool = False,
    **flags: Any,
) -> AsyncIterator[Hand]:
    app = NatstapApp(flags, {}, demo=demo, environment=environment)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None or isinstance(app.screen, Trouble))
        if demo:  # what a run before has left in the composer, or the demo's first request
            await until(pilot, lambda: app.desk.composer.touched)
        yield hand
        if app.screen_stack:  # what nobody looked at can be drawn, too
            glance(app)


@asynccontextmanager
async def sitting_alone(
    size: tuple[int, int] = (120, 40), *, notifications: bool = False
) -> AsyncIterator[Hand]:
    """On a server where nobody else is."""
    async with EmbeddedServer() as server:
        own = server.profile()
        flags = {"server": server.url, "user": own.user, "password": own.password}
        async with sitting(size, demo=False, notifications=notifications, **flags) as hand:
            hand.server = server
            yield hand


async def ask(hand: Hand, subject: str, body: str = "") -> None:
    """Write a request over what is in the composer, and send it."""
    await hand.press("ctrl+o", "1")
    await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "subject")
    await hand.press("home", "shift+end", "delete")
    await hand.write(subject)
    if body:
        await hand.press("tab", "ctrl+home", "ctrl+shift+end", "delete")
        await hand.write(body)
    await hand.press("ctrl+j")


async def asked(hand: Hand, subject: str, state: State, body: str = "") -> None:
    """Ask, and wait until this is what became of it."""
    await ask(hand, subject, body)
    await until(hand.pilot, lambda: became(hand, subject, state))


def became(hand: Hand, subject: str, state: State) -> bool:
    """The exchange in Inspect is on this subject, and in this state."""
    return hand.exchange.subject == subject and hand.exchange.state is state


def type_ahead(hand: Hand, *keys: str) -> None:
    """As who types faster than the screen is drawn."""
    for key in keys:
        hand.app.post_message(events.Key(key, key if len(key) == 1 else None))


def assert_inert(hand: Hand) -> None:
    found = set(hand.screen) & set("\x1b\x07\x9b\u202e\u200b\x00\x7f")
    assert not found, sorted(found)
