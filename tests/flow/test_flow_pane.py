"""The flow beside the list: it follows the chosen row, and the list and Inspect follow it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from helpers.desk import Hand, sitting, until

from engine.errors import NatstapError
from tui.flow.flow import FlowScreen
from tui.flow.flow_pane import FlowPane

WIDE = (200, 60)


async def flowed(hand: Hand) -> list[int]:
    """Three requests, of which the first two belong together and the second fails; the list's."""
    app = hand.app
    assert app.session is not None
    broker = app.session.broker
    for subject, body, thread in (
        ("math.mul", [6, 7], "one"),
        ("math.div", [1, 0], "one"),
        ("orders.create", {"item": "tea", "qty": 2}, "two"),
    ):
        with suppress(NatstapError):
            await broker.request(body, subject, correlation_id=thread)
    view = app.desk.exchanges.list.view
    await until(hand.pilot, lambda: len(view) >= 3)
    await hand.press("escape")
    return [view[at] for at in range(len(view)) if app.journal.exchange(view[at]).own]


def pane(hand: Hand) -> FlowPane:
    return hand.app.desk.query_one(FlowPane)


async def test_it_stands_below_inspect_where_several_belong_together() -> None:
    async with sitting(WIDE) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[0])
        await hand.see("Flow: 2 exchanges", "service error")
        assert hand.app.desk.inspect.region.bottom <= pane(hand).region.y
        assert pane(hand).steps.highlighted == 0
        hand.app.desk.exchanges.list.reveal(numbers[1])
        await until(hand.pilot, lambda: pane(hand).steps.highlighted == 1)
        hand.app.desk.exchanges.list.reveal(numbers[2])
        await until(hand.pilot, lambda: not pane(hand).display)


async def test_its_key_goes_there_and_back_also_for_one_that_is_alone() -> None:
    async with sitting(WIDE) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[2])
        await until(hand.pilot, lambda: hand.app.desk.inspect.number == numbers[2])
        await hand.press("f3")
        await hand.see("Flow: 1 exchange")
        assert pane(hand).has_focus_within
        await hand.press("f3")
        await until(hand.pilot, lambda: not pane(hand).display)
        assert hand.app.focused is hand.app.desk.exchanges.list
        await hand.press("F")
        await until(hand.pilot, lambda: pane(hand).has_focus_within)
        await hand.press("escape")
        await until(hand.pilot, lambda: not pane(hand).display)


async def test_whoever_moves_in_it_moves_in_the_list() -> None:
    async with sitting(WIDE) as hand:
        numbers = await flowed(hand)
        desk = hand.app.desk
        desk.exchanges.list.reveal(numbers[0])
        await hand.see("Flow: 2 exchanges")
        await hand.press("f3")
        await until(hand.pilot, lambda: pane(hand).has_focus_within)
        await hand.press("down")
        await until(hand.pilot, lambda: desk.inspect.number == numbers[1])
        assert desk.exchanges.list.cursor == numbers[1]
        assert pane(hand).has_focus_within
        await hand.press("enter")
        await until(hand.pilot, lambda: desk.inspect.has_focus_within)


async def test_what_joins_it_is_drawn() -> None:
    async with sitting(WIDE) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[2])
        await until(hand.pilot, lambda: hand.app.desk.inspect.number == numbers[2])
        assert not pane(hand).display
        assert hand.app.session is not None
        await hand.app.session.broker.request([1, 2], "math.mul", correlation_id="two")
        await hand.see("Flow: 2 exchanges")


async def test_it_is_copied_and_its_screen_opened() -> None:
    async with sitting(WIDE, notifications=True) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[0])
        await hand.see("Flow: 2 exchanges")
        await hand.press("f3", "y")
        await until(hand.pilot, lambda: "math.div" in hand.app.clipboard)
        await hand.press("Y")
        await until(hand.pilot, lambda: "sequenceDiagram" in hand.app.clipboard)
        await hand.press("d")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, FlowScreen))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_where_there_is_no_room_it_has_a_screen(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[0])
        await until(hand.pilot, lambda: hand.app.desk.inspect.number == numbers[0])
        assert not pane(hand).display
        await hand.press("f3")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, FlowScreen))


async def test_one_pane_alone_has_no_flow_beside_it() -> None:
    async with sitting(WIDE) as hand:
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[0])
        await hand.see("Flow: 2 exchanges")
        await hand.press("f2")
        await until(hand.pilot, lambda: not pane(hand).display)
        await hand.press("f2")
        await hand.see("Flow: 2 exchanges")


async def test_it_looks_again_only_when_something_happens() -> None:
    async with sitting(WIDE) as hand:
        assert not pane(hand).ticking
        numbers = await flowed(hand)
        hand.app.desk.exchanges.list.reveal(numbers[0])
        await hand.see("Flow: 2 exchanges")
        await until(hand.pilot, lambda: not pane(hand).ticking)
        assert hand.app.session is not None
        await hand.app.session.broker.request([2, 3], "math.mul", correlation_id="one")
        await hand.see("Flow: 3 exchanges")
        hand.app.desk.exchanges.list.reveal(numbers[2])  # it is alone, and shown by none
        await until(hand.pilot, lambda: not pane(hand).display and not pane(hand).ticking)
