"""natstap's own colours; the user may choose any other theme that Textual has."""

from __future__ import annotations

from textual.theme import Theme

NATSTAP = Theme(
    name="natstap",
    primary="#5fb4f5",
    secondary="#3fb68b",
    accent="#c3a6ff",
    success="#5fd3a0",
    warning="#f0c267",
    error="#ff7b86",
    foreground="#d6dee8",
    background="#0e131a",
    surface="#141a23",
    panel="#1b2330",
    dark=True,
    variables={
        "border": "#5fb4f5",
        "border-blurred": "#2b3646",
        "footer-background": "#0e131a",
        "footer-key-foreground": "#5fb4f5",
        "footer-description-foreground": "#8d9aab",
        "input-selection-background": "#5fb4f5 30%",
        "scrollbar": "#2b3646",
        "scrollbar-background": "#141a23",
        "scrollbar-corner-color": "#141a23",
    },
)
