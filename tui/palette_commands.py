"""Every command that can be reached from where the user is: for the palette and the help page.

They are grouped as they belong together. The group at hand comes first, and in each group what can
be done now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

from tui.desk.contexts import PANE, ROW_GROUPS, heading_of, place_of
from tui.kit.command import Command, can_run, commands_of, perform, read_only
from tui.kit.key_hold import key_hold
from tui.kit.key_names import key_names
from tui.kit.palette import Palette, PaletteEntry

_ALL_KEYS_FROM = 100
"""Columns from which the palette shows each key of a command, not the first one only."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """A command, and what it would act on."""

    group: str
    command: Command[Any]
    node: DOMNode

    @property
    def title(self) -> str:
        kept = " (read-only here)" if self.command.sends and read_only(self.node.app) else ""
        return f"{self.command.title}: {self.command.help}{kept}"

    @property
    def keys(self) -> str:
        """As the user has them, for people."""
        return key_names(shown_keys(self.command, self.node.app))

    @property
    def can_run(self) -> bool:
        return can_run(self.command, self.node) is True

    def run(self) -> None:
        perform(self.command, self.node)


def shown_keys(command: Command[Any], app: App[Any]) -> str:
    """The keys that the user gave a command, else its own."""
    keymap: Mapping[str, str] = getattr(app, "keymap", {})
    return keymap.get(command.id, command.keys)


def commands(screen: Screen[Any]) -> Iterator[Reachable]:
    """Each command once, those of the group at hand first; what can be done now, first of a group.

    Where both can be done, the screen's come before those of a pane.
    """
    found = list(_once(_nodes(screen)))
    for group in dict.fromkeys(reachable.group for reachable in found):
        members = (reachable for reachable in found if reachable.group == group)
        yield from sorted(members, key=lambda each: (not each.can_run, each.node is not screen))


def offer(
    app: App[Any], reachable: Iterable[Reachable], wanted: str = "Search for a command"
) -> None:
    """The palette with these commands, unless there is one already."""
    if isinstance(app.screen, Palette):
        return
    found, narrow = list(reachable), app.size.width < _ALL_KEYS_FROM
    entries = [
        PaletteEntry(
            each.group,
            each.title,
            each.keys.partition(", ")[0] if narrow else each.keys,
            each.command.id,
            each.can_run,
        )
        for each in found
    ]

    done = key_hold(app).begin()  # what is typed next is for what the command opens

    def run(chosen: int | None) -> None:
        """When the screen below is there again, with its focus."""

        def act() -> None:
            if chosen is not None:
                found[chosen].run()
            done()

        app.call_later(lambda: app.screen.call_later(act))

    app.push_screen(Palette(entries, wanted), run)


def row_commands(table: DOMNode) -> Iterator[Reachable]:
    """What can be done with the row under a table's cursor: no other pane's, and nothing global."""
    screen = table.screen
    here = [node for node in table.ancestors_with_self if node is not screen.app]
    groups = {place_of(table)} | ROW_GROUPS.get(place_of(table), set())
    for reachable in commands(screen):
        own = not reachable.command.group or reachable.group in groups
        if reachable.node in here and own and reachable.can_run:
            yield reachable


def sections(screen: Screen[Any]) -> dict[str, list[tuple[str, str]]]:
    """The keys under each heading, and what they do, for the help page."""
    found: dict[str, list[tuple[str, str]]] = {}
    for reachable in commands(screen):
        found.setdefault(reachable.group, []).append((reachable.keys, reachable.command.help))
    return found


def _nodes(screen: Screen[Any]) -> Sequence[DOMNode]:
    """What has commands: where the focus is first, then what is seen, then the rest."""
    focused = screen.focused
    chain = [node for node in focused.ancestors if node is not screen.app] if focused else []
    others = sorted(screen.query("*"), key=lambda node: not node.region.area)
    at_hand = [focused] if focused is not None else []
    return list(dict.fromkeys((*at_hand, *chain, screen, *others, screen.app)))


def _once(nodes: Iterable[DOMNode]) -> Iterator[Reachable]:
    """Each command once, by its id and by what it says; moving in a list is left to the keys."""
    offered: set[str] = set()
    for node in nodes:
        for command in commands_of(type(node)):
            reachable = Reachable(heading_of(command, node), command, node)
            if _is_listed(command, node) and not {command.id, command.help} & offered:
                offered |= {command.id, command.help}
                yield reachable


def _is_listed(command: Command[Any], node: DOMNode) -> bool:
    whole = isinstance(node, Screen | App) or node.has_class(PANE)
    return bool(command.help) and (whole or command.footer or command.listed)
