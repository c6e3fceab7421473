"""The cursor of the list is always on a row in sight, and keys act on that row."""

from __future__ import annotations

import pytest
from helpers.desk import Hand, sitting, until
from helpers.exchange_list import desk, events, put
from textual.app import App, ComposeResult
from textual.widget import Widget

from engine.journal import Journal
from engine.journal.view import View
from engine.statistics.statistics import Statistics
from engine.statistics.subject_tally import SubjectStats
from tui.exchanges.exchange_list import ExchangeList
from tui.flow.flow import FlowScreen
from tui.inspect.inspect import Inspect
from tui.statistics.stat_rows import COLUMNS, StatRows
from tui.table.table import Cell, Column, Row, Table


def bright(shown: ExchangeList) -> list[int]:
    """The exchanges on the lines that are drawn as the cursor's."""
    return [line.look.number for line in shown._grid.painted if line.cursor]


async def test_while_following_it_rides_on_the_newest(journal: Journal) -> None:
    async with desk(journal) as (app, shown, _):
        for count in (3, 30):
            newest = events(journal, count)[-1]
            shown.refresh_from_journal()
            assert (shown.cursor, bright(shown)) == (newest, [newest])
        assert app.told == []


async def test_a_chosen_row_stays_chosen_and_in_sight(journal: Journal) -> None:
    events(journal, 30)
    async with desk(journal) as (app, shown, pilot):
        await pilot.click(shown, offset=(10, 4))
        assert (shown.cursor, shown.follow) == (25, True)
        events(journal, 3)
        shown.refresh_from_journal()
        assert (bright(shown), shown.follow) == ([25], True)
        events(journal, 30)
        shown.refresh_from_journal()
        assert (bright(shown), shown.follow, shown.view[shown.top]) == ([25], False, 25)
        events(journal, 5)
        shown.refresh_from_journal()
        assert bright(shown) == [25]
        await pilot.press("end")
        assert (bright(shown), shown.follow) == ([68], True)
        newest = events(journal, 1)[-1]
        shown.refresh_from_journal()
        assert bright(shown) == [newest]
        assert app.told == [("selected", 25), ("selected", 68)]


@pytest.mark.parametrize("start", ["f", "end", "wheel"])
async def test_to_follow_again_is_to_ride_again(journal: Journal, start: str) -> None:
    events(journal, 30)
    async with desk(journal) as (_, shown, pilot):
        await pilot.press("home")
        if start == "wheel":
            shown.scroll_by(100)
            shown.scroll_by(1)
        else:
            await pilot.press(start)
        newest = events(journal, 40)[-1]
        shown.refresh_from_journal()
        assert (bright(shown), shown.follow) == ([newest], True)


async def test_the_wheel_takes_the_cursor_along(journal: Journal) -> None:
    events(journal, 60)
    async with desk(journal) as (app, shown, pilot):
        await pilot.press("up")
        shown.scroll_by(-3)
        assert bright(shown) == [57]
        shown.scroll_by(-300)
        assert bright(shown) == [10]
        shown.scroll_by(2)
        await pilot.pause()
        assert bright(shown) == [10]
        shown.scroll_by(30)
        await pilot.pause()
        assert bright(shown) == [33]
        assert app.told[-1] == ("selected", 33)


async def test_it_is_there_while_the_list_is_paused(journal: Journal) -> None:
    events(journal, 30)
    async with desk(journal) as (_, shown, pilot):
        shown.exchanges.pause()
        events(journal, 30)
        shown.refresh_from_journal()
        assert bright(shown) == [30]
        await pilot.press("up")
        assert bright(shown) == [29]
        shown.exchanges.go_on()
        shown.refresh_from_journal()
        assert bright(shown) == [29]


async def test_a_filter_moves_it_to_what_is_nearest(journal: Journal) -> None:
    events(journal, 200)
    async with desk(journal) as (_, shown, _):
        shown.reveal(101)
        shown.exchanges.show_view(View(journal, lambda number, code: number % 2 == 0))
        shown.refresh_from_journal()
        assert bright(shown) == [102]
        shown.exchanges.show_view(View(journal, lambda number, code: False))
        shown.refresh_from_journal()
        assert (shown.cursor, bright(shown)) == (None, [])
        shown.exchanges.show_view(View(journal))
        shown.refresh_from_journal()
        assert len(bright(shown)) == 1


async def test_what_has_no_row_yet_is_revealed_as_soon_as_it_has(journal: Journal) -> None:
    events(journal, 3)
    async with desk(journal) as (app, shown, pilot):
        number = put(journal, "mine")
        shown.reveal(number)
        events(journal, 4)
        shown.refresh_from_journal()
        await pilot.pause()
        assert (bright(shown), app.told) == ([number], [("selected", number)])


async def test_a_row_that_fell_out_leaves_it_on_the_oldest() -> None:
    journal = Journal(max_bytes=4 << 20)
    async with desk(journal) as (_, shown, pilot):
        for _ in range(60):
            put(journal, "event", body=b"x" * 65536)
        shown.refresh_from_journal()
        await pilot.press("home")
        for _ in range(300):
            put(journal, "event", body=b"x" * 65536)
        shown.refresh_from_journal()
        assert bright(shown) == [shown.view[0]]


