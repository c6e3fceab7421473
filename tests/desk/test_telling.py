"""What natstap tells: where it stands, where a file went, and what became of what was copied."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.desk import Hand, sitting, sizes, until

from engine.errors import InvalidInput
from tui.body.outside_program import EDITOR, PAGER, program
from tui.kit import save_file


def told(hand: Hand) -> list[str]:
    return [notification.message for notification in hand.app._notifications]


def stays(hand: Hand) -> list[str]:
    """The lines of the screen; those whose figures move, such as the rate, are blank."""
    *lines, lowest, foot = hand.screen.split("\n")[2:]
    return [*("" if "following" in line else line for line in lines), lowest, foot]


def _saved(folder: Path, ending: str) -> tuple[str, str]:
    """The file that is there and what is in it; "" before."""
    path = next(folder.glob(f"*.{ending}"), None)
    return (str(path), path.read_text()) if path is not None else ("", "")


async def settled(hand: Hand) -> list[str]:
    """The screen once nothing on it changes any more."""
    before: list[str] = []
    while (now := stays(hand)) != before:
        before = now
        await hand.pilot.pause(0.3)
    return before


@sizes
async def test_what_is_told_hides_nothing_that_is_read(size: tuple[int, int]) -> None:
    async with sitting(size, notifications=True) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        hand.app.clear_notifications()
        await hand.pilot.pause()
        await hand.press("3")
        before = await settled(hand)
        await hand.press("Y")
        await hand.see("Sent to the terminal's clipboard: the body, 74 bytes.")
        changed = [
            n for n, pair in enumerate(zip(before, stays(hand), strict=True)) if len(set(pair)) > 1
        ]
        assert changed == [len(before) - 2], [(before[n], stays(hand)[n]) for n in changed]
        assert set(before[-2]) <= set("─╰╯│ following f exchanges 0123456789 msg/s"), before[-2]


async def test_of_what_is_told_only_warnings_stay_beside_the_newest() -> None:
    async with sitting(notifications=True) as hand:
        hand.app.clear_notifications()
        for words, severity in (
            ("one", "information"),
            ("two", "warning"),
            ("three", "information"),
        ):
            hand.app.notify(words, severity=severity)
            await until(hand.pilot, lambda words=words: words in told(hand))
        assert told(hand) == ["two", "three"]


async def test_what_ctrl_c_says_has_no_markup() -> None:
    async with sitting(notifications=True) as hand:
        await hand.press("escape", "ctrl+c")
        await hand.see("^Q quits natstap.")
        assert "[b]" not in "".join(told(hand))


@pytest.mark.parametrize("place", ["downloads", "here", "nowhere"])
async def test_a_picture_says_where_it_went_or_why_not(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    here = tmp_path / "here"
    for folder in (home, here):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    if place == "downloads":
        (home / "Downloads").mkdir()
    if place == "nowhere":
        monkeypatch.setattr(save_file, "folders", lambda: iter(()))  # root may write anywhere
    async with sitting(notifications=True) as hand:
        await hand.press("f12")
        await until(hand.pilot, lambda: any("picture" in words for words in told(hand)))
        (words,) = (words for words in told(hand) if "picture" in words)
        if place == "nowhere":
            assert "there is no folder that natstap may write to" in words
            assert "Start natstap in a folder that you may change." in words
        else:
            folder = home / "Downloads" if place == "downloads" else here
            path, written = _saved(folder, "svg")
            assert words == f"The picture is saved in {path}."
            assert "<svg" in written


async def test_a_picture_is_taken_of_a_dialog_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    async with sitting(notifications=True) as hand:
        await hand.press("escape", "w")
        await hand.see("Watch others")
        await hand.press("f12")
        await until(hand.pilot, lambda: any("picture" in words for words in told(hand)))
        _, written = _saved(tmp_path, "svg")
        assert "Watch&#160;others" in written


async def test_what_was_copied_is_saved_where_no_clipboard_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMUX", "/somewhere/tmux")
    async with sitting(notifications=True) as hand:
        await hand.press("alt+s")
        await hand.see("Nothing was copied yet.")
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        await hand.press("Y")
        await hand.see("tmux needs set-clipboard on: Alt+S saves a file.")
        await hand.press("alt+s")
        await until(hand.pilot, lambda: _saved(tmp_path, "txt")[1])
        path, written = _saved(tmp_path, "txt")
        await until(hand.pilot, lambda: any(path in words for words in told(hand)))
        assert written == hand.app.clipboard


@pytest.mark.parametrize(("names", "usual"), [(EDITOR, "nano"), (EDITOR, "vi"), (PAGER, "more")])
def test_without_a_variable_a_usual_program_is_used(
    names: tuple[str, ...], usual: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidInput, match="is not installed"):
        program(names, {})
    (tmp_path / usual).write_text("#!/bin/sh\n")
    (tmp_path / usual).chmod(0o700)
    assert program(names, {}) == [usual]
    assert program(names, {names[0]: f"{usual} -x"}) == [usual, "-x"]
    assert os.environ["PATH"] == str(tmp_path)
