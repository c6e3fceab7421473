"""The screen of statistics: drawn when something was counted, and still while nothing is."""

from __future__ import annotations

from helpers.desk import sitting_alone, until
from helpers.lens import put

from engine.journal import Journal
from engine.statistics.statistics import Order, Statistics
from tui.statistics.statistics import StatisticsScreen


class Watched(Statistics):
    turns = 0
    """How often it was to count."""
    pictures = 0
    """How often it was asked for its subjects, which a picture does."""

    def catch_up(self, budget: float) -> bool:
        self.turns += 1
        return super().catch_up(budget)

    def names(
        self, order: Order = "count", now: float | None = None, holding: str = ""
    ) -> list[str]:
        self.pictures += 1
        return super().names(order, now, holding)


async def test_nothing_is_drawn_while_nothing_is_counted() -> None:
    journal = Journal()
    async with sitting_alone() as hand:
        seen = Watched(journal)
        await hand.app.push_screen(StatisticsScreen(seen))
        await hand.see("0 exchanges")
        turns, pictures = seen.turns, seen.pictures
        await until(hand.pilot, lambda: seen.turns >= turns + 4)
        assert seen.pictures == pictures
        put(journal, b"orders.new")
        await hand.see("orders.new", "1 exchange")
