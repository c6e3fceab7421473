"""The composer's commands, beside those of the desk that act on what is composed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .compose import Compose

COMPOSER: tuple[Command[Compose], ...] = (
    Command(
        "compose.turn",
        "ctrl+t",
        "Next page",
        "Body, headers, options",
        lambda compose: compose.pages.turn(),
        anywhere=True,
    ),
    Command(
        "compose.layout",
        "ctrl+g",
        "Body",
        "Lay out the body as the subject's messages usually look",
        lambda compose: compose.ask_layout(),
    ),
    Command(
        "compose.tidy",
        "f4",
        "Tidy",
        "Lay the body's JSON out on lines",
        lambda compose: compose.tidy(),
    ),
    Command(
        "compose.back",
        "ctrl+z",
        "Undo",
        "Bring back what was in the composer before",
        lambda compose: compose.step_back(),
    ),
    Command(
        "compose.forward",
        "ctrl+y",
        "Redo",
        "Bring back what undoing took out of the composer",
        lambda compose: compose.step_back(forward=True),
    ),
)
