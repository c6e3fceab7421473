"""Sending many from the screen: the form, the run, the report, and every way out of it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import pytest
from helpers.desk import HOSTILE, Hand, all_sizes, assert_inert, sitting, until
from helpers.waiting import flushed
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Button, Checkbox

from engine.burst.burst import Burst, BurstEnding, BurstReport
from engine.drafts.draft import Draft, InvalidDraft, Kind
from engine.history.history import History
from engine.statistics.histogram import FINE, Histogram
from tui.burst.burst import BurstScreen
from tui.burst.burst_chart import chart, scale, spread
from tui.burst.burst_plan import MANY, Plan, cautions, read_plan
from tui.burst.burst_view import BurstView, behind_words
from tui.kit.chart import histogram
from tui.palette_commands import commands

ORDER = Draft("orders.create", b'{"item": "tea", "qty": {{Count}}}', timeout=30.0, templates=True)
SILENT = Draft("svc.silent", timeout=30.0)


async def show(hand: Hand, draft: Draft) -> BurstScreen:
    assert hand.app.session is not None
    screen = BurstScreen(hand.app.session, draft)
    await hand.app.push_screen(screen)
    await hand.see("Send many", "How many", "1,000")
    return screen


async def fill(hand: Hand, field: str, written: str) -> None:
    hand.app.screen.query_one(f"#burst-{field}").focus()
    await hand.press("home", "shift+end", "delete")
    await hand.write(written)


def burst_of(screen: BurstScreen) -> Burst:
    burst = screen.query_one(BurstView).burst
    assert burst is not None
    return burst


@asynccontextmanager
async def silence(hand: Hand) -> AsyncIterator[None]:
    """Somebody who listens on svc.silent and never answers."""
    assert hand.app.session is not None
    profile = hand.app.session.profile
    client = await nats.connect(profile.servers[0], user=profile.user, password=profile.password)
    try:
        await client.subscribe(SILENT.subject)
        await flushed(client)
        await client.request("math.add", b"[1, 2]", timeout=30)
        yield
    finally:
        await client.close()


async def gone(hand: Hand) -> None:
    await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


# -- the screen ------------------------------------------------------------------------------


@all_sizes
async def test_a_burst_from_the_form_to_the_report(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        screen = await show(hand, ORDER)
        await hand.see("request", "orders.create", "bytes", '"qty": 1}', "as fast as it goes")
        await fill(hand, "count", "200")
        await hand.press("enter")
        await hand.see("✓ finished", "200 of 200", "100 %", "p99.9", "✓ 200 went well", "┤", "▴p50")
        report = burst_of(screen).report()
        assert (report.done, report.failed) == (200, {})
        assert sum(1 for _ in hand.app.journal.heads()) < 10
        await hand.press("y")
        await until(hand.pilot, lambda: "p99.9" in hand.app.clipboard)
        copied = hand.app.clipboard
        assert copied.startswith("request orders.create\n200 messages, as fast as it goes, 16 in")
        assert "finished after" in copied
        assert "###" in copied
        await hand.press("r")
        await until(hand.pilot, lambda: burst_of(screen).report().sent)
        await until(hand.pilot, lambda: not screen.running)
        await hand.see("░ before")
        screen.query_one("#burst-listed", Checkbox).value = True
        await hand.press("r")
        await until(hand.pilot, lambda: sum(1 for _ in hand.app.journal.heads()) >= 200)
        await until(hand.pilot, lambda: not screen.running)
        await hand.press("escape")
        await gone(hand)


async def test_figures_typed_in_haste_are_in_their_fields() -> None:
    async with sitting() as hand:
        screen = await show(hand, ORDER)
        for key in (*"20", "tab", *"500", "tab", *"4", "enter"):
            hand.app.simulate_key(key)
        await hand.see("20 of 20")
        burst = burst_of(screen)
        assert (burst.count, burst._in_flight, burst._pause) == (20, 4, 0.002)


async def test_escape_cancels_and_then_leaves() -> None:
    async with sitting() as hand, silence(hand):
        screen = await show(hand, SILENT)
        await hand.press("enter")
        await hand.see("● sending", "16 in flight", "Cancel")
        assert screen.query_one("#burst-start", Button).label.plain == "Cancel"
        await hand.press("escape")
        await hand.see("– cancelled", "cancelled 16", "Again")
        assert burst_of(screen).ending is BurstEnding.CANCELLED
        await hand.press("c", "escape")
        await gone(hand)


async def test_leaving_while_it_runs_ends_it() -> None:
    async with sitting() as hand, silence(hand):
        screen = await show(hand, SILENT)
        await hand.press("enter")
        await until(hand.pilot, lambda: screen.query_one(BurstView).burst)
        burst = burst_of(screen)
        await until(hand.pilot, lambda: burst.sent == 16)
        await hand.app.pop_screen()
        await until(hand.pilot, lambda: sum(burst.failed.values()) == 16)
        assert burst.ending is BurstEnding.CANCELLED
        assert not [one for one in hand.app.workers if one.group == "burst"]


async def test_by_mouse() -> None:
    async with sitting() as hand, silence(hand):
        screen = await show(hand, SILENT)
        button = screen.query_one("#burst-start", Button)
        await hand.pilot.click("#burst-start")
        await hand.see("● sending")
        await until(hand.pilot, lambda: not button.has_class("-active"))  # it takes no double click
        await hand.pilot.click("#burst-start")
        await hand.see("– cancelled")
        assert burst_of(screen).ending is BurstEnding.CANCELLED
        assert button.label.plain == "Start ^J"


async def test_the_palette_has_what_the_keys_do() -> None:
    async with sitting() as hand:
        screen = await show(hand, ORDER)
        titles = {one.title.partition(":")[0] for one in commands(screen)}
        assert {"Start", "Cancel", "Again", "Copy", "Back"} <= titles


async def test_failures_are_counted_by_kind_and_the_last_is_whole() -> None:
    async with sitting() as hand:
        await show(hand, Draft("nobody.here"))
        await fill(hand, "count", "30")
        await hand.press("enter")
        await hand.see("✓ finished", "∅ no responders 30", "! nobody")
        assert "p50" not in hand.screen


async def test_a_burst_is_one_line_of_the_history() -> None:
    async with sitting() as hand, silence(hand):
        assert hand.app.session is not None
        history = hand.app.session.history
        for draft, count, outcome in (
            (ORDER, "100", "100× done"),
            (Draft("nobody.here"), "30", "0 of 30×, 30 no responders"),
            (SILENT, "20", "0 of 20×, 16 cancelled"),
        ):
            await show(hand, draft)
            await fill(hand, "count", count)
            await hand.press("enter")
            if draft is SILENT:
                await hand.see("● sending", "16 in flight")
                await hand.press("escape")
            await until(hand.pilot, lambda d=draft: _last(history).subject == d.subject)
            assert history.entries()[0].outcome == outcome
            await hand.press("escape")
            await gone(hand)
        await hand.press("ctrl+r")
        await hand.see("3 sent", "100× done")
        await hand.press("slash", *"responders")
        await hand.see("1 of 3 sent", "nobody.here")


def _last(history: History) -> Draft:
    return history.entries()[0].draft if history.entries() else Draft("")


async def test_out_of_time() -> None:
    async with sitting() as hand, silence(hand):
        await show(hand, SILENT)
        await fill(hand, "deadline", "2 s")
        await hand.press("enter")
        await hand.see("✗ out of time", "cancelled 16")


async def test_what_cannot_be_sent_at_all_is_one_sentence() -> None:
    async with sitting() as hand:
        await show(hand, Draft("not.stored", b"x", Kind.STREAM_PUBLISH))
        await hand.press("enter")
        await hand.see("! not stored 1,000", "no stream stores this")
        await hand.press("escape")
        await gone(hand)
        screen = await show(hand, Draft("a", b"{{who}}", templates=True))
        await hand.see("! ", "who")
        await hand.press("enter")
        await hand.pilot.pause()
        assert screen.query_one(BurstView).burst is None


async def test_a_field_says_what_to_write() -> None:
    wrong = (
        ("count", "0", "How many: write a whole number"),
        ("count", "-5", "How many: write a whole number"),
        ("rate", "fast", "Per second: write messages"),
        ("in_flight", "20000", "In flight: write 1 to 10,000"),
        ("deadline", "soon", "Deadline: write a time"),
    )
    async with sitting() as hand:
        for field, written, says in wrong:
            screen = await show(hand, ORDER)
            await fill(hand, field, written)
            await hand.see(f"! {says}")
            hand.app.screen.query_one("#burst-start").focus()
            await hand.press("enter")
            await until(hand.pilot, lambda f=field: hand.app.focused.id == f"burst-{f}")
            assert screen.query_one(BurstView).burst is None
            await hand.press("escape")
            await gone(hand)


async def test_dangers_are_told_before_it_starts() -> None:
    async with sitting() as hand:
        await show(hand, Draft("orders.audit", b"x"))
        await hand.see("! Stream AUDIT stores the subject", "more messages in it")
        await fill(hand, "count", "2000000")
        await hand.see("2,000,000 messages are many")
        hand.app.screen.query_one("#burst-listed", Checkbox).value = True
        await hand.see("older ones go")
        await fill(hand, "count", "1000")
        await fill(hand, "rate", "5")
        await hand.see("At 5/s it takes 3 min 20 s", "about 300")


async def test_hostile_text_is_inert() -> None:
    async with sitting() as hand:
        await show(hand, Draft("a", HOSTILE.encode(), headers=(("x", HOSTILE),)))
        assert_inert(hand)


# -- reading the form ------------------------------------------------------------------------


def test_figures_are_read_as_people_write_them() -> None:
    assert read_plan("1,000", "", "16", "1 min") == Plan(1000, None, 16, 60.0)
    assert read_plan(" 5 ", "2,500/s", "1", "2h") == Plan(5, 2500.0, 1, 7200.0)
    assert read_plan("1", ".5", "10000", "500 ms").rate == 0.5


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_any_text_is_a_plan_or_says_which_field(
    count: str, rate: str, in_flight: str, deadline: str
) -> None:
    told: tuple[str, str] | None = None
    try:
        plan = read_plan(count, rate, in_flight, deadline)
    except InvalidDraft as error:
        told = error.field, error.why[:6]
    if told is None:
        assert plan.count >= 1
        assert plan.rate is None or plan.rate > 0
    else:
        assert told in {(one, "write ") for one in ("count", "rate", "in_flight", "deadline")}


def test_cautions() -> None:
    stored = Draft("a", kind=Kind.STREAM_PUBLISH)
    assert list(cautions(Plan(10, None, 1, 60), Draft("a"), 1000, "")) == []
    assert "A stream stores" in next(cautions(Plan(10, None, 1, 60), stored, 1000, ""))
    published = Draft("a", kind=Kind.PUBLISH)
    for listed in (False, True):
        many = " ".join(cautions(Plan(MANY + 1, None, 1, 60, listed), published, 1000, ""))
        assert "slow subscriber" in many
        assert ("newest 1,000" in many) is listed


async def test_a_burst_tells_well_from_failed_and_shows_the_run_before() -> None:
    async with sitting() as hand:
        for count in ("30", "20"):
            body = b"[1, 0]" if count == "30" else b"[1, 2]"
            await show(hand, Draft("math.div", body, timeout=30.0))
            await fill(hand, "count", count)
            await hand.press("enter")
            await hand.see("✓ 0 went well   ✗ 30 failed" if count == "30" else "✓ 20 went well")
            assert "░ before" not in hand.screen  # nothing went well before
            await hand.press("escape")
            await gone(hand)
        await show(hand, Draft("math.div", b"[1, 2]", timeout=30.0))
        await fill(hand, "count", "20")
        await hand.press("enter")
        await hand.see("✓ finished", "░ before", "✗ 0 failed")
        await hand.press("escape")
        await gone(hand)
        await show(hand, ORDER)
        await fill(hand, "count", "20")
        await hand.press("enter")
        await hand.see("✓ finished")
        assert "░ before" not in hand.screen  # that was another subject


# -- drawing ---------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50), max_size=30), st.lists(st.integers(0, 50), max_size=30))
def test_the_run_before_is_seen_where_it_is_higher_and_never_in_front(
    now: list[int], before: list[int]
) -> None:
    cells = [*now, *[0] * (30 - len(now))]
    ghost = [*before, *[0] * (30 - len(before))]
    drawn = [line.plain for line in histogram(cells, 50, 0.001, 1.0, 8, ghost)][:6]
    alone = [line.plain for line in histogram([*cells, *ghost], 50, 0.001, 1.0, 8)][:6]
    for line, front in zip(drawn, alone, strict=True):
        for at in range(9, 39):
            cell, own = line[at : at + 1].strip(), front[at : at + 1].strip()
            assert cell == own if own else cell in ("", "░")
    for at in range(30):
        reaches = any(line[9 + at : 10 + at] == "░" for line in drawn)
        assert not reaches or ghost[at] > cells[at]
        if ghost[at] > 0 and cells[at] == 0:
            assert reaches


def report_of(seen: Histogram, behind: float = 0.0) -> BurstReport:
    p50, p90, p99, p999 = map(seen.percentile, (50, 90, 99, 99.9))
    return BurstReport(
        count=seen.count,
        sent=seen.count,
        done=seen.count,
        failed={},
        elapsed=1.0,
        ending=None,
        p50=p50,
        p90=p90,
        p99=p99,
        p999=p999,
        least=seen.least,
        mean=seen.mean,
        most=seen.most,
        behind=behind,
        buckets=seen.buckets(),
    )


latencies = st.lists(st.floats(0, 90_000) | st.floats(1e-4, 1e-2), min_size=1, max_size=50)


@given(latencies, st.integers(10, 200), st.integers(1, 60))
def test_a_chart_fills_what_it_is_given(values: list[float], width: int, height: int) -> None:
    seen = Histogram(FINE, values)
    lines = list(chart(report_of(seen), seen.buckets(4000), width, height))
    assert len(lines) in (0, height)
    assert all(line.cell_length <= width for line in lines)


@given(latencies, st.integers(1, 200))
def test_all_latencies_are_in_the_cells(values: list[float], width: int) -> None:
    seen = Histogram(FINE, values)
    low, high = scale(seen.least, seen.most)
    assert low <= max(seen.least, 1e-6) * 1.001
    assert high >= seen.most * 0.999
    assert high / low >= 8
    cells = spread(seen.buckets(4000), low, high, width)
    assert len(cells) == width
    assert math.isclose(sum(cells), len(values), rel_tol=1e-6)


def test_falling_behind_is_told_when_it_matters() -> None:
    seen = Histogram(FINE, [0.001])
    assert not behind_words(report_of(seen, 5.0), Plan(1, None, 1, 60))
    assert not behind_words(report_of(seen, 0.05), Plan(1, 1000, 1, 60))
    told = behind_words(report_of(seen, 0.5), Plan(1, 1000, 1, 60))
    assert told.startswith("fell behind 1000/s by up to 500 ms")


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.PUBLISH, Kind.MANY])
async def test_a_watch_counts_what_a_burst_sends_and_lists_none_of_it(kind: Kind) -> None:
    async with sitting() as hand:
        session = hand.app.session
        assert session is not None
        watch = await session.watches.watch_subjects(["math.*"])
        draft = Draft("math.add", b"[1, 2]", kind=kind, timeout=0.2)
        screen = await show(hand, draft)
        await fill(hand, "count", "20")
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: screen.ended)
        await until(hand.pilot, lambda: session.watches.left_out.count >= 20)
        assert sum(watch.subjects.seen.values()) == 0
        await hand.press("escape")
        await gone(hand)
        await session.broker.publish(b"[3, 4]", "math.add")
        await until(hand.pilot, lambda: sum(watch.subjects.seen.values()) == 1)
        await hand.see(f"{session.watches.left_out.count:,} of bursts left out")
        subjects = [hand.app.journal.exchange(n).subject for n, _ in hand.app.journal.heads()]
        assert subjects.count("math.add") == 2  # sent, and heard
