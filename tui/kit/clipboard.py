"""What is copied: the words for what was done with it, and a file where the clipboard gets nothing.

A program hands text to the terminal (OSC 52), which says nothing back. So nothing more is claimed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from textual.app import App

SAVE_COPIED = "alt+s,shift+f12"
_KEY = "Alt+S"
_BETWEEN = (
    ("TMUX", "tmux needs set-clipboard on"),
    ("STY", "screen keeps it"),
)
"""What stands between natstap and the terminal: the variable that it sets, and what it does."""


def between(env: Mapping[str, str]) -> str:
    """What may keep the text from the clipboard, as far as that can be known; "" for nothing."""
    if env.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Terminal.app refuses it"
    return next((words for name, words in _BETWEEN if env.get(name)), "")


def copy(app: App[Any], text: str, what: str, more: str = "") -> None:
    """Hand the text to the terminal, and say so in a line; `more` is a sentence besides."""
    app.copy_to_clipboard(text)
    doubt = between(os.environ)
    hint = f"{doubt}: {_KEY} saves a file." if doubt else f"{_KEY} saves a file."
    said = f"Sent to the terminal's clipboard: {what}."
    app.notify("\n".join(filter(None, (said, more, hint))))
