"""The history screen: what was sent in this run and in others, found, sent again, forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import HOSTILE, Hand, asked, assert_inert, sitting, sizes, until
from helpers.screens import on_the_desk, open_history

from engine.drafts.draft import Draft, Kind
from engine.history.entry import Entry
from engine.history.history import LARGEST_BODY, History
from engine.journal import State
from tui.compose.compose import Compose
from tui.history.history import HistoryScreen
from tui.table.table import Table


@pytest.fixture
def history() -> History:
    """The file that the apps of a test have in common."""
    return History()


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    async with sitting() as sitting_hand:
        yield sitting_hand


def shown(screen: HistoryScreen) -> list[str]:
    return [row.cells[2].text for row in screen.query_one(Table).source.rows]


def holding(folder: Path, words: str) -> list[Path]:
    """The files that hold these words."""
    return [one for one in folder.rglob("*") if one.is_file() and words in one.read_text()]


@sizes
async def test_what_one_run_sent_the_next_run_sends_again(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        await asked(hand, "nobody.here", State.NO_RESPONDERS)
    async with sitting(size) as hand:
        screen = await open_history(hand, "✓ answered", "∅ no responders", "request")
        assert shown(screen) == ["nobody.here", "orders.create"]
        await hand.press("down")
        await hand.see('"item": "tea"' if size[1] > 24 else "orders.create")
        await hand.press("r")
        await on_the_desk(hand)
        await hand.see("Answered in ")
        assert hand.exchange.state is State.ANSWERED
        await open_history(hand, "3 sent")


@sizes
async def test_nothing_sent_is_told(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await open_history(hand, "Nothing was sent yet.", "without its secrets")
        await hand.press("r", "e", "d", "u")
        assert isinstance(hand.app.screen, HistoryScreen)
        await hand.press("escape")
        await on_the_desk(hand)


async def test_it_is_edited_and_sent(history: History, hand: Hand) -> None:
    draft = Draft("math.mul", b"[6, 7]", Kind.MANY, (("x-a", "1"), ("x-a", "2")), timeout=3.0)
    history.add(draft, "answered")
    await open_history(hand, "request many", "math.mul", "x-a")
    await hand.press("e")
    await on_the_desk(hand)
    assert hand.app.desk.query_one(Compose).draft() == draft


async def test_it_is_found_by_each_word_as_one_types(history: History, hand: Hand) -> None:
    history.add(Draft("orders.create", b'{"item": "Tea"}'), "answered")
    history.add(Draft("orders.create", b'{"item": "cake"}'), "timed out")
    history.add(Draft("math.add", b"[1]"), "answered")
    screen = await open_history(hand, "3 sent")
    await hand.press("slash", *"ORDERS tea")
    await hand.see("1 of 3 sent", "Tea")
    await hand.press(*"zz")
    await hand.see("Nothing has all these words.")
    await hand.press("escape")
    await hand.see("3 sent")
    assert hand.app.screen is screen
    await hand.press("slash", *"cake", "down", "e")
    await on_the_desk(hand)
    assert hand.app.desk.query_one(Compose).draft().body == b'{"item": "cake"}'


async def test_one_is_forgotten_and_comes_back_to_its_place(history: History, hand: Hand) -> None:
    for at, name in enumerate("abc", 1):
        history.add(Draft(name), "answered", at=at)
    screen = await open_history(hand, "3 sent")
    await hand.press("down", "d")
    await until(hand.pilot, lambda: shown(screen) == ["c", "a"])
    assert "u undoes it" in hand.screen
    history.add(Draft("d"), at=4)
    await until(hand.pilot, lambda: shown(screen) == ["d", "c", "a"])
    await hand.press("u")
    await until(hand.pilot, lambda: shown(screen) == ["d", "c", "b", "a"])


async def test_clearing_asks_first_and_can_be_taken_back(history: History, hand: Hand) -> None:
    history.add(Draft("a"), "answered")
    screen = await open_history(hand, "1 sent")
    await hand.press("C")
    await hand.see("Clear the history?", "natstap deletes 1 entry.")
    await hand.press("escape")
    await until(hand.pilot, lambda: hand.app.screen is screen)
    assert shown(screen) == ["a"]
    await hand.press("C")
    await hand.see("Clear the history?")
    await hand.pilot.click("#sure-yes")
    await hand.see("Nothing was sent yet.", "u undoes it")
    assert not history.path.exists()
    await hand.press("u")
    await until(hand.pilot, lambda: shown(screen) == ["a"])


async def test_a_body_too_large_to_keep_is_told_and_not_sent_again(
    history: History, hand: Hand
) -> None:
    history.add(Draft("big", bytes(LARGEST_BODY + 1)), "answered")
    screen = await open_history(hand, "65,537", "too large to keep", "were too many to keep")
    await hand.press("r")
    await hand.see("! it cannot be sent again: its body of 65,537 bytes was too large to keep")
    assert hand.app.screen is screen
    assert hand.app.journal.next == 1


async def test_a_secret_is_never_on_disk_and_its_variable_is_asked_for(
    history: History, hand: Hand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = "hunter2hunter2"
    headers = (("Authorization", f"Bearer {secret}"),)
    history.add(Draft("math.add", b"[1, 2]", headers=headers), "answered")  # by another run
    assert not holding(tmp_path, secret)
    screen = await open_history(hand, "{{authorization}}", "NATSTAP_VAR_AUTHORIZATION")
    await hand.press("r")
    await hand.see("! a secret was not kept: set NATSTAP_VAR_AUTHORIZATION")
    assert hand.app.screen is screen
    monkeypatch.setenv("NATSTAP_VAR_AUTHORIZATION", f"Bearer {secret}")
    sent = hand.app.journal.next
    await hand.press("r")
    await on_the_desk(hand)
    await until(hand.pilot, lambda: hand.app.journal.next > sent)
    assert hand.app.journal.message(sent).headers["Authorization"] == f"Bearer {secret}"
    await until(hand.pilot, lambda: len(history.entries()) == 2)
    assert not holding(tmp_path, secret)


@pytest.mark.parametrize("key", ["r", "e"])
async def test_what_this_run_sent_is_sent_again_whole(
    history: History, hand: Hand, tmp_path: Path, key: str
) -> None:
    secret = "hunter2hunter2"
    large = b'{"password": "%b", "more": "%b"}' % (secret.encode(), b"x" * LARGEST_BODY)
    draft = Draft("svc.gone", large, headers=(("Authorization", f"Bearer {secret}"),))
    hand.app.desk.sending.transmit(draft)
    await until(hand.pilot, history.entries)
    screen = await open_history(hand, "{{authorization}}")
    assert "NATSTAP_VAR" not in hand.screen
    entry = screen.catalog.chosen
    assert isinstance(entry, Entry)
    sent = hand.app.journal.next
    await hand.press(key)
    await on_the_desk(hand)
    if key == "e":
        await hand.press("ctrl+j")
    await until(hand.pilot, lambda: hand.app.journal.next > sent)
    message = hand.app.journal.message(sent)
    assert (message.body, message.headers["Authorization"]) == (large, f"Bearer {secret}")
    await until(hand.pilot, lambda: len(history.entries()) == 2)
    assert not holding(tmp_path, secret)
    assert hand.app.session is not None
    hand.app.session.history.clear()
    assert hand.app.session.history.whole(entry) is None


async def test_what_cannot_be_read_is_told(history: History, hand: Hand) -> None:
    history.add(Draft("a"), "answered")
    with history.path.open("ab") as file:
        file.write(b"{\n[]\n")
    screen = await open_history(hand, "1 sent", "2 lines of the file cannot be read")
    history.path.unlink()
    history.path.mkdir()
    screen.catalog.look()
    await hand.see("! the history cannot be read: Is a directory")


async def test_hostile_entries_are_inert(history: History, hand: Hand) -> None:
    draft = Draft(HOSTILE, HOSTILE.encode(), headers=((HOSTILE, HOSTILE),), correlation_id=HOSTILE)
    history.add(draft, HOSTILE, at=1e300)
    history.add(draft, HOSTILE, at=-1e300)
    await open_history(hand, "2 sent")
    assert_inert(hand)


async def test_thousands_are_shown_without_a_stop(history: History, hand: Hand) -> None:
    for n in range(3000):
        history.add(Draft(f"s.{n}", b"x" * 50), "answered")
    screen = await open_history(hand, "3,000 sent", "s.2999")
    await hand.press("end")
    await hand.see("s.0")
    assert len(shown(screen)) == 3000


# -- the file --------------------------------------------------------------------------------


def test_only_the_entry_that_was_meant_is_removed(history: History) -> None:
    history.add(Draft("a"), at=1)
    history.add(Draft("a"), at=1)
    with history.path.open("ab") as file:
        file.write(b"broken\n")
    entry = history.entries()[0]
    removed = history.remove(entry)
    assert len(history.entries()) == 1
    assert history.path.read_bytes().endswith(b"broken\n")
    history.restore(removed)
    assert len(history.entries()) == 2
    assert history.skipped == 1
    history.clear()
    assert history.remove(entry) == b""