async def test_all_of_a_small_screen_is_one_row(journal: Journal) -> None:
    events(journal, 30)
    async with desk(journal, (40, 1)) as (_, shown, pilot):
        await pilot.press("up", "up", "down", "up")
        assert bright(shown) == [28]
        events(journal, 3)
        shown.refresh_from_journal()
        assert bright(shown) == [28]


# -- what keys act on ------------------------------------------------------------------------


def rows(hand: Hand) -> ExchangeList:
    return hand.app.desk.query_one(ExchangeList)


async def in_list(hand: Hand, count: int = 3) -> None:
    """Some exchanges that others had, and the list in front, nothing chosen."""
    journal = hand.app.journal
    for n in range(count):
        put(journal, f"shop.{n}", f"_INBOX.other.{n}")
    await hand.press("ctrl+o", "2")
    await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "list")
    await until(hand.pilot, lambda: rows(hand).cursor is not None)


async def test_resend_acts_on_the_row_in_sight_though_none_was_chosen() -> None:
    async with sitting((120, 40)) as hand:
        await in_list(hand)
        await hand.press("p")
        put(hand.app.journal, "after.the.pause", "_INBOX.other.x")
        subject = hand.app.journal.message(rows(hand).cursor or 0).subject
        assert subject == "shop.2"
        before = hand.app.journal.next
        await hand.press("e")
        await until(hand.pilot, lambda: composed(hand) == "shop.2")
        assert hand.app.desk.query_one(Inspect).number < before


async def test_flow_acts_on_the_newest_row_while_following() -> None:
    async with sitting((120, 40)) as hand:
        await in_list(hand)
        hand.app.desk.query_one(Inspect).show(1)
        number = rows(hand).cursor
        await hand.press("F")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, FlowScreen))
        assert hand.app.desk.query_one(Inspect).number == number
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        put(hand.app.journal, "newer", "_INBOX.other.y")
        hand.app.desk.refresh_from_journal()
        assert rows(hand).cursor == number


async def test_in_inspect_keys_act_on_what_it_shows() -> None:
    async with sitting((120, 40)) as hand:
        await in_list(hand)
        await hand.press("up", "enter")
        inspect = hand.app.desk.query_one(Inspect)
        shown = inspect.number
        await until(hand.pilot, lambda: inspect.has_focus_within)
        rows(hand).action_move("end")
        inspect.show(shown)
        exchange = hand.app.desk.choose_exchange()
        assert exchange is not None
        assert exchange.number == shown != rows(hand).cursor


def composed(hand: Hand) -> str:
    field: Widget = hand.app.desk.query_one("#subject")
    return str(getattr(field, "value", ""))


# -- other lists -----------------------------------------------------------------------------


class Other(App[None]):
    def __init__(self, shown: Widget) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        yield self.shown


def some_rows(first: int, count: int = 40) -> list[Row]:
    return [Row(key, (Cell(f"row {key}"),)) for key in range(first, first + count)]


async def test_the_row_that_delete_acts_on_is_in_sight_in_every_list() -> None:
    listing = Table((Column("name", 20, grow=True),), "any")
    async with Other(listing).run_test(size=(40, 11)) as pilot:
        listing.show(some_rows(100))
        await pilot.pause()
        assert listing.cursor == 100
        listing.scroll_by(7)
        assert listing.cursor == 107
        listing.scroll_by(-7)
        assert listing.cursor == 107
        listing.show(some_rows(50, 90))
        at = [row.key for row in listing.source.rows].index(listing.cursor)
        assert listing.cursor == 107
        assert at in range(listing.top, listing.top + 10)


async def test_the_subject_that_enter_acts_on_is_in_sight_however_it_is_sorted() -> None:
    journal = Journal()
    for n in range(40):
        put(journal, f"subject.{n:02}")
    statistics = Statistics(journal)
    statistics.catch_up(1e9)

    def look(name: str) -> SubjectStats:
        seen = statistics.subject(name)
        assert seen is not None
        return seen

    shown = Table(COLUMNS, "stats")
    async with Other(shown).run_test(size=(80, 11)) as pilot:
        names = statistics.names("subject")
        shown.show(StatRows(names, look))
        await pilot.pause()
        shown.scroll_by(5)
        chosen = shown.cursor
        assert chosen == "subject.05"
        shown.show(StatRows(names[::-1], look))
        assert shown.cursor == chosen
        assert names[::-1].index(chosen) in range(shown.top, shown.top + 10)


async def test_in_a_narrow_terminal_what_was_sent_is_chosen_when_the_list_comes() -> None:
    """The list has no room while another pane is in front, and others go on talking."""
    async with sitting((80, 24)) as hand:
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: hand.app.desk.query_one(Inspect).number)
        number = hand.app.desk.query_one(Inspect).number
        events(hand.app.journal, 3)
        hand.app.journal.pulse.beat()
        await hand.pilot.pause()
        await hand.press("escape")
        shown = hand.app.desk.query_one(ExchangeList)
        await until(hand.pilot, lambda: shown.size.height and bright(shown))
        assert (shown.cursor, bright(shown)) == (number, [number])
        assert hand.app.desk.query_one(Inspect).number == number
