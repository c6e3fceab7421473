"""The line at the top and the line of screens: their words, what gives way, and their buttons."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from helpers.desk import Hand, ask, sitting, sitting_alone, sizes, until
from helpers.screens import on_the_desk, profile_of
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker
from engine.journal import Journal
from engine.journal.view import View
from tui.collection.environments import Environments
from tui.connect.connect import ConnectScreen
from tui.desk.screens import ROW
from tui.desk.status import Measured, Status, age_words
from tui.desk.status_bar import StatusBar, parts_of
from tui.kit.button_line import ButtonLine, placed
from tui.kit.screen_line import ScreenLine
from tui.watching.watching import Watching

BUSY = Status(
    words="connected",
    age="3 min",
    server="nats.eu-central.shop.example:4222",
    source="NATS_URL with context shop-prod",
    rtt=(0.0003, 0.0004),
    jetstream=True,
    watched=("shop.>", "billing.*"),
    rates=(3, 80, 214),
    gone=1,
    environment="staging",
    failed=0.041,
)
texts = st.text(max_size=60)
states = st.builds(
    Status,
    words=st.sampled_from(["connected", "connecting", "not answering", "reconnecting", "closed"]),
    age=st.sampled_from(["", "59 s", "3 min"]),
    server=texts,
    source=texts,
    rtt=st.none() | st.just((0.0003, 0.0004)),
    watched=st.lists(texts, max_size=5).map(tuple),
    rates=st.lists(st.integers(0, 10**6), max_size=12).map(tuple),
    ending=st.none() | st.integers(0, 60),
    gone=st.integers(0, 3),
    refused=st.integers(0, 3),
    environment=texts,
    failed=st.none() | st.floats(0, 1),
)


def said(status: Status, room: int) -> str:
    return "  ".join(part.words.plain for part in placed(parts_of(status), room, 2))


@pytest.mark.parametrize(
    ("now", "told"),
    [(0.0005, 0.0004), (0.0009, 0.0009), (None, None), (0.04, 0.04)],
)
def test_a_round_trip_is_told_again_only_when_it_is_another(
    now: float | None, told: float | None
) -> None:
    before = Status(rtt=(0.0004, 0.0004))
    status = Status(rtt=now and (now, now)).steadied(before)
    assert status.rtt == (told and (told, told))


def test_the_figures_of_a_recording_are_told_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("tui.desk.status.time", clock)
    measured = Measured(View(Journal()), lambda number: number)

    def told(figures: str, after: float) -> str:
        clock.now += after
        return measured.complete(Status(recording=figures), []).recording

    assert told("", 0) == ""
    assert told("10, 1 KB", 0.1) == "10, 1 KB"  # it began
    assert told("20, 2 KB", 0.1) == "10, 1 KB"
    assert told("90, 9 KB", 1.0) == "90, 9 KB"
    assert told("", 0.1) == ""  # it ended


def test_all_is_said_where_there_is_room() -> None:
    assert said(BUSY, 250) == (
        "natstap  nats.eu-central.shop.example:4222  ● connected 3 min, 0.4 ms  env staging  "
        "◎ shop.>, billing.* 214/s ▁▃█ ◌ 1 gone  ✗ 4.1 % failed  JetStream  "
        "NATS_URL with context shop-pr…"
    )


def test_at_80_columns_link_watches_and_failures_stay() -> None:
    assert said(BUSY, 76) == (
        "nats.eu-…op.example:4222  ● 0.4 ms  ◎ shop.>, bil… 214/s ◌ 1 gone  ✗ 4.1 %"
    )


def test_a_context_is_named_beside_its_server_and_stays_longest() -> None:
    shown = replace(BUSY, source="context shop-prod")
    assert said(shown, 250).startswith("natstap  shop-prod  nats.eu-central.shop.example:4222  ●")
    assert "context" not in said(shown, 250)
    assert said(shown, 12).startswith("shop-prod")


@given(states, st.integers(30, 250))
def test_any_state_fits_any_width(status: Status, room: int) -> None:
    assert len(said(status, room)) <= room or room < 60
    assert status.words != "reconnecting" or "◌ reconnecting" in said(status, room)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, ""), (59, "59 s"), (60, "1 min"), (7300, "2 h"), (9e5, "10 d")]
)
def test_an_age_has_one_unit(seconds: float, words: str) -> None:
    assert age_words(seconds, 1) == words
    assert age_words(min(seconds, 59), 60) == ""


async def click(hand: Hand, line: ButtonLine, name: str) -> None:
    """In the middle: what stands before it can get longer meanwhile."""
    await until(hand.pilot, lambda: any(name in part.name for part in line.placed))
    at = next((part.at + part.end) // 2 for part in line.placed if name in part.name)
    await hand.pilot.click(line, offset=(line.styles.padding.left + at, 0))


async def test_each_part_is_a_button() -> None:
    buttons = {
        "desk.connect": ConnectScreen,
        "desk.environment": Environments,
        "desk.watch": Watching,
    }
    async with sitting_alone((200, 60)) as hand:
        bar = hand.app.desk.query_one(StatusBar)
        await until(hand.pilot, lambda: bar.status.rtt)
        for name, screen in buttons.items():
            await click(hand, bar, name)
            await until(hand.pilot, lambda s=screen: isinstance(hand.app.screen, s))
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_the_share_of_failures_is_counted_and_its_button_shows_them() -> None:
    async with sitting_alone() as hand:
        for number in range(5):
            await ask(hand, f"nobody.{number}")
        await hand.see("✗ 100 % failed")
        bar = hand.app.desk.query_one(StatusBar)
        await click(hand, bar, "desk.failed")
        await hand.see("/ ~e", "5 of 5")
        await click(hand, bar, "desk.failed")
        await until(hand.pilot, lambda: hand.app.desk.exchanges.lens.empty)


async def test_what_is_watched_has_its_rate() -> None:
    async with sitting_alone() as hand, NatsBroker(profile_of(hand)) as other:
        assert hand.app.session is not None
        await hand.see("◎ nothing watched")
        await hand.app.session.watches.watch_subjects(["news.>"])
        for _ in range(50):
            await other.publish(b"x", "news.today")
        await hand.see("◎ news.> ", "/s")


@sizes
async def test_a_click_goes_over_from_screen_to_screen(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        for name in (*ROW, "flow", "desk"):
            before = hand.app.screen
            await click(hand, before.query_one(ScreenLine), name)
            await until(hand.pilot, lambda before=before: hand.app.screen is not before)
            await until(hand.pilot, lambda: hand.app.screen.is_mounted)
            assert hand.app.screen.query_one(ScreenLine).current == name
        await on_the_desk(hand)


async def test_a_low_terminal_keeps_its_rows_for_the_list() -> None:
    async with sitting_alone((80, 19)) as hand:
        await hand.press("escape")
        assert not hand.app.desk.query_one(ScreenLine).display
        assert "Collection" not in hand.screen


async def test_a_flow_needs_an_exchange() -> None:
    async with sitting(notifications=True) as hand:
        await click(hand, hand.app.desk.query_one(ScreenLine), "flow")
        await hand.see("Choose an exchange first")
