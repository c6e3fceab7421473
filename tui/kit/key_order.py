"""Keys in the order in which they were typed, also on a busy screen.

A priority key is heard by the app at once, and letters wait in their field's queue. So what acts
on what is written waits behind the letters typed before it, and what moves the focus does not
wait, for the letters typed after it belong to the next field.
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
