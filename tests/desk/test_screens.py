"""A screen is added by its own file and one entry: then it has a key, and the palette offers it."""

from __future__ import annotations

from typing import ClassVar

import pytest
from helpers.desk import Hand, sitting, until
from helpers.screens import on_the_desk
from textual.app import ComposeResult
from textual.widgets import Static

from engine.session import Session
from tui.desk.desk import Desk
from tui.desk.desk_commands import DESK
from tui.desk.screens import screen_entry
from tui.kit.command import Command, Commanded
from tui.kit.page import Page


class Notes(Page[str | None], Commanded):
    TABLE: ClassVar[tuple[Command[Page[str | None]], ...]] = (
        Command("notes.take", "t", "Take", "Take a note", lambda screen: screen.dismiss("taken")),
    )

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        yield Static(f"Notes on {self._session.where}")


async def open_notes(desk: Desk, session: Session) -> None:
    if note := await desk.app.push_screen_wait(Notes(session)):
        desk.app.notify(f"The note was {note}.")


ENTRY = screen_entry("notes", "Q", "Notes", "Everything that was noted", open_notes)


class DeskWithNotes(Desk):
    __module__ = Desk.__module__  # its style sheets are found beside the desk's
    TABLE = (*DESK, ENTRY)


async def is_opened_and_left(hand: Hand) -> None:
    await until(hand.pilot, lambda: isinstance(hand.app.screen, Notes))
    await hand.see("Notes on ")
    await hand.press("t")
    await on_the_desk(hand)
    await hand.see("The note was taken.")


async def test_a_screen_has_a_key_and_is_in_the_palette(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.desk.desk.Desk", DeskWithNotes)
    async with sitting(notifications=True) as hand:
        await hand.press("escape", "Q")
        await is_opened_and_left(hand)
        hand.app.clear_notifications()
        await hand.press("ctrl+p", *"noted")
        await hand.see("Notes: Everything that was noted")
        await hand.press("enter")
        await is_opened_and_left(hand)
