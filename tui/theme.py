"""natstap's own colours, dark and light; the user may choose any other theme that Textual has."""

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

NATSTAP_LIGHT = Theme(
    name="natstap-light",
    primary="#0b61b8",
    secondary="#0d7356",
    accent="#6a3d9e",
    success="#0f7046",
    warning="#855300",
    error="#b3182c",
    foreground="#1b2430",
    background="#fafbfd",
    surface="#f3f6fa",
    panel="#e4eaf2",
    dark=False,
    variables={
        "border": "#0b61b8",
        "border-blurred": "#c3ccd8",
        "footer-background": "#fafbfd",
        "footer-key-foreground": "#0b61b8",
        "footer-description-foreground": "#5b6675",
        "input-selection-background": "#0b61b8 25%",
        "scrollbar": "#c3ccd8",
        "scrollbar-background": "#eef2f7",
        "scrollbar-corner-color": "#eef2f7",
    },
)

OWN_THEMES = (NATSTAP, NATSTAP_LIGHT)
