"""What the palette offers: the actions that the keys have, on every pane of a screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hits
from textual.dom import DOMNode
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from tui.kit.page import Page

_PANE = "pane"


class Offered(SystemCommandsProvider):
    """As Textual's, but in the order of the tables: what belongs together stands together."""

    async def discover(self) -> Hits:
        for title, key, callback, _ in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(title, callback, help=key)


class Palette(CommandPalette, Page[None]):
    def _gather_commands(self, *args: Any, **more: Any) -> Any:
        """Word of what was typed comes after the palette was closed, too."""
        return (
            super()._gather_commands(*args, **more) if self.is_active and self.is_attached else None
        )

    def _action_command_list(self, action: str) -> None:
        """Textual's fails while nothing is listed yet."""
        if self.query_one(CommandList).size.height:
            super()._action_command_list(action)


def commands(screen: Screen[Any]) -> Iterator[SystemCommand]:
    """Each action once, by what its tooltip says; moving about in a list is left to the keys."""
    offered: set[str] = set()
    for node in (screen, *screen.query("*")):
        for binding in _bindings(node):
            action = binding.action.removeprefix("screen.")
            title = f"{binding.description}: {binding.tooltip}"
            if not {action, title} & offered:
                offered |= {action, title}
                key = screen.app.get_key_display(binding)
                yield SystemCommand(title, key, partial(node.run_action, binding.action))


def _bindings(node: DOMNode) -> Iterator[Binding]:
    whole = isinstance(node, Screen) or node.has_class(_PANE)
    for binding in node.BINDINGS:
        if isinstance(binding, Binding) and binding.tooltip and (whole or binding.show):
            yield binding
