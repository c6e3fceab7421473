"""One table of commands: keys, footer, palette, help page and README say the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from helpers.desk import sitting
from textual.binding import Binding

from tui.app import NatstapApp
from tui.commands import commands
from tui.desk.contexts import contexts, readme_table
from tui.desk.desk import Desk
from tui.desk.desk_commands import DESK
from tui.kit.command import Commanded

README = (Path(__file__).parents[2] / "README.md").read_text()
MAX_METHODS = 30


def test_the_readme_has_the_table_of_keys() -> None:
    assert readme_table() in README, readme_table()


def test_every_command_of_the_desk_is_in_the_help_once() -> None:
    listed = Counter(row for rows in contexts().values() for row in rows)
    assert max(listed.values()) == 1
    told = {row.help for row in listed}
    assert {command.help for command in DESK} <= told


def test_a_command_has_an_id_of_its_own_and_keys_that_no_other_has() -> None:
    assert len({command.id for command in DESK}) == len(DESK)
    keys = Counter(key for command in DESK for key in command.keys.split(","))
    assert max(keys.values()) == 1, keys


async def test_the_palette_lists_what_the_table_has_and_in_its_order() -> None:
    async with sitting() as hand:
        offered = [command.title for command in commands(hand.app.desk)]
        wanted = [f"{command.title}: {command.help}" for command in DESK]
        assert [title for title in offered if title in wanted] == list(dict.fromkeys(wanted))


async def test_the_open_palette_begins_with_what_is_most_useful() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+p")
        await hand.see(DESK[0].help, DESK[1].help, DESK[2].help)


async def test_the_keymap_of_the_user_names_a_command_by_its_id() -> None:
    async with sitting() as hand:
        hand.app.set_keymap({"desk.help": "f12"})
        await hand.press("escape", "f12")
        await hand.see("Send what is composed")


async def test_what_cannot_be_done_is_greyed_out() -> None:
    async with sitting() as hand:
        desk = hand.app.desk
        assert desk.check_action("command", ("desk.resend",)) is None
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        assert desk.check_action("command", ("desk.resend",)) is True


def test_the_desk_is_no_tower() -> None:
    """As its user meets it: its own methods, and those that it has from classes of ours."""
    ours = [base for base in Desk.__mro__ if base.__module__.startswith("tui.")]
    methods = {name for base in ours for name, what in vars(base).items() if callable(what)}
    assert len(methods - {"Sent"}) < MAX_METHODS, sorted(methods)


def test_quit_and_the_palette_are_where_the_help_says() -> None:
    keys = {
        binding.key.split(",")[0] for binding in NatstapApp.BINDINGS if isinstance(binding, Binding)
    }
    assert "ctrl+q" in keys
    assert NatstapApp.COMMAND_PALETTE_BINDING == "ctrl+p"
    assert issubclass(Desk, Commanded)
