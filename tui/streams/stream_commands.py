"""The commands of the streams screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.kit.command import Command

if TYPE_CHECKING:
    from .streams import StreamsScreen

PANES = {
    "streams": "#stream-list",
    "consumers": "#consumer-list",
    "messages": "#stored-list",
    "message": "#stored-view-body",
}
"""The panes in the order of their numbers, and what gets the focus in each."""


def _key(
    name: str,
    keys: str,
    title: str,
    tooltip: str,
    run: Callable[[StreamsScreen], object],
    **more: Any,
) -> Command[StreamsScreen]:
    return Command(f"streams.{name}", keys, title, tooltip, run, **({"footer": True} | more))


def _go(number: int, pane: str) -> Command[StreamsScreen]:
    return Command(
        f"streams.go.{pane}",
        str(number),
        pane.capitalize(),
        f"Go to the {pane}",
        lambda screen: screen.folio.go(pane),
    )


STREAMS: tuple[Command[StreamsScreen], ...] = (
    _key(
        "open",
        "enter",
        "Open",
        "Go into the chosen stream, or message",
        lambda screen: screen.open_chosen(),
    ),
    _key(
        "go-to",
        "slash,g",
        "Go to",
        "Go to a sequence, a time or a subject",
        lambda screen: screen.finding.go_to(),
    ),
    _key(
        "find",
        "c",
        "Find",
        "Find messages by an id, a header, a text or a JSON field",
        lambda screen: screen.finding.find(),
    ),
    _key(
        "find-everywhere",
        "C",
        "Find in all",
        "Find the same in every stream",
        lambda screen: screen.finding.find_everywhere(),
        waits=True,
    ),
    _key(
        "filter",
        "f",
        "Filter",
        "Show only streams whose name or subjects hold some words",
        lambda screen: screen.start_filter(),
        footer=False,
    ),
    _key(
        "compose-message",
        "e",
        "Compose",
        "Compose a request from the chosen message",
        lambda screen: screen.compose_message(),
    ),
    _key(
        "new-stream",
        "n",
        "New",
        "Create a stream",
        lambda screen: screen.changes.create(),
        waits=True,
        sends=True,
    ),
    _key(
        "purge",
        "p",
        "Purge",
        "Purge messages of the chosen stream",
        lambda screen: screen.changes.purge(),
        waits=True,
        sends=True,
    ),
    _key(
        "delete",
        "d,delete",
        "Delete",
        "Delete the chosen stream, consumer or message",
        lambda screen: screen.changes.delete(),
        waits=True,
        sends=True,
    ),
    _key(
        "undo",
        "u",
        "Undo",
        "Undo what was created or deleted here",
        lambda screen: screen.changes.undo(),
        when=lambda screen: screen.changes.can_undo,
        waits=True,
        sends=True,
    ),
    _key(
        "refresh",
        "R",
        "Refresh",
        "Look again now",
        lambda screen: screen.refresh_now(),
        footer=False,
    ),
    Command("streams.into", "right", "Into", "Pane right", lambda screen: screen.folio.step(1)),
    Command("streams.out", "left", "Out", "Pane left", lambda screen: screen.folio.step(-1)),
    *(_go(number, pane) for number, pane in enumerate(PANES, 1)),
    _key("back", "escape,q", "Back", "Back to the desk", lambda screen: screen.back()),
)
