"""What is typed before the desk is there: it is seen at once, and none of it is lost."""

from __future__ import annotations

import pytest
from helpers.desk import Hand, until

from engine.errors import NotConnected
from tui.app import NatstapApp
from tui.desk.opening import Opening


async def test_what_is_typed_into_the_outline_begins_the_subject() -> None:
    app = NatstapApp({}, {}, demo=True)
    held = app.furnish
    app.furnish = lambda: None  # type: ignore[method-assign, assignment, return-value]
    async with app.run_test(size=(120, 40)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: isinstance(app.screen, Opening))
        await pilot.press(*"ordexx", "backspace", "backspace", "escape")
        await hand.see("Request", "orde")
        held()
        await pilot.press(*"rs.new")
        await until(pilot, lambda: app.session is not None)
        await until(pilot, lambda: app.desk.composer.subject.value == "orders.new")
        assert app.focused is app.desk.composer.subject


async def test_a_session_that_was_opened_for_a_desk_that_did_not_come_is_closed() -> None:
    app = NatstapApp({}, {}, demo=True)
    app.connect = lambda: None  # type: ignore[method-assign, assignment, return-value]
    async with app.run_test(size=(80, 24)) as pilot:
        start = app._start
        await until(pilot, lambda: start._early is not None and start._early.done())
        assert start._early is not None
        session = start._early.result()
    with pytest.raises(NotConnected):
        _ = session.broker.link
