"""Home, as the real app, on a real server with other clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from helpers.desk import (
    HOSTILE,
    Hand,
    all_sizes,
    assert_inert,
    sitting,
    sitting_alone,
    small,
    until,
)
from helpers.screens import on_the_desk, profile_of
from textual.widgets import Input

from engine import NatsBroker, NatsMessage
from tui.compose.compose import Compose
from tui.home.glimpse import Glimpse
from tui.home.home import HomeScreen
from tui.home.listener_table import ListenerTable
from tui.kit.palette import Palette
from tui.responders.new_responder import NewResponder


@asynccontextmanager
async def worker(
    hand: Hand, name: str = "till-7", subject: str = "orders.*"
) -> AsyncIterator[NatsBroker]:
    """Another client, which answers."""
    broker = NatsBroker(replace(profile_of(hand), name=name))

    @broker.subscriber(subject, queue="tills")
    async def handle(message: NatsMessage) -> bytes:
        return message.body

    async with broker:
        await broker.start()
        yield broker


async def open_home(hand: Hand) -> HomeScreen:
    await hand.press("escape", "o")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, HomeScreen))
    assert isinstance(hand.app.screen, HomeScreen)
    return hand.app.screen


@all_sizes
async def test_who_listens_where_is_live(size: tuple[int, int]) -> None:
    async with sitting_alone(size) as hand:
        await open_home(hand)
        await hand.see("Nobody else listens here.")
        async with worker(hand) as till:
            await hand.see("orders.*", "till-7", "tills", "1 client", "cid")
            await till.request(b"x", "orders.new", timeout=30)
            table = hand.app.screen.query_one(ListenerTable)
            await until(hand.pilot, lambda: table.entry is not None and table.entry.messages == 1)
        await hand.see("Nobody else listens here.")


@small
async def test_enter_composes_space_watches_a_hosts(size: tuple[int, int]) -> None:
    async with (
        sitting_alone(size, notifications=True) as hand,
        worker(hand, subject="orders.new") as till,
    ):
        await open_home(hand)
        await hand.see("orders.new")
        await hand.press("space")
        assert hand.app.session is not None
        session = hand.app.session
        await hand.see("◎")
        await till.request(b"x", "orders.new", timeout=30)
        await hand.press("space")
        await until(hand.pilot, lambda: not session.watches.running)
        await session.watches.watch_subjects(("orders.>",))
        await hand.see("◎")
        await hand.press("space")
        await hand.see("orders.> is watched already")
        assert len(session.watches.running) == 1
        await hand.press("enter")
        await on_the_desk(hand)
        assert hand.app.desk.query_one(Compose).draft().subject == "orders.new"
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        await open_home(hand)
        await hand.see("orders.new")
        await hand.press("a")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, NewResponder))
        await hand.see("orders.new")


async def test_where_somebody_listens_with_a_wildcard_a_name_is_typed_in_its_place() -> None:
    async with sitting_alone() as hand, worker(hand, subject="orders.*.new"):
        await open_home(hand)
        await hand.see("orders.*.new")
        await hand.press("enter")
        await on_the_desk(hand)
        await hand.write("tea")
        await hand.press("ctrl+j")
        await hand.see("Answered in ", "orders.tea.new")


async def test_the_rows_are_filtered_and_sorted() -> None:
    async with sitting_alone() as hand, worker(hand), worker(hand, "cook", "kitchen.>") as cook:
        await open_home(hand)
        await hand.see("kitchen.>", "orders.*", "2 subjects")
        for _ in range(3):
            await cook.request(b"x", "orders.a", timeout=30)
        await hand.press("m")
        await until(
            hand.pilot, lambda: hand.screen.find("orders.*") < hand.screen.find("kitchen.>")
        )
        await hand.press("slash", *"cook")
        await hand.see("1 of 2")
        assert "orders.*" not in hand.screen
        assert hand.app.screen.query_one("#home-filter", Input).value == "cook"
        await hand.press("escape")
        await hand.see("2 subjects")
        await hand.press("escape")
        await on_the_desk(hand)


async def test_nothing_is_asked_of_the_servers_while_nobody_looks() -> None:
    async with sitting_alone() as hand, worker(hand):
        await open_home(hand)
        await hand.see("orders.*")
        await hand.press("escape")
        await on_the_desk(hand)
        assert not [work for work in hand.app.workers if work.group == "home" and work.is_running]


@all_sizes
async def test_an_empty_desk_shows_who_listens_there(size: tuple[int, int]) -> None:
    async with sitting_alone(size) as hand:
        await hand.press("escape")
        await hand.see("No exchanges yet.")
        async with worker(hand, subject="orders.new"):
            await hand.see("Who listens here:", "Space watches", "orders.new", "till-7")
            assert hand.app.focused is hand.app.desk.query_one(Glimpse).table
            await hand.press("enter")
            await until(
                hand.pilot,
                lambda: hand.app.desk.query_one(Compose).subject.value == "orders.new",
            )
            await hand.press("ctrl+j")
            await hand.see("Answered in ")
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.focused is hand.app.desk.exchanges.list)
            assert not hand.app.desk.query_one(Glimpse).display


async def test_the_demo_shows_its_services() -> None:
    async with sitting() as hand:
        await hand.see("Who listens here:", "calculators", "orders-1", "shop 1.2.0", "▤ AUDIT")


async def test_hostile_names_are_inert() -> None:
    async with sitting_alone() as hand, worker(hand, f"[b]{HOSTILE}"):
        await open_home(hand)
        await hand.see("orders.*", "quit")
        assert_inert(hand)


@small
async def test_the_mouse_opens_and_asks_what_can_be_done(size: tuple[int, int]) -> None:
    async with sitting_alone(size) as hand, worker(hand, subject="orders.new"):
        screen = await open_home(hand)
        await hand.see("orders.new")
        await hand.pilot.click("#who-listens", offset=(6, 1), button=3)
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
        await hand.see("Compose a message to the subject", "Host a responder")
        assert "Theme" not in hand.screen
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is screen)
        await hand.pilot.click("#who-listens", offset=(6, 1), times=2)
        await on_the_desk(hand)
        assert hand.app.desk.query_one(Compose).draft().subject == "orders.new"


async def test_a_right_click_on_an_exchange_offers_what_acts_on_it() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        await hand.pilot.click("#list", offset=(6, 0), button=3)
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
        await hand.see("Resend", "Flow: Draw")
        assert "Statistics:" not in hand.screen
