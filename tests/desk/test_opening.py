"""What is typed before the desk is there: it is seen at once, and none of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.desk import Hand, all_sizes, asked, sitting_alone, until

from engine.errors import NotConnected
from engine.journal import State
from tui.app import NatstapApp
from tui.desk.desk import Desk
from tui.desk.opening import Opening

FRAMES = {"exchanges": (0, 120, False), "compose": (0, 48, True), "inspect": (48, 120, True)}
"""Where each begins and ends in a line, and whether it ends with the screen."""


def frames(app: NatstapApp) -> dict[str | None, tuple[int, int, bool]]:
    found = ((each.id, each.region) for each in app.screen.query(".pane"))
    return {name: (at.x, at.right, at.bottom == app.size.height) for name, at in found}


def column(screen: str, words: str) -> int:
    return next(line.index(words) for line in screen.splitlines() if words in line)


async def test_what_is_typed_into_the_outline_begins_the_subject() -> None:
    app = NatstapApp({}, {}, demo=True)
    held = app.furnish
    app.furnish = lambda: None  # type: ignore[method-assign, assignment, return-value]
    async with app.run_test(size=(120, 40)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: isinstance(app.screen, Opening))
        await pilot.press(*"ordexx", "backspace", "backspace", "escape")
        await hand.see("Request", "orde")
        assert frames(app) == FRAMES
        begun = hand.screen
        held()
        await pilot.press(*"rs.new")
        await until(pilot, lambda: app.session is not None)
        await until(pilot, lambda: app.desk.composer.subject.value == "orders.new")
        assert app.focused is app.desk.composer.subject
        await hand.see("orders.new")
        assert column(hand.screen, "Request") == column(begun, "Request")
        assert column(hand.screen, "orders.new") == column(begun, "orde")


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


@all_sizes
async def test_panes_are_laid_out_first_as_they_stay(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    lay_out = Desk._refresh_layout

    def note(desk: Desk, *how: Any, **more: Any) -> None:
        lay_out(desk, *how, **more)
        seen.append({pane.id: pane.region for pane in desk.query(".pane") if pane.region})

    monkeypatch.setattr(Desk, "_refresh_layout", note)
    async with sitting_alone(size):
        assert seen[0] == seen[-1]


async def test_what_nobody_has_seen_is_not_mounted() -> None:
    async with sitting_alone((80, 24)) as hand:
        desk = hand.app.desk
        parts = ("#message", "#raw", "#timeline", "#search-bar")
        assert not [part for part in parts if desk.query(f"{part} *")]
        await asked(hand, "nobody.there", State.NO_RESPONDERS, '{"is": "shown"}')
        await hand.press("3")
        await hand.see('"is"')
        assert [part for part in parts if desk.query(f"{part} *")] == ["#message"]
