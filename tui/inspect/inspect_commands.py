"""The commands of the pane that shows one exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .inspect import Inspect

INSPECT: tuple[Command[Inspect], ...] = (
    Command(
        "inspect.acknowledge",
        "A",
        "Acknowledge",
        "Tell the stream what became of the delivered message",
        lambda pane: pane.ask_to_acknowledge(),
        when=lambda pane: pane.delivery is not None,
        footer=True,
        sends=True,
    ),
    Command(
        "inspect.pin-schema",
        "L",
        "Pin shape",
        "Check messages like this one against the shape of those seen so far, or stop",
        lambda pane: pane.post_message(pane.Pin(*pane.side)),
        when=lambda pane: pane.body_pane is not None,
    ),
    Command(
        "inspect.left",
        "left_square_bracket",
        "Tab",
        "The tab before",
        lambda pane: pane.tabs.action_step(-1),
    ),
    Command(
        "inspect.right",
        "right_square_bracket",
        "Next tab",
        "The next tab: request, replies, timeline, raw",
        lambda pane: pane.tabs.action_step(1),
    ),
)
