"""How much of the desk says something."""

from __future__ import annotations

from tui.app import NatstapApp

from .scenes import SHOP, until

SIZES = ((80, 24), (120, 40), (200, 60))
EXCHANGES = 25


async def ink(size: tuple[int, int]) -> float:
    """The part of the desk's cells that have something on them, frames left out, after a while."""
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.session is not None)
        for number in range(EXCHANGES):
            app.desk.composer.load(SHOP[number % len(SHOP)])
            before = app.journal.next
            await pilot.press("ctrl+j")
            await until(pilot, lambda before=before: app.desk.inspect.number >= before)
        await pilot.press("escape")
        await pilot.pause(3)
        strips = app.screen._compositor.render_strips(app.size)
        words = "".join(strip.text for strip in strips)
    return sum(not (sign.isspace() or "─" <= sign <= "╿") for sign in words) / len(words)
