"""The commands of the comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .compare import CompareScreen


def _key(
    name: str,
    key: str,
    title: str,
    tooltip: str,
    run: Callable[[CompareScreen], object],
    waits: bool = False,
) -> Command[CompareScreen]:
    return Command(f"compare.{name}", key, title, tooltip, run, footer=True, waits=waits)


COMPARE: tuple[Command[CompareScreen], ...] = (
    _key("next", "n", "Next", "The next difference", lambda screen: screen.jump(1)),
    _key("before", "N", "Before", "The difference before", lambda screen: screen.jump(-1)),
    _key(
        "turn", "tab", "Page", "Body, headers, requests", lambda screen: screen.tabs.action_step(1)
    ),
    _key(
        "turn-back", "shift+tab", "Page back", "The page before", lambda s: s.tabs.action_step(-1)
    ),
    _key("pair", "right", "Replies", "The next two replies", lambda screen: screen.choose_pair(1)),
    _key("pair-back", "left", "Back", "Two replies before", lambda screen: screen.choose_pair(-1)),
    _key("left", "less_than_sign", "Left", "Read the left body", lambda s: s.read(0), waits=True),
    _key(
        "right",
        "greater_than_sign",
        "Right",
        "Read the right body",
        lambda screen: screen.read(1),
        waits=True,
    ),
    _key("fold", "a", "All", "All lines, or what differs", lambda screen: screen.fold()),
)
