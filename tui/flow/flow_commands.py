"""The commands of the flow screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .flow import FlowScreen

FLOW: tuple[Command[FlowScreen], ...] = (
    Command(
        "flow.close", "escape,q", "Close", "Back to the desk", lambda screen: screen.dismiss(None)
    ),
    Command(
        "flow.open",
        "enter",
        "Open",
        "Inspect the chosen message",
        lambda screen: screen.open_chosen(),
    ),
    Command(
        "flow.header",
        "h",
        "Header",
        "Follow the next header",
        lambda screen: screen.tabs.action_step(1),
    ),
    Command(
        "flow.back",
        "H",
        "Before",
        "Follow the header before",
        lambda screen: screen.tabs.action_step(-1),
    ),
    Command("flow.left", "left", "Left", "Columns left", lambda screen: screen.chart.pan(-1)),
    Command("flow.right", "right", "Right", "Columns right", lambda screen: screen.chart.pan(1)),
    Command(
        "flow.diagram",
        "d",
        "Diagram",
        "The waterfall, or the sequence diagram",
        lambda screen: screen.turn(),
    ),
    Command(
        "flow.present",
        "Z",
        "Present",
        "Present the flow in large type",
        lambda screen: screen.present(),
    ),
    Command(
        "flow.copy",
        "y",
        "Copy",
        "Copy the waterfall as text",
        lambda screen: screen.copy(),
    ),
    Command(
        "flow.mermaid",
        "Y",
        "Mermaid",
        "Copy the flow as a Mermaid diagram",
        lambda screen: screen.copy_mermaid(),
    ),
    Command(
        "flow.parts",
        "asterisk",
        "All parts",
        "Look for what belongs to the flow in all parts of the recording",
        lambda screen: screen.find_in_parts(),
        lambda screen: screen.parts is not None,
    ),
)
