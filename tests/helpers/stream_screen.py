"""A user before the streams screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from helpers.desk import Hand, sitting, until

from engine import NatsBroker
from engine.drafts.draft import Draft
from tui.streams.stored_list import StoredList
from tui.streams.streams import StreamsScreen
from tui.table.table import Table


class StreamsUser:
    """A user before the streams screen; `left` holds what it dismissed with."""

    def __init__(self, hand: Hand, broker: NatsBroker) -> None:
        self.hand = hand
        self.broker = broker
        self.left: list[Draft | None] = []

    @property
    def screen(self) -> StreamsScreen:
        stack = self.hand.app.screen_stack
        return next(one for one in stack if isinstance(one, StreamsScreen))

    @property
    def list(self) -> StoredList:
        return self.screen.query_one(StoredList)

    async def choose(self, name: str) -> None:
        """Go down to a stream by keys, and wait until its messages are there."""
        streams = self.screen.query_one("#stream-list", Table)
        await until(self.hand.pilot, lambda: streams.rows)
        await self.hand.press("home")
        for _ in range(streams.rows):
            if streams.cursor == name:
                break
            await self.hand.press("down")
        await until(self.hand.pilot, lambda: self.screen._turned == name)

    async def into(self, name: str) -> None:
        """Go into a stream's messages."""
        await self.choose(name)
        await self.hand.press("enter")
        await until(self.hand.pilot, lambda: self.hand.app.focused is self.list)

    async def ask(self, key: str, words: str) -> None:
        """Open the field with a key, write into it and go."""
        await self.hand.press(key)
        await until(self.hand.pilot, lambda: getattr(self.hand.app.focused, "id", "") == "place")
        await self.hand.write(words)
        await self.hand.press("enter")

    async def at(self, key: object) -> None:
        """Wait until the cursor is on this row."""
        await until(self.hand.pilot, lambda: self.list.cursor == key)


@asynccontextmanager
async def streams(
    size: tuple[int, int] = (120, 40), *, demo: bool = True, **flags: Any
) -> AsyncIterator[StreamsUser]:
    async with sitting(size, demo=demo, **flags) as hand:
        assert hand.app.session is not None
        shown = StreamsUser(hand, hand.app.session.broker)
        yield shown


async def show(shown: StreamsUser) -> None:
    session = shown.hand.app.session
    assert session is not None
    await shown.hand.app.push_screen(StreamsScreen(session), shown.left.append)


async def on(hand: Hand, screen: type) -> None:
    await until(hand.pilot, lambda: isinstance(hand.app.screen, screen))


async def opened(hand: Hand) -> StreamsUser:
    """The streams screen, by its key on the desk."""
    await hand.press("escape", "S")
    await on(hand, StreamsScreen)
    return StreamsUser(hand, hand.app.session.broker)
