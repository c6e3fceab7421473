"""What a dialog can do stays in sight however much it holds; no name is cut beside blanks."""

from __future__ import annotations

from helpers.desk import sitting, sizes, until

from tui.exchanges.exchange_rows import COLUMNS
from tui.kit.columns import Column
from tui.kit.dialog_box import DialogBox
from tui.table.word_table import aligned


@sizes
async def test_the_verbs_of_a_full_dialog_are_in_sight(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        assert hand.app.session is not None
        for subject in ("orders.create", "math.*", "report.slow", "shop.price", "stock.check"):
            await hand.app.session.watches.watch_subjects([subject])
        await hand.press("escape", "w")
        await hand.see("Running", "all of these")
        await hand.see("Watch everything for", "Close  Esc")
        box = hand.app.screen.query_one(DialogBox)
        button = hand.app.screen.query_one("#watching-close")
        await until(hand.pilot, lambda: box.content_region.contains_region(button.region))


async def test_long_keys_have_a_line_of_their_own_in_the_help() -> None:
    async with sitting((200, 60)) as hand:
        await hand.press("escape", "f1")
        await hand.see("Keys", "Alt+S, Shift+F12")
        lines = hand.screen.splitlines()
        at = next(n for n, line in enumerate(lines) if "Alt+S, Shift+F12" in line)
        begin = lines[at].index("Alt+S, Shift+F12")
        assert not lines[at][begin + len("Alt+S, Shift+F12") : begin + 60].strip(" │")
        assert "Save what was copied last in a file" in lines[at + 1]


def test_an_empty_column_takes_no_room_from_the_others() -> None:
    columns = tuple(Column(name, 6, grow=True) for name in ("client", "", "subject"))
    rows = [("orders-1", "", "orders.create.now"), ("b", "", "c")]
    assert aligned(columns, rows, 40)[1] == "orders-1  orders.create.now"
    assert aligned(columns, [("a", "withheld", "b")], 40)[1].split() == ["a", "withheld", "b"]


async def test_a_note_does_not_widen_the_column_of_subjects() -> None:
    async with sitting((200, 60)) as hand:
        assert hand.app.session is not None
        await hand.app.session.watches.watch_subjects(["a.very.long.pattern.to.be.told.in.a.note"])
        await hand.see("── ", "listens to")
        rows = hand.app.desk.exchanges.list.exchanges
        assert max(rows.held(COLUMNS)) < 30
