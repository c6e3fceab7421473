"""The composer's keys. Those that move the focus act at once: what is typed right after them
belongs to the next field, and would else wait in the queue of the one before.
"""

from __future__ import annotations

from textual.binding import Binding

FIELD_KEYS = (
    Binding(
        "tab",
        "app.focus_next",
        "Next field",
        id="field.forward",
        show=False,
        priority=True,
        tooltip="Go to the next field; what is typed next goes there",
    ),
    Binding(
        "shift+tab",
        "app.focus_previous",
        "Field before",
        id="field.backward",
        show=False,
        priority=True,
        tooltip="Go to the field before; what is typed next goes there",
    ),
)
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
)
