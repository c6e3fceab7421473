"""The presenter view: large letters that fit, a step at a time, and the keys that are pressed."""

from __future__ import annotations

import pytest
from helpers.desk import HOSTILE, ask, asked, assert_inert, sitting, until
from textual.widgets import Static

from engine.journal import State
from tui.presenter.big_type import FONTS, draw_big
from tui.presenter.key_echo import KeyEcho
from tui.presenter.presenter import Presenter, folded


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize(
    "text", ["orders.create", "shop.v2.eu-central.orders.create", "no responders"]
)
def test_large_letters_fit(text: str, width: int) -> None:
    rows = draw_big(text, width, 40)
    assert max(map(len, rows)) <= width
    assert len(rows) > 4, "drawn, and not written"


def test_the_largest_letters_that_fit_are_used() -> None:
    widths = [max(map(len, draw_big("tea", width, 20))) for width in (200, 17)]
    assert widths[0] > 17 >= widths[1]
    assert len(draw_big("tea", 200, 3)) == 1
    assert len(FONTS) == 4


@pytest.mark.parametrize("text", ["", "Grüße", HOSTILE, "x" * 5000, "wwwwwwwwwwwwwwwwwwwwwwww"])
def test_what_has_no_large_letters_is_written(text: str) -> None:
    rows = draw_big(text, 30, 10)
    assert len(rows) <= 10
    assert "\x1b" not in "".join(rows)


def test_sentences_are_cut_at_blanks() -> None:
    assert folded("Nobody listens on stock.check.", 18) == ["Nobody listens on", "stock.check."]


async def test_an_exchange_is_presented_step_by_step() -> None:
    async with sitting((80, 24)) as hand:
        await asked(hand, "stock.check", State.NO_RESPONDERS, '{"item": "tea"}')
        await hand.press("escape", "alt+k", "Z")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Presenter))
        await hand.see("REQUEST", "1 of 3", "tea")
        await hand.press("right")
        await hand.see("PATH", "keys", "Right")
        await hand.press("space")
        await hand.see("REPLY", "✗", "Nobody listens on stock.check", "3 of 3")
        await hand.press("F")
        await hand.see("FLOW", "1 of 2")
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        await hand.press("ctrl+o", "1", "home", "s", "e", "c")
        keys = str(hand.app.desk.query_one(KeyEcho).render())
        assert "^O" in keys
        assert " s " not in keys, "what is typed into a field is shown to nobody"
        await hand.press("alt+k")
        await until(hand.pilot, lambda: not hand.app.desk.query(KeyEcho))


async def test_what_others_send_is_inert_in_large_type_too() -> None:
    async with sitting((80, 24)) as hand:
        await ask(hand, "math.div", HOSTILE)
        await until(hand.pilot, lambda: hand.exchange.state is State.SERVICE_ERROR)
        await hand.press("escape", "Z")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Presenter))
        for _ in range(3):
            assert_inert(hand)
            assert hand.app.screen.query_one("#slide", Static)
            await hand.press("right")
