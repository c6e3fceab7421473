"""The user's settings: theme, keys, questions, and what is wrong in the file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from helpers.desk import sitting, until

from tui.app import NatstapApp
from tui.keymap import read_keys
from tui.kit.confirm import Sure, is_confirmed, read_questions
from tui.kit.key_names import key_name, read_key
from tui.settings import default_path, read_settings

GOOD = """\
[keys]
"desk.resend" = "R"
desk.edit = ["F13", "ctrl+e"]
"app.help" = "?, F14"
"""
BAD = """\
[keys]
"desk.resendd" = "R"
"desk.resend" = "Hyper+Q"
"desk.edit" = "a"
"desk.send" = "x"
"desk.watch" = 7
"desk.mark" = "M"
"desk.compare" = "M"

[colours]
theme = "dark"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("shown", "key"),
    [
        ("R", "R"),
        ("^R", "ctrl+r"),
        ("Ctrl+R", "ctrl+r"),
        ("Shift+r", "R"),
        ("F13", "f13"),
        ("Esc", "escape"),
        ("Shift+Tab", "shift+tab"),
        ("/", "slash"),
        ("question_mark", "question_mark"),
        ("^Shift+Left", "ctrl+shift+left"),
        ("PgDn", "pagedown"),
        ("^", "circumflex_accent"),
        ("+", "plus"),
    ],
)
def test_a_key_is_written_as_natstap_shows_it_or_as_textual_calls_it(shown: str, key: str) -> None:
    assert read_key(shown) == key
    assert read_key(key_name(key)) == key


@pytest.mark.parametrize("wrong", ["", "Hyper+Q", "F99", "nothing", "ctrl+", "a b"])
def test_what_is_not_a_key_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        read_key(wrong)


def test_a_command_gets_the_keys_that_are_written(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, GOOD))
    keymap, problems = read_keys(settings)
    assert not settings.problems
    assert not problems
    assert keymap == {
        "desk.resend": "R",
        "desk.edit": "f13,ctrl+e",
        "app.help": "question_mark,f14",
    }


def test_keys_are_read_where_no_extra_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extras = {"mcp", "mcp_types", "textual_serve"}
    for name in [*sys.modules]:
        if name.partition(".")[0] in extras or name.startswith(("tui.cli.", "tui.web.")):
            monkeypatch.delitem(sys.modules, name)
    for name in extras:
        monkeypatch.setitem(sys.modules, name, None)
    keymap, _ = read_keys(read_settings(written(tmp_path, GOOD)))
    assert keymap["desk.resend"] == "R"


def test_two_commands_can_change_their_keys_with_each_other(tmp_path: Path) -> None:
    text = '[keys]\n"desk.resend" = "e"\n"desk.edit" = "r"\n'
    keymap, problems = read_keys(read_settings(written(tmp_path, text)))
    assert not problems
    assert keymap == {"desk.resend": "e", "desk.edit": "r"}


def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_used(tmp_path: Path) -> None:
    path = written(tmp_path, BAD)
    settings = read_settings(path)
    keymap, problems = read_keys(settings)
    assert keymap == {"desk.mark": "M"}
    assert "colours" not in settings.tables
    told = [*settings.problems, *problems]
    for line, word in (
        (2, "desk.resend"),
        (3, "not a key"),
        (4, "desk.add-responder"),
        (5, "in fields"),
        (6, "in quotes"),
        (8, "desk.mark"),
        (10, "colours"),
    ):
        place = f"{path}, line {line}:"
        assert any(each.startswith(place) and word in each for each in told), (line, told)
    assert len(told) == 7


@pytest.mark.parametrize(("text", "line"), [("[keys]\n= 3\n", 2), ("keys = 1\n", 1)])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str, line: int) -> None:
    (told,) = read_settings(written(tmp_path, text)).problems
    assert f"line {line}" in told


def test_no_file_is_nothing_wrong_and_a_named_one_must_be_there(tmp_path: Path) -> None:
    assert not read_settings().problems
    assert read_settings(tmp_path / "none.toml").problems


def test_questions_that_are_switched_off_are_read_and_others_told(tmp_path: Path) -> None:
    text = '[confirm]\nburst = false\n"resend" = true\nhost = "no"\nbirst = false\n'
    off, problems = read_questions(read_settings(written(tmp_path, text)))
    assert off == {"burst"}
    assert ["line 4" in problems[0], "line 5" in problems[1]] == [True, True]
    assert "try burst" in problems[1]


async def test_a_question_that_is_switched_off_is_not_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "[confirm]\nresend = false\n")
    app = NatstapApp({}, {}, demo=True, config=str(path))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session is not None)
        assert await is_confirmed(app, Sure("Sure?", "", "Do it"), "resend")
        asked = app.run_worker(is_confirmed(app, Sure("Sure?", "", "Do it"), "host"))
        await until(pilot, lambda: isinstance(app.screen, Sure))
        await pilot.press("n")
        assert await asked.wait() is False


async def test_a_theme_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, '\n\ntheme = "natstap-lite"\n')
    app = NatstapApp({}, {}, demo=True, config=str(path))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app._notifications)
        (told,) = [each.message for each in app._notifications]
    assert "line 3" in told
    assert "natstap-light" in told


@pytest.mark.parametrize("text", ["theme = 7\n", "keys = []\n", "confirm = 1\n"])
def test_a_value_of_another_type_is_told_and_not_used(tmp_path: Path, text: str) -> None:
    settings = read_settings(written(tmp_path, text))
    assert settings.tables == {}
    (told,) = settings.problems
    assert "line 1" in told


async def test_footer_palette_and_help_show_the_keys_of_the_user() -> None:
    text = '[keys]\n"desk.flow-anywhere" = "F13"\n"app.palette" = "^Y"\n"nothing" = "x"\n'
    default_path().parent.mkdir(parents=True)
    default_path().write_text(text)
    async with sitting(notifications=True) as hand:
        applied = hand.app.applied_settings
        await until(hand.pilot, lambda: applied.keymap and hand.app._notifications)
        (told,) = [each.message for each in hand.app._notifications]
        assert "line 4: nothing is not a command" in told
        await hand.see("F13 Flow", "^Y Palette")
        await hand.press("ctrl+y", *"jump")
        await hand.see("Jump: Go to a pane by its number")
        await hand.press("enter")
        await hand.see("Press a number to go there")
        await hand.press("2", "question_mark")
        await hand.see("Go to a pane by its number")
