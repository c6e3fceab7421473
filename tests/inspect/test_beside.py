"""In a pane that is high enough, what else there is to know stands below the message."""

from __future__ import annotations

import pytest
from helpers.desk import ask, asked, sitting, until

from engine.journal import State
from tui.inspect.beside import Beside
from tui.inspect.earlier import Earlier

WIDE = (200, 60)


async def test_request_and_reply_are_read_together_with_their_times() -> None:
    async with sitting(WIDE) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.see("Answered in ")
        beside = hand.app.desk.query_one(Beside)
        await hand.see("Request", "Timeline", "[6,", '"result": 42', "→ request", "← reply")
        assert "─Why" not in hand.screen
        await hand.press("escape", "3", "left_square_bracket")
        await until(hand.pilot, lambda: "─Reply" in hand.screen)
        await hand.press("right_square_bracket", "right_square_bracket")
        await until(hand.pilot, lambda: not beside.display)


async def test_where_nothing_came_back_it_says_why() -> None:
    async with sitting(WIDE) as hand:
        await ask(hand, "stock.check", "{}")
        await hand.see("Nobody listens on stock.check.", "What was seen", "Timeline", "status 503")
        assert "─Reply" not in hand.screen


async def test_it_tells_how_it_went_before_on_the_subject() -> None:
    async with sitting(WIDE) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.see("Answered in ")
        earlier = hand.app.desk.query_one(Earlier)
        assert not earlier.display
        await ask(hand, "math.div", "[1, 0]")
        await hand.see("division by zero")
        await ask(hand, "math.mul", "[2, 3]")
        await until(hand.pilot, lambda: earlier.display)
        told = str(earlier.render())
        assert "answered" in told
        assert "[6, 7]" in told
        assert "[1, 0]" not in told


async def test_what_went_before_is_counted_and_its_failures_drawn() -> None:
    async with sitting(WIDE) as hand:
        for count in range(4):
            await asked(hand, "stock.check", State.NO_RESPONDERS, f"[{count}]")
        earlier = hand.app.desk.query_one(Earlier)
        await until(hand.pilot, lambda: "3 of 3 failed" in str(earlier.render()))
        assert "█" in str(earlier.render())
        assert "p99" not in str(earlier.render())
        for count in range(4):
            await asked(hand, "math.mul", State.ANSWERED, f"[{count}, 2]")
        await until(hand.pilot, lambda: "no failures" in str(earlier.render()))
        assert "p99" in str(earlier.render())
        assert "Before: 3 on math.mul" in str(earlier.border_title)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (160, 30)])
async def test_a_low_pane_shows_one_message(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.see("Answered in ")
        assert not hand.app.desk.query_one(Beside).display


async def test_a_row_tells_what_came_back_where_there_is_room() -> None:
    async with sitting(WIDE) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.see('[6, 7] → {"result":42}')
        await ask(hand, "math.div", "[1, 0]")
        await hand.see("[1, 0] → division by zero")
