"""Filter, search, pause and statistics of the desk, by keys on a real embedded server."""

from __future__ import annotations

from helpers.desk import HOSTILE, Hand, assert_inert, sitting, small, type_ahead, until
from helpers.lens import put

from engine.drafts.draft import Draft
from engine.filter.lens import Lens
from engine.journal import Journal, State
from tui.desk.desk import Desk
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges
from tui.exchanges.filter_bar import FilterBar, LensField
from tui.exchanges.filter_help import LensHelp
from tui.exchanges.new_rows import Arrivals
from tui.palette_commands import commands
from tui.statistics.statistics import StatisticsScreen
from tui.table.table import Table

ASKED = (
    (Draft("math.mul", b"[6, 7]"), State.ANSWERED),
    (Draft("math.div", b"[1, 0]"), State.SERVICE_ERROR),
    (Draft("stock.check", b'{"item": "cake"}'), State.NO_RESPONDERS),
    (Draft("stock.look", b'{"item": "Cake"}'), State.NO_RESPONDERS),
)


async def ask_around(hand: Hand) -> None:
    """Ask everybody once, and stand in the list."""
    for draft, state in ASKED:
        await ask(hand, draft, state)
    await hand.press("ctrl+o", "2")
    await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "list")


async def ask(hand: Hand, draft: Draft, state: State) -> None:
    journal = hand.app.journal
    before = journal.next
    hand.app.desk.sending.transmit(draft)
    await until(hand.pilot, lambda: before in journal and journal.exchange(before).state is state)


def subjects(hand: Hand) -> list[str]:
    """What the list shows, oldest first."""
    return [hand.app.journal.message(one).subject for one in rows(hand).view]


def rows(hand: Hand) -> ExchangeList:
    return hand.app.desk.query_one(ExchangeList)


def chosen(hand: Hand) -> str:
    number = rows(hand).cursor
    return hand.app.journal.message(number).subject if number else ""


def figures(hand: Hand) -> str:
    return str(hand.app.desk.query_one(Exchanges).border_subtitle)


# -- the filter ------------------------------------------------------------------------------


@small
async def test_the_list_is_filtered_by_state_and_subject(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        await hand.press("slash", *"~s no", "enter")
        await until(hand.pilot, lambda: subjects(hand) == ["stock.check", "stock.look"])
        await hand.see("2 of 4", "2 Exchanges / ~s no")
        assert hand.app.focused is rows(hand)
        await hand.press("slash", *" ~u *.look", "enter")
        await until(hand.pilot, lambda: subjects(hand) == ["stock.look"])
        await hand.press("escape")
        await until(hand.pilot, lambda: len(rows(hand).view) == 4)
        await hand.see("4 exchanges")
        assert "~s no" not in hand.screen


@small
async def test_what_is_typed_right_after_the_key_is_text_and_no_key_of_the_list(
    size: tuple[int, int],
) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        before = hand.app.journal.next
        type_ahead(hand, "slash", *"rex")
        field = hand.app.desk.query_one(LensField)
        await until(hand.pilot, lambda: field.value == "rex")
        await hand.press("escape")
        type_ahead(hand, "ctrl+f", *"rp1")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "value", "") == "rp1")
        assert hand.app.focused.id == "search"
        assert hand.app.journal.next == before


async def test_the_hint_takes_the_width_there_is() -> None:
    async with sitting((64, 24)) as hand:
        await hand.press("escape", "slash")
        await hand.see("a word, ~s state")
        assert "F1 tells all" not in hand.screen
        await hand.pilot.resize_terminal(80, 24)
        await hand.see("F1 tells all")


@small
async def test_an_error_is_marked_where_it_is_and_the_last_filter_stays(
    size: tuple[int, int],
) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        await hand.press("slash", *"~s timd")
        await hand.see("timd is not a state: did you mean timed out?")
        lines = hand.screen.splitlines()
        at = next(index for index, line in enumerate(lines) if "did you mean" in line)
        mark = lines[at].index("▔▔▔▔")
        assert lines[at - 1][mark : mark + 4] == "timd"
        assert str(hand.app.desk.query_one(FilterBar).lens) == str(Lens.parse("~s tim"))
        await hand.press("enter")
        assert isinstance(hand.app.focused, LensField)
        await hand.press("escape")
        await until(hand.pilot, lambda: "did you mean" not in hand.screen)
        assert len(rows(hand).view) == 4


