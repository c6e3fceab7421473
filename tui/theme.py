"""natstap's own colours, dark and light, and inks that can be read in any other theme of Textual.

The contrast of an ink is WCAG's: from 1, not to be seen, to 21, black on white.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from textual.color import BLACK, WHITE, Color
from textual.theme import Theme

TEXT, QUIET = 4.5, 3.0
"""The least contrast of text, and of what is muted, titles and marks; another theme's coloured
words need only the second."""
_MUTED, _CURSOR, _CURSOR_BLURRED = 0.6, 0.22, 0.08
"""How much of the foreground is in muted text; how much of the primary colour, and of the
foreground, is in the ground of a chosen row."""
COLOURED = ("text-primary", "text-error", "text-warning", "text-success", "text-accent")
_FOOTER = ("footer-key-foreground", "footer-description-foreground")
_STEP = 0.05
_ANSI = {
    "ansi-dark": {
        **dict.fromkeys(("primary", "text-primary", "scrollbar"), "ansi_bright_blue"),
        **dict.fromkeys(("error", "text-error"), "ansi_bright_red"),
        **dict.fromkeys(("border", "footer-key-foreground"), "ansi_bright_blue"),
        "border-blurred": "ansi_bright_black",
    },
    "ansi-light": dict.fromkeys(("border", "footer-key-foreground"), "ansi_blue"),
}
"""Which of the terminal's colours are too faint for what Textual takes them for."""

LABEL_COLORS: Mapping[str, str] = {
    "red": "#e5484d",
    "orange": "#f08c3c",
    "yellow": "#f0c267",
    "green": "#3fb68b",
    "teal": "#3db8c4",
    "blue": "#5fb4f5",
    "purple": "#a78bfa",
    "pink": "#f08cc0",
    "grey": "#8a97a8",
}
"""What the user may call the colour of a context: the same ground in every theme."""

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
        "footer-description-foreground": "#93a0b1",
        "input-selection-background": "#5fb4f5 30%",
        "scrollbar": "#2b3646",
        "scrollbar-background": "#141a23",
        "scrollbar-corner-color": "#141a23",
    },
)

NATSTAP_LIGHT = Theme(
    name="natstap-light",
    primary="#0a58a8",
    secondary="#0b6b4f",
    accent="#6a3d9e",
    success="#0a6840",
    warning="#7d4d00",
    error="#b01528",
    foreground="#1b2430",
    background="#fbfcfe",
    surface="#f3f6fa",
    panel="#e6ecf4",
    dark=False,
    variables={
        "text-primary": "#0a58a8",
        "text-accent": "#6a3d9e",
        "text-success": "#0a6840",
        "text-warning": "#7d4d00",
        "text-error": "#b01528",
        "border": "#0a58a8",
        "border-blurred": "#c3ccd8",
        "footer-background": "#fbfcfe",
        "footer-key-foreground": "#0a58a8",
        "footer-description-foreground": "#56616f",
        "input-selection-background": "#0a58a8 25%",
        "scrollbar": "#c3ccd8",
        "scrollbar-background": "#f3f6fa",
        "scrollbar-corner-color": "#f3f6fa",
    },
)

OWN_THEMES = (NATSTAP, NATSTAP_LIGHT)


def readable(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a theme, its inks made darker or lighter where they could not be read."""
    found = dict(variables)
    if theme.ansi:
        return found | _ANSI.get(theme.name, {})
    over = grounds(found)
    found["foreground"] = _mended(found["foreground"], over, TEXT, QUIET)
    for name in COLOURED:
        found[name] = _mended(found[name], over, QUIET)
    for name in ("primary", "border"):
        found[name] = _mended(found[name], over[:3], QUIET)
    for name in _FOOTER:
        found[name] = _mended(found[name], [Color.parse(found["footer-background"])], QUIET)
    return found


def grounds(variables: Mapping[str, str]) -> list[Color]:
    """What text stands on: the screen first, then fields, dialogs, panels and chosen rows."""
    base = Color.parse(variables["background"])
    names = ("surface", "panel")
    primary, foreground = (Color.parse(variables[name]) for name in ("primary", "foreground"))
    rows = (primary.with_alpha(_CURSOR), foreground.with_alpha(_CURSOR_BLURRED))
    return [
        base,
        *(base + Color.parse(variables[name]) for name in names),
        *map(base.__add__, rows),
    ]


def least_contrast(ink: Color, over: Iterable[Color]) -> float:
    """Where it is read worst; a transparent ink lets its ground shine through."""
    return min(contrast(ground + ink, ground) for ground in over)


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mended(written: str, over: list[Color], least: float, least_muted: float = 0.0) -> str:
    """The colour nearest to this one that can be read, and as muted text too."""
    ink = Color.parse(written)
    if ink.a < 1:
        return written
    end = max((BLACK, WHITE), key=lambda end: least_contrast(end, over))
    for step in range(round(1 / _STEP) + 1):
        tried = ink.blend(end, step * _STEP)
        muted = least_contrast(tried.with_alpha(_MUTED), over)
        if least_contrast(tried, over) >= least and muted >= least_muted:
            return tried.hex if step else written
    return end.hex


def label_style(name: str) -> str:
    """The style of a name on a ground of a colour, a word or #rrggbb; "" for what is neither."""
    written = LABEL_COLORS.get(name, name)
    if not re.fullmatch("#[0-9a-fA-F]{6}", written):
        return ""
    ground = Color.parse(written)
    ink = max((BLACK, WHITE), key=lambda ink: contrast(ink, ground))
    return f"bold {ink.hex} on {written}"
