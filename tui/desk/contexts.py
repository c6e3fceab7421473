"""The contexts of commands: their headings, and what docs/keys.md lists."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from textual.app import App
from textual.dom import DOMNode

from tui.body.view import BodyView
from tui.compose.compose import Compose
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges
from tui.exchanges.filter_bar import LensField
from tui.inspect.inspect import Inspect
from tui.kit.command import ANYWHERE, Command, commands_of
from tui.kit.key_names import key_names
from tui.kit.pane_layout import PaneLayout
from tui.responders.responders import Responders

from .desk import Desk
from .desk_commands import COMPOSE, EXCHANGES, INSPECT, RESPONDERS
from .recording_commands import RECORDINGS
from .screens import SCREENS

_PANES: dict[str, tuple[type[DOMNode], ...]] = {
    COMPOSE: (Compose,),
    EXCHANGES: (Exchanges, ExchangeList, LensField),
    INSPECT: (Inspect, BodyView),
    RESPONDERS: (Responders,),
    ANYWHERE: (PaneLayout,),
}
"""The panes, and what is in them that has commands of its own."""
PANE = "pane"
ROW_GROUPS = {EXCHANGES: {INSPECT}}
"""Whose commands act on a pane's row as well as its own do."""
_CURSOR_KEYS = {"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
_GENERAL = ("tui.kit.", "tui.table.", "tui.body.view")
"""Where the keys come from that are the same wherever one moves about."""


class KeyRow(NamedTuple):
    keys: str
    """As they are printed on a keyboard."""
    help: str


def heading_of(command: Command[Any], node: DOMNode) -> str:
    """What a command is listed under: its group, else the pane or the screen that it is of."""
    if command.group:
        return command.group
    return ANYWHERE if isinstance(node, App) else place_of(node)


def place_of(node: DOMNode) -> str:
    """The pane or the screen that a widget is in, as a heading."""
    nodes = node.ancestors_with_self
    pane = next((each for each in nodes if each.has_class(PANE)), None)
    name = re.sub("(?<=[a-z])(?=[A-Z])", "-", type(node.screen).__name__.removesuffix("Screen"))
    return ((pane and pane.id) or name).replace("-", " ").capitalize()


def contexts(app: type[DOMNode]) -> dict[str, list[KeyRow]]:
    """The rows of desk and app under each heading, the most useful first."""
    found: dict[str, list[KeyRow]] = {}
    for group in (COMPOSE, EXCHANGES, INSPECT, RESPONDERS, RECORDINGS, SCREENS, ANYWHERE):
        listed = [command for command in commands_of(Desk) if command.group == group]
        for pane in _PANES.get(group, ()):
            listed += _own(pane)
        listed += commands_of(app) if group == ANYWHERE else ()
        rows = [_row(command) for command in listed]
        found[group] = list({row.keys: row for row in reversed(rows)}.values())[::-1]
    return found


def _own(pane: type[DOMNode]) -> list[Command[Any]]:
    """Without what goes about in the kit's lists and texts, with the keys that do so everywhere."""
    kit = (base for base in pane.__mro__ if base.__module__.startswith(_GENERAL))
    moving = {
        command.id
        for base in kit
        for command in commands_of(base)
        if command.keys.split(",")[0] in _CURSOR_KEYS and not command.listed
    }
    return [command for command in commands_of(pane) if command.id not in moving]


def _row(command: Command[Any]) -> KeyRow:
    return KeyRow(key_names(command.keys), command.help)


def key_table(app: type[DOMNode]) -> str:
    """The table of keys for docs/keys.md, in Markdown."""
    lines = ["| where | key | does |", "|---|---|---|"]
    for group, rows in contexts(app).items():
        lines += [f"| {group} | `{row.keys}` | {row.help} |" for row in rows]
    return "\n".join(lines)