async def test_a_half_typed_filter_is_completed() -> None:
    async with sitting() as hand:
        await ask_around(hand)
        await hand.press("slash", *"~s no")
        await hand.see('tab "no responders"', "nobody")
        await hand.press("down", "down", "tab")
        field = hand.app.desk.query_one(LensField)
        await until(hand.pilot, lambda: field.value == "~s nobody")
        await hand.press(*" ~u look")
        await hand.see("tab stock.look")
        await hand.press("right")
        await until(hand.pilot, lambda: field.value == "~s nobody ~u stock.look")
        await until(hand.pilot, lambda: subjects(hand) == ["stock.look"])
        await hand.press(*" ~h corr")
        await hand.see("tab correlation_id")


async def test_the_language_is_told() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+o", "2", "slash", "question_mark")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, LensHelp))
        await hand.see("~u orders.>", "time to the first answer", "what belongs together")
        await hand.press("escape", *"~l", "f1")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, LensHelp))
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_a_hostile_filter_and_hostile_subjects_are_inert() -> None:
    async with sitting() as hand:
        word = HOSTILE.translate({ord(one): None for one in " .\x1b\x07"})
        await ask(hand, Draft(f"evil.{word}"), State.NO_RESPONDERS)
        await hand.press("ctrl+o", "2", "slash", *"evil")
        await hand.see("tab", "[@click=app")
        assert_inert(hand)
        await hand.press("tab")
        await hand.see("1 of 1")
        assert_inert(hand)
        await hand.press("enter", "t")
        await hand.see("p50", "[@click=app")
        assert_inert(hand)


# -- searching -------------------------------------------------------------------------------


