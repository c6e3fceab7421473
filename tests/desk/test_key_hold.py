"""Keys that are typed while a screen opens are for that screen, and none of them is lost."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from bench.terminal import Terminal
from helpers.desk import Hand, sitting, type_ahead, until
from textual import events
from textual.binding import BindingType
from textual.widgets import Input

from engine.session import Session
from tui.connect.connect import ConnectScreen
from tui.desk.desk import Desk
from tui.desk.desk_commands import DESK
from tui.desk.screens import screen_entry
from tui.kit import key_hold
from tui.kit.command import Command
from tui.kit.palette import Palette
from tui.recording.record_dialog import RECORD, RecordDialog
from tui.streams.new_stream import NewStreamForm
from tui.watching.watching import Watching

ADDRESS = "nats://Natstap.example:4222"
OPENED: list[tuple[tuple[str, ...], str, type]] = [
    (("C",), "b1.example", ConnectScreen),
    (("alt+c",), ADDRESS, ConnectScreen),
    (("w",), "orders.*", Watching),
    (("ctrl+p",), "Connect", Palette),
    (("ctrl+p", *"servers", "up", "down", "escape", "C"), ADDRESS, ConnectScreen),
    (("ctrl+p", *"another server", "enter"), ADDRESS, ConnectScreen),
    (("alt+r",), "night.natstap", RecordDialog),
    (("S", "n"), "STORED", NewStreamForm),
    (("f1", "escape", "w"), "CdeSw", Watching),
    (("slash",), "subject:orders Cw", Desk),
]


def field(hand: Hand) -> str:
    """What is in the field that has the focus."""
    focused = hand.app.focused
    return focused.value if isinstance(focused, Input) else ""


async def to_the_list(hand: Hand) -> None:
    """Where letters are keys."""
    await hand.press("ctrl+o", "2")
    await until(hand.pilot, lambda: not isinstance(hand.app.focused, Input))


async def test_what_is_typed_with_the_key_of_a_screen_is_for_it() -> None:
    async with sitting() as hand:
        for keys, typed, screen in OPENED:
            await to_the_list(hand)
            type_ahead(hand, *keys, *typed)
            await until(hand.pilot, lambda: field(hand).endswith(typed))  # noqa: B023
            assert type(hand.app.screen) is screen, keys
            assert field(hand) == typed or screen is RecordDialog, keys
            while hand.app.screen is not hand.app.desk:
                await hand.press("escape")


async def test_what_is_pasted_stays_between_the_keys() -> None:
    async with sitting() as hand:
        await to_the_list(hand)
        before = hand.app.desk.composer.subject.value
        type_ahead(hand, "C", "a")
        hand.app.post_message(events.Paste("PASTED"))
        type_ahead(hand, "z")
        await until(hand.pilot, lambda: field(hand) == "aPASTEDz")
        assert hand.app.desk.composer.subject.value == before


async def test_keys_after_one_that_closes_a_screen_act_on_the_one_below() -> None:
    async with sitting() as hand:
        await to_the_list(hand)
        type_ahead(hand, "S", "escape", "t", "q", "slash", *"orders")
        await until(hand.pilot, lambda: field(hand) == "orders")
        assert hand.app.screen is hand.app.desk


async def open_nothing(desk: Desk, _session: Session) -> None:
    desk.app.bell()


async def never_open(_desk: Desk, _session: Session) -> None:
    await asyncio.Event().wait()


async def open_slowly(desk: Desk, _session: Session) -> None:
    """As a machine that is busy, or a disk that is slow, reads what a screen needs."""
    time.sleep(2 * key_hold.PATIENCE)  # noqa: ASYNC251
    await desk.switching.connect()


NOTHING = screen_entry("nothing", "Q", "Nothing", "Open nothing", open_nothing)
NEVER = screen_entry("never", "f8", "Never", "Never open", never_open)
SLOWLY = screen_entry("slowly", "f7", "Slowly", "Open slowly", open_slowly)


class DeskThatOpensNothing(Desk):
    __module__ = Desk.__module__  # its style sheets are found beside the desk's
    TABLE = (*DESK, NOTHING, NEVER, SLOWLY)
    BINDINGS: ClassVar[list[BindingType]] = [each.binding for each in (NOTHING, NEVER, SLOWLY)]


@asynccontextmanager
async def sitting_where_nothing_opens(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hand]:
    monkeypatch.setattr("tui.desk.desk.Desk", DeskThatOpensNothing)
    async with sitting() as hand:
        await to_the_list(hand)
        yield hand


async def test_keys_behind_a_command_that_opens_nothing_are_for_the_screen_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sitting_where_nothing_opens(monkeypatch) as hand:
        type_ahead(hand, "Q", "slash", *"orders")
        await until(hand.pilot, lambda: field(hand) == "orders")
        assert hand.app.screen is hand.app.desk


async def test_a_command_that_never_opens_its_screen_makes_nothing_deaf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_hold, "PATIENCE", 0.5)
    async with sitting_where_nothing_opens(monkeypatch) as hand:
        type_ahead(hand, "f8", "slash", *"orders")
        await until(hand.pilot, lambda: field(hand) == "orders")
        type_ahead(hand, "escape", "escape", "f8", "C", *"natstap.example")
        await until(hand.pilot, lambda: field(hand) == "natstap.example")
        assert isinstance(hand.app.screen, ConnectScreen)


async def test_a_machine_that_is_busy_does_not_wear_out_the_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_hold, "PATIENCE", 0.5)
    async with sitting_where_nothing_opens(monkeypatch) as hand:
        type_ahead(hand, "f7", *"natstap.example")
        await until(hand.pilot, lambda: field(hand) == "natstap.example")
        assert isinstance(hand.app.screen, ConnectScreen)


async def test_a_key_that_quits_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_hold, "PATIENCE", 3600.0)
    async with sitting_where_nothing_opens(monkeypatch) as hand:
        type_ahead(hand, "f8", "S", "ctrl+q")
        await until(hand.pilot, lambda: hand.app._exit)
        assert hand.app.screen is hand.app.desk


async def test_a_burst_of_bytes_from_a_terminal_ends_in_the_field_of_the_screen_it_opens() -> None:
    async with Terminal([sys.executable, "-m", "tui", "--demo"]) as terminal:
        await terminal.shows("connected", 60)
        terminal.press(b"\x0f2Cb1.Natstap.example")
        await terminal.shows("b1.Natstap.example")
        terminal.press(b"\x11")


async def test_a_burst_of_bytes_opens_a_form_on_the_screen_that_it_opens() -> None:
    async with Terminal([sys.executable, "-m", "tui", "--demo"]) as terminal:
        await terminal.shows("connected", 60)
        terminal.press(b"\x0f2SnSTORED.HERE")
        await terminal.shows("STORED.HERE")
        terminal.press(b"\x11")


async def work_for_ever(_: RecordDialog) -> None:
    await asyncio.Event().wait()


WORK = Command(
    "record.work", "ctrl+t", "Work", "For ever", work_for_ever, anywhere=True, waits=True
)


class DialogAtWork(RecordDialog):
    """Of its own class: what commands a class has is found out once for all tests of a process."""

    __module__ = RecordDialog.__module__
    TABLE = (RECORD[0], WORK)


async def test_escape_leaves_a_dialog_that_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_hold, "PATIENCE", 1e6)
    monkeypatch.setattr("tui.recording.record_dialog.RecordDialog", DialogAtWork)
    async with sitting() as hand:
        await to_the_list(hand)
        await hand.press("alt+r")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, DialogAtWork))
        await hand.press("ctrl+t", "escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
