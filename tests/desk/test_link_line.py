"""What is wrong with the connection is on every screen, within two seconds."""

from __future__ import annotations

import time

import pytest
from helpers.desk import sitting, sitting_alone, until
from helpers.freezing import frozen
from helpers.screens import profile_of
from helpers.systems import responder

from engine.link.heartbeat import GIVEN_UP_AFTER, HEARTBEAT, SILENT_AFTER
from tui.compose.forecast_line import Forecast
from tui.desk.status_bar import StatusBar
from tui.watching.watching import Watching


def test_a_silent_server_is_known_within_two_seconds() -> None:
    assert HEARTBEAT + SILENT_AFTER < 2.0 < GIVEN_UP_AFTER


async def test_every_screen_says_that_the_server_does_not_answer() -> None:
    async with sitting_alone() as hand:
        assert hand.server is not None
        await hand.write("svc.x")
        await hand.press("ctrl+j")
        await hand.see("no responders")
        for key in ("t", "s", "S", "c", "ctrl+r", "ctrl+b", "F", "w"):
            await hand.press("escape", key)
            await until(hand.pilot, lambda: hand.app.screen is not hand.app.desk)
            with frozen(hand.server.pid):
                await hand.see("not answering", "may be old")
            await until(hand.pilot, lambda: "may be old" not in hand.screen)
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_a_screen_opened_without_the_server_claims_nothing_and_promises_nothing() -> None:
    async with sitting_alone() as hand:
        assert hand.server is not None
        await hand.see("connected")
        await hand.server.stop()
        await hand.see("reconnecting")
        for key, words in (
            ("S", "The streams cannot be listed: above is why."),
            ("s", "The services cannot be asked: above is why."),
            ("o", "Not known: "),
        ):
            await hand.press("escape", key)
            await hand.see("! ", words)
            for claimed in ("0 client", "0 service", "0 stream", "Reading…", "Asking"):
                assert claimed not in hand.screen
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_the_desk_says_so_too_and_takes_it_back() -> None:
    async with sitting_alone() as hand:
        assert hand.server is not None
        began = time.monotonic()
        with frozen(hand.server.pid):
            await hand.see("not answering")
            assert time.monotonic() - began < 10  # about 2 s; a busy machine takes longer
        await until(hand.pilot, lambda: hand.app.desk.query_one(StatusBar).status.rtt)


async def test_nothing_is_claimed_of_clients_that_no_server_named() -> None:
    async with sitting() as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        dialog = hand.app.screen
        assert isinstance(dialog, Watching)
        await until(hand.pilot, lambda: "Asking who is there" not in hand.screen)
        dialog._show_clients(("no server answered",))
        await hand.see("Not known: no server answered.")
        assert "No other client has asked" not in hand.screen


async def test_who_listens_is_asked_again_as_soon_as_the_link_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not only when the composer is worked in, or after half a minute."""
    monkeypatch.setattr(Forecast, "_renew", lambda _: None)  # no beat helps
    async with sitting_alone() as hand:
        assert hand.server is not None
        async with responder(profile_of(hand), "orders.new", name="till-7"):
            await hand.write("orders.new")
            await hand.see("✓ 1 listens")
            await hand.press("escape")
            forecast = hand.app.desk.composer.forecast
            before = forecast.audience
            await hand.server.restart()
            await until(
                hand.pilot,
                lambda: (
                    (found := forecast.audience) is not None
                    and found is not before
                    and not found.unknown
                ),
            )
