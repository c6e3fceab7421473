"""Screens that look the same in every run: their keys, and their words as they are kept."""

from __future__ import annotations

import re

from textual.screen import ModalScreen

from tui.app import NatstapApp

STEADY = {
    "guides": ("G",),
    "help": ("f1",),
    "filter": ("slash", "f1"),
}
"""By the name of the picture: the keys from the desk with one exchange, after Esc."""
SIZE = (120, 40)


def shown_text(app: NatstapApp) -> str:
    """The words of the dialog that is open, or else of the screen; figures are not kept."""
    lines = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
    if isinstance(app.screen, ModalScreen):
        box = app.screen.query(".dialog").first().region
        lines = [line[box.x : box.right] for line in lines[box.y : box.bottom]]
    return "".join(f"{re.sub(r'[0-9]+', '0', line).rstrip()}\n" for line in lines)
