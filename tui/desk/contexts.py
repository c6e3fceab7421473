"""Every context of the desk with its commands: what the help page and the README's table list."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding
from textual.widget import Widget

from tui.compose.compose import Compose
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchanges import Exchanges
from tui.exchanges.filter_bar import LensField
from tui.inspect.inspect import Inspect
from tui.kit.body_view import BodyView
from tui.kit.key_names import key_names
from tui.responders.responders import Responders

from .desk_commands import ANYWHERE, COMPOSE, DESK, EXCHANGES, INSPECT, RESPONDERS
from .screens import SCREENS

_PANES: dict[str, tuple[type[Widget], ...]] = {
    COMPOSE: (Compose,),
    EXCHANGES: (Exchanges, ExchangeList, LensField),
    INSPECT: (Inspect, BodyView),
    RESPONDERS: (Responders,),
}
"""The panes, and what is in them that has commands of its own."""
_OF_TEXTUAL = (("^P", "Find every command by its name, and themes"), ("^Q", "Quit natstap"))
_MOVING = ("move", "page", "edge", "roll", "slide", "first", "last", "start", "finish")
"""Actions that go about in a list, with the keys that do so everywhere."""


class Row(NamedTuple):
    keys: str
    """As they are printed on a keyboard."""
    help: str


def contexts() -> dict[str, list[Row]]:
    """The rows under each heading, the most useful first."""
    found: dict[str, list[Row]] = {}
    for group in (ANYWHERE, COMPOSE, EXCHANGES, INSPECT, RESPONDERS, SCREENS):
        rows = [_row(command.binding) for command in DESK if command.group == group]
        rows += [_row(key) for pane in _PANES.get(group, ()) for key in _bindings(pane)]
        found[group] = list({row.keys: row for row in reversed(rows)}.values())[::-1]
    found[ANYWHERE] += [Row(*row) for row in _OF_TEXTUAL]
    return found


def _bindings(pane: type[Widget]) -> list[Binding]:
    own = [key for key in pane.__dict__["BINDINGS"] if isinstance(key, Binding)]
    return [key for key in own if key.action.partition("(")[0] not in _MOVING]


def _row(binding: Binding) -> Row:
    return Row(key_names(binding.key), binding.tooltip)


def readme_table() -> str:
    """The table of keys in the README, in Markdown."""
    lines = ["| where | key | does |", "|---|---|---|"]
    for group, rows in contexts().items():
        lines += [f"| {group} | `{row.keys}` | {row.help} |" for row in rows]
    return "\n".join(lines)
