"""The commands of the responders' pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tui.kit.command import Command

if TYPE_CHECKING:
    from .responders import Responders


def _key(
    name: str, keys: str, title: str, tooltip: str, run: Callable[[Responders], object], **more: Any
) -> Command[Responders]:
    return Command(f"responders.{name}", keys, title, tooltip, run, **more)


HOSTED: tuple[Command[Responders], ...] = (
    _key(
        "add",
        "a",
        "Responder",
        "Host a stand-in service on a subject",
        lambda pane: pane.write_one(),
        footer=True,
        sends=True,
    ),
    _key(
        "switch",
        "space",
        "On/off",
        "Switch the responder on or off",
        lambda pane: pane.switch(),
        footer=True,
        sends=True,
    ),
    _key(
        "change",
        "e",
        "Change",
        "Change what the responder does",
        lambda pane: pane.change(),
        footer=True,
        sends=True,
    ),
    _key(
        "remove",
        "delete,backspace,d",
        "Remove",
        "Remove the responder",
        lambda pane: pane.remove_chosen(),
        footer=True,
    ),
    _key(
        "take-back",
        "u",
        "Undo",
        "Undo what was last done to the responders",
        lambda pane: pane.undo(),
    ),
    _key(
        "exchanges",
        "x",
        "Its exchanges",
        "Show only the exchanges of the responder",
        lambda pane: pane.show_exchanges(),
    ),
    _key(
        "detail",
        "enter,i",
        "Closely",
        "Counters, latency and last requests",
        lambda pane: pane.open_detail(),
        footer=True,
    ),
    _key(
        "keep",
        "s",
        "Save",
        "Save the responder in the collection",
        lambda pane: pane.save(),
        waits=True,
    ),
    _key(
        "premade",
        "p",
        "Demo set",
        "Host the whole set of pre-made responders",
        lambda pane: pane.host_premade(),
        waits=True,
        sends=True,
    ),
)
