"""One table of commands: keys, footer, palette, help page and docs/keys.md say the same."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from helpers.desk import sitting, until
from textual.screen import Screen

from tui.app import NatstapApp
from tui.desk.contexts import contexts, key_table
from tui.desk.desk import Desk
from tui.desk.desk_commands import DESK
from tui.keymap import all_contexts
from tui.kit.command import Command, Commanded, commands_of, find
from tui.kit.key_line import KeyLine
from tui.kit.key_names import read_key
from tui.palette_commands import commands, sections

KEYS = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()
MAX_METHODS = 30


def test_the_docs_have_the_table_of_keys() -> None:
    """`make keys` writes it."""
    assert key_table(NatstapApp) in KEYS, key_table(NatstapApp)


def test_every_command_of_the_desk_is_in_the_help_once() -> None:
    listed = Counter(row for rows in contexts(NatstapApp).values() for row in rows)
    assert max(listed.values()) == 1
    told = {row.help for row in listed}
    assert {command.help for command in DESK} <= told


def test_a_command_has_an_id_of_its_own_and_keys_that_no_other_has() -> None:
    assert len({command.id for command in DESK}) == len(DESK)
    keys = Counter(key for command in DESK for key in command.keys.split(","))
    assert max(keys.values()) == 1, keys


def test_a_table_names_each_command_once_and_says_what_it_does() -> None:
    for context in all_contexts():
        table = getattr(context, "TABLE", ())
        assert len({command.id for command in table}) == len(table), context
        for command in table:
            assert re.fullmatch(r"[a-z-]+(\.[a-z0-9-]+)+", command.id)
            assert command.title, command.id
            assert command.help, command.id
            assert not command.help.endswith("."), command.id
            assert all(read_key(key) == key for key in command.keys.split(",")), command.id


def test_an_id_belongs_to_one_command() -> None:
    found: dict[str, Command] = {}
    for context in all_contexts():
        for command in getattr(context, "TABLE", ()):
            assert found.setdefault(command.id, command) is command


async def test_footer_palette_and_help_agree_with_the_tables() -> None:
    async with sitting() as hand:
        assert_tables_agree(hand.app.screen)
        for key in ("S", "s", "ctrl+r", "c", "t", "C", "ctrl+l"):
            await hand.press("escape", key)
            await until(hand.pilot, lambda: hand.app.screen is not hand.app.desk)
            assert_tables_agree(hand.app.screen)
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


def assert_tables_agree(screen: Screen[Any]) -> None:
    offered = {each.command.id: each for each in commands(screen)}
    helped = {row for rows in sections(screen).values() for row in rows}
    assert helped == {(each.keys, each.command.help) for each in offered.values()}
    told = {each.command.help for each in offered.values()}
    nodes = (screen, *screen.query("*"), screen.app)
    for command in (each for node in nodes for each in getattr(type(node), "TABLE", ())):
        assert command.help in told, command.id
    for line in screen.query(KeyLine):
        for word in line.shown:
            active = screen.active_bindings[word.pressed]
            command = find(active.node, active.binding.id or active.binding.action)
            assert command is not None
            assert (word.word, active.tooltip) == (command.title, command.help)
            assert word.pressed in command.keys.split(",")


async def test_the_palette_lists_what_the_table_has_and_in_its_order() -> None:
    async with sitting() as hand:
        offered = [each.command.id for each in commands(hand.app.desk) if each.can_run]
        said_once = {command.help: command for command in reversed(DESK)}.values()
        can_run = [command for command in DESK if command in said_once]
        can_run = [command for command in can_run if command.when(hand.app.desk)]
        for group in {command.group for command in DESK}:
            wanted = [command.id for command in can_run if command.group == group]
            assert [name for name in offered if name in wanted] == wanted


async def test_the_open_palette_begins_with_what_is_most_useful() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+p")
        await hand.see("Compose", DESK[0].help)


async def test_the_keymap_of_the_user_names_a_command_by_its_id() -> None:
    async with sitting() as hand:
        hand.app.set_keymap({"app.help": "f13"})
        await hand.press("escape", "f13")
        await hand.see("Show only some exchanges")


async def test_what_cannot_be_done_is_greyed_out() -> None:
    async with sitting() as hand:
        desk = hand.app.desk
        assert desk.check_action("command", ("desk.resend",)) is None
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        assert desk.check_action("command", ("desk.resend",)) is True


def test_nothing_with_commands_is_a_tower() -> None:
    """Counted as its user meets it, with what it has from our own classes."""
    for context in all_contexts():
        ours = [base for base in context.__mro__ if base.__module__.startswith("tui.")]
        methods = {
            name
            for base in ours
            for name, value in vars(base).items()
            if callable(value) and not isinstance(value, type) and not name.startswith("__")
        }
        assert len(methods) < MAX_METHODS, (context, sorted(methods))


def test_quit_and_the_palette_are_where_the_help_says() -> None:
    keys = {command.id: command.keys for command in commands_of(NatstapApp)}
    assert keys["app.quit"] == "ctrl+q"
    assert keys["app.palette"] == NatstapApp.COMMAND_PALETTE_BINDING == "ctrl+p"
    assert issubclass(Desk, Commanded)
