"""The user's keys: `[keys]` in the settings gives a command, by its id, other keys.

    [keys]
    "desk.resend" = "R"
    "desk.send" = ["ctrl+j", "F10"]

A key is written as natstap shows it, or as Textual calls it. What cannot be used is told with its
line, and its command keeps the keys that it has.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from textual.dom import DOMNode

import tui
from tui.kit.command import Command, commands_of
from tui.kit.key_names import is_typed, key_name, read_key
from tui.settings import KEYS, UserSettings

Keymap = dict[str, str]
"""Keys, with commas between them, by the ids of commands."""
_WITHOUT_COMMANDS = ("tui.__main__", "tui.cli.", "tui.web.")
"""They have no screens, and some want what only an extra installs."""


def all_contexts() -> list[type[DOMNode]]:
    """Every class with commands; imports all that has screens."""
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        if not module.name.startswith(_WITHOUT_COMMANDS):
            import_module(module.name)
    ours = {each for each in _below(DOMNode) if each.__module__.startswith("tui.")}
    with_commands = (each for each in ours if commands_of(each))
    return sorted(with_commands, key=lambda each: (each.__module__, each.__name__))


def _below(base: type[DOMNode]) -> Iterator[type[DOMNode]]:
    for each in base.__subclasses__():
        yield each
        yield from _below(each)


def read_keys(settings: UserSettings) -> tuple[Keymap, list[str]]:
    """The keys that can be used, and sentences about those that cannot."""
    tables = [commands_of(context) for context in all_contexts()]
    known = {command.id: command for table in tables for command in table}
    keymap: Keymap = {}
    problems: list[str] = []
    for name, written in settings.table(KEYS):
        try:
            keymap[name] = _keys(known, name, written)
        except ValueError as error:
            problems.append(settings.problem(f"{KEYS}.{name}", str(error)))
    while clash := _clash(tables, keymap):
        mine, other, key = clash
        words = f"{key_name(key)} is the key of {other} already: {mine} keeps its own"
        problems.append(settings.problem(f"{KEYS}.{mine}", words))
        del keymap[mine]
    return keymap, problems


def _keys(known: Mapping[str, Command[Any]], name: str, written: Any) -> str:
    """Raises ValueError, with the words for it."""
    if name not in known:
        near = get_close_matches(name, known, 1)
        raise ValueError(f"{name} is not a command{f': try {near[0]}' if near else ''}")
    texts = written.split(",") if isinstance(written, str) else written
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f'{name} needs a key in quotes, such as "F10"')
    keys = [read_key(text.strip()) for text in texts]
    if not keys:
        raise ValueError(f"{name} needs at least one key")
    if known[name].anywhere and any(map(is_typed, keys)):
        typed = next(key_name(key) for key in keys if is_typed(key))
        raise ValueError(f"{typed} is text where {name} works too, in fields: try F13")
    return ",".join(dict.fromkeys(keys))


def _clash(tables: list[tuple[Command[Any], ...]], keymap: Keymap) -> tuple[str, str, str] | None:
    """A command of the user's, another of the same context, and the key that both have."""
    for table in tables:
        taken: dict[str, str] = {}
        for command in sorted(table, key=lambda command: _rank(command, keymap)):
            for key in keymap.get(command.id, command.keys).split(","):
                if command.id in keymap and key in taken:
                    return command.id, taken[key], key
                taken.setdefault(key, command.id)
    return None


def _rank(command: Command[Any], keymap: Keymap) -> int:
    """The user's come last, in the order in which they are written."""
    return list(keymap).index(command.id) + 1 if command.id in keymap else 0
