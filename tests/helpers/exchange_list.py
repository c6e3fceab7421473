"""The live list in an app of its own, and what is put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helpers.quick_paint import painted
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from engine.journal import Journal
from engine.journal.view import View
from engine.message import publish_frame, split_frame
from tui.exchanges.exchange_list import ExchangeList


def put(
    journal: Journal, subject: str, reply: str = "", body: bytes = b"x", head: bytes = b""
) -> int:
    to, back = subject.encode("utf-8", "surrogateescape"), reply.encode()
    frame = publish_frame(to, back, head, body)
    _, _, start, size = split_frame(frame)
    journal.sink(1)(to, back, frame, start, size)
    return journal.next - 1


def events(journal: Journal, count: int) -> list[int]:
    return [put(journal, f"event.{journal.next}") for _ in range(count)]


class ListApp(App[None]):
    def __init__(self, journal: Journal, view: View | None = None) -> None:
        super().__init__()
        self.list = ExchangeList(journal, view, hint=("No exchanges yet.", "Send one with ^J."))
        self.told: list[tuple[str, int]] = []

    def compose(self) -> ComposeResult:
        yield self.list

    def on_exchange_list_selected(self, event: ExchangeList.Selected) -> None:
        self.told.append(("selected", event.number))

    def on_exchange_list_opened(self, event: ExchangeList.Opened) -> None:
        self.told.append(("opened", event.number))


@asynccontextmanager
async def desk(
    journal: Journal, size: tuple[int, int] = (80, 10), view: View | None = None
) -> AsyncIterator[tuple[ListApp, ExchangeList, Pilot[None]]]:
    """Each change is drawn: its columns have the room that what was drawn before needed."""
    app = ListApp(journal, view)
    with painted():
        async with app.run_test(size=size) as pilot:
            app.list.focus()
            await pilot.pause()
            yield app, app.list, pilot
