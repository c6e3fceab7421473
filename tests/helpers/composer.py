"""What is written into the composer, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import nats.micro
from helpers.desk import Hand, until
from textual.widgets import Select, TextArea

from engine.drafts.draft import Kind
from engine.journal import State
from tui.compose.compose import Compose
from tui.kit.editor import Field
from tui.kit.tick import Tick


def composer(hand: Hand) -> Compose:
    return hand.app.desk.query_one(Compose)


async def write(
    hand: Hand, kind: Kind, subject: str, body: str = "", **options: str | bool
) -> None:
    """As a user who fills in the fields; options go by the names of the draft's fields."""
    desk = hand.app.desk
    desk.query_one("#what", Select).value = kind
    desk.query_one("#subject", Field).value = subject
    desk.query_one("#body", TextArea).load_text(body)
    for name, value in options.items():
        option(hand, name).value = value
    await hand.pilot.pause()


def option(hand: Hand, name: str) -> Field | Tick:
    """The field of an option, by the name of the draft's: its page was in front."""
    pages = composer(hand).pages
    front = pages.front
    pages.bring("options")
    pages.bring(front)
    return pages.options.query_one(f"#{name.replace('_', '-')}")


async def state(hand: Hand, wanted: State) -> None:
    def reached() -> bool:
        number = hand.app.desk.query_one("Inspect").number
        return number in hand.app.journal and hand.exchange.state is wanted

    await until(hand.pilot, reached)


@asynccontextmanager
async def peer(hand: Hand) -> AsyncIterator[nats.NATS]:
    profile = hand.app.session.profile
    host = profile.servers[0].partition("://")[2]
    client = await nats.connect(f"nats://{host}", user=profile.user, password=profile.password)
    yield client
    await client.close()
