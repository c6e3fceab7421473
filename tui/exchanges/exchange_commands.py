"""The commands of the pane of exchanges, of the list in it and of the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

from .filter_help import LensHelp

if TYPE_CHECKING:
    from .exchange_list import ExchangeList
    from .exchanges import Exchanges
    from .filter_bar import LensField


def _follow_or_stay(shown: ExchangeList) -> None:
    shown.follow = not shown.follow


_FOLLOW = "Follow new exchanges, or stay here"
_NEXT, _BEFORE = "Next exchange with the text", "Previous exchange with the text"

LIST: tuple[Command[ExchangeList], ...] = (
    Command(
        "list.open",
        "enter",
        "Open",
        "Open the exchange",
        lambda shown: shown.action_open(),
        footer=True,
    ),
    Command("list.follow", "f", "Follow", _FOLLOW, _follow_or_stay, footer=True),
)
PANE: tuple[Command[Exchanges], ...] = (
    Command(
        "exchanges.clear",
        "escape",
        "Clear filter",
        "Show all exchanges again",
        lambda pane: pane.close_last(),
    ),
    Command(
        "exchanges.pause",
        "p",
        "Pause",
        "Hold the list still, or let it go on",
        lambda pane: pane.pause_or_go_on(),
    ),
    Command(
        "exchanges.fold",
        "z",
        "Fold",
        "One row for exchanges that share a correlation or trace id, or all again",
        lambda pane: pane.fold_or_unfold(),
    ),
    Command(
        "exchanges.search",
        "ctrl+f",
        "Search",
        "Search the exchanges for a text",
        lambda pane: pane.search_bar.start(),
        anywhere=True,
    ),
    Command("exchanges.again--next", "n", "Next", _NEXT, lambda pane: pane.search(1)),
    Command("exchanges.again--before", "N", "Before", _BEFORE, lambda pane: pane.search(-1)),
)
FIELD: tuple[Command[LensField], ...] = (
    Command(
        "filter.accept",
        "tab",
        "Complete",
        "Take the completion",
        lambda field: field.accept(),
        footer=True,
    ),
    Command("filter.next", "down", "Next", "Next completion", lambda field: field.choose(1)),
    Command("filter.back", "up", "Before", "Completion before", lambda field: field.choose(-1)),
    Command(
        "filter.help",
        "f1",
        "Language",
        "The filter language",
        lambda field: field.app.push_screen(LensHelp()),
        footer=True,
    ),
)
