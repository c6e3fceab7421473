"""The composer's keys."""

from __future__ import annotations

from textual.binding import Binding

from tui.kit.key_order import FIELD_KEYS

COMPOSE_KEYS = (
    Binding(
        "ctrl+t",
        "turn",
        "Next page",
        id="compose.turn",
        show=False,
        priority=True,
        tooltip="Body, headers, options",
    ),
    *FIELD_KEYS,
    Binding(
        "ctrl+g",
        "lay_out",
        "Body",
        id="compose.layout",
        show=False,
        tooltip="Lay out the body as the subject's messages usually look",
    ),
    Binding(
        "f4",
        "tidy",
        "Tidy",
        id="compose.tidy",
        show=False,
        tooltip="Lay the body's JSON out on lines",
    ),
    Binding(
        "ctrl+z",
        "back",
        "Undo",
        id="compose.back",
        show=False,
        tooltip="Bring back what was in the composer before",
    ),
    Binding(
        "ctrl+y",
        "forward",
        "Redo",
        id="compose.forward",
        show=False,
        tooltip="Bring back what undoing took out of the composer",
    ),
)