@small
async def test_search_goes_through_all_that_hold_the_text(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        await hand.press("home", "ctrl+f", *"cake", "enter")
        await until(hand.pilot, lambda: chosen(hand) == "stock.check")
        await hand.press("n")
        await until(hand.pilot, lambda: chosen(hand) == "stock.look")
        await hand.press("n")
        await hand.see("from the top again")
        assert chosen(hand) == "stock.check"
        await hand.press("N")
        await hand.see("from the end again")
        assert chosen(hand) == "stock.look"
        await hand.press("ctrl+f", "home", "shift+end", *"Cake", "enter")
        await hand.see("only here")
        await hand.press("ctrl+f", "home", "shift+end", *"soup", "enter")
        await hand.see("not found")
        await hand.press("escape")
        await until(hand.pilot, lambda: "not found" not in hand.screen)


# -- holding still ---------------------------------------------------------------------------


@small
async def test_a_paused_list_holds_still_and_counts(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        await hand.press("p")
        await hand.see("paused, 0 new")
        before = subjects(hand)
        await ask(hand, *ASKED[0])
        await ask(hand, *ASKED[2])
        await hand.press("ctrl+o", "2")
        await hand.see("paused, 2 new")
        assert subjects(hand) == before
        await hand.press("slash", *"~s no", "enter")
        await until(hand.pilot, lambda: subjects(hand) == ["stock.check", "stock.look"])
        await hand.press("p")
        await until(hand.pilot, lambda: len(rows(hand).view) == 3)
        assert "paused" not in figures(hand)
        await hand.press("escape")
        await until(hand.pilot, lambda: len(rows(hand).view) == 6)


def test_arrivals_are_counted_from_their_moment_on() -> None:
    journal = Journal()
    journal.note("before")
    arrivals = Arrivals(journal)
    for _ in range(1000):
        journal.note("after")
    arrivals.catch_up(10)
    assert arrivals.count == 1000


async def test_notes_are_told_apart_from_exchanges() -> None:
    async with sitting() as hand:
        await ask(hand, *ASKED[0])
        await hand.see("1 exchange ")
        server = hand.app.session.server if hand.app.session else None
        assert server is not None
        await server.restart()
        await hand.see("connection lost: the server closed it", "connected again", "1 exchange ")
        assert len(rows(hand).view) == 3
        await hand.press("ctrl+o", "2", "slash", *"connect", "enter")
        await hand.see("0 of 1  and 2 notes")


@small
async def test_it_is_told_whether_the_newest_stay_in_sight(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask(hand, *ASKED[0])
        await hand.press("ctrl+o", "2")
        await hand.see("1 exchange ", "following")
        await hand.press("f")
        await hand.see("f follows")
        assert not rows(hand).follow
        await hand.press("f")
        await hand.see("following")
        assert rows(hand).follow
        await hand.press("up")
        await hand.see("f follows")
        await hand.press("p")
        await hand.see("paused, 0 new")
        assert "follow" not in figures(hand)


# -- statistics ------------------------------------------------------------------------------


@small
async def test_statistics_tell_latencies_and_failures(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        await hand.press("t")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, StatisticsScreen))
        await hand.see("4 exchanges", "3 failed", "p50", "math.mul", "stock.look", " ms")
        await hand.press("f", "home")
        await hand.see("failed▾", "1 of 1 failed", "! service error")
        await hand.press("s")
        await hand.see("subject▾")
        await hand.press("end")
        await hand.see("∅ no responders", "No answer was seen")
        await hand.press("up", "up", "up")
        await hand.see("math.div  1 exchange  1 reply  ")
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_statistics_follow_what_comes_and_the_cursor_its_subject() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+o", "2", "ctrl+t")
        await hand.see("Nothing has been seen yet")
        await ask(hand, *ASKED[2])
        await hand.see("stock.check")
        for _ in range(2):
            await ask(hand, *ASKED[0])
        await hand.see("3 exchanges", "2 subjects")
        table = hand.app.screen.query_one(Table)
        assert table.cursor == "stock.check"
        await hand.press("home")
        await hand.see("math.mul  2 exchanges", "✓ no failures", "┤")


@small
async def test_every_subject_can_be_found_and_leads_to_its_exchanges(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask_around(hand)
        for number in range(150):
            put(hand.app.journal, b"many.tokens.%d.in.a.subject" % number)
        await hand.press("t", "s")
        await hand.see("154 subjects")
        await hand.press("slash", *"STOCK", "enter")
        await hand.see("2 subjects", "stock.look")
        await hand.press("down", "enter")
        await until(hand.pilot, lambda: subjects(hand) == ["stock.look"])
        await hand.see("2 Exchanges / ~u stock.look")
        assert hand.app.focused is rows(hand)
        await hand.press("t", "end")
        await hand.see("154 subjects", "stock.look  1 exchange")
        await hand.press("slash", *"soup")
        await hand.see("No subject holds soup.")
        await hand.press("escape")
        await hand.see("154 subjects")
        assert isinstance(hand.app.screen, StatisticsScreen)


async def test_the_names_of_the_columns_sort() -> None:
    async with sitting() as hand:
        await ask_around(hand)
        await hand.press("t")
        await hand.see("count▾")
        table = hand.app.screen.query_one(Table)
        line = table.render_lines(table.size.region)[0].text
        await hand.pilot.click(table, offset=(line.index("failed"), 0))
        await hand.see("failed▾")
        await hand.pilot.click(table, offset=(line.index("p90"), 0))
        assert table.order == "failed"
        await hand.pilot.click(table, offset=(3, 0))
        await hand.see("subject▾")


async def test_the_palette_offers_them_and_the_help_tells_them() -> None:
    async with sitting((120, 60)) as hand:
        offered = {each.title for each in commands(hand.app.desk)}
        bindings = (*Desk.BINDINGS, *Exchanges.BINDINGS)
        tooltips = {getattr(one, "tooltip", "") for one in bindings} - {""}
        assert all(any(tip in title for title in offered) for tip in tooltips)
        await hand.press("ctrl+o", "2", "question_mark")
        await hand.see("Show only some exchanges", "Hold the list still", "Search the exchanges")


async def test_what_keys_act_on_is_what_is_shown_when_a_filter_leaves_the_chosen_row_out() -> None:
    async with sitting() as hand:
        await ask_around(hand)
        await hand.press("end", "up")
        await until(hand.pilot, lambda: hand.exchange.subject == chosen(hand) == "stock.check")
        await hand.press("slash", *"math", "enter")
        await until(hand.pilot, lambda: len(rows(hand).view) == 2)
        await until(hand.pilot, lambda: hand.exchange.subject == chosen(hand) != "stock.check")
