"""The frame of a dialog: as high as what it holds, with its verbs on buttons at its foot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button

from tui.safe import clean


class DialogVerb(NamedTuple):
    """A button: what it does, the key that does the same, and the action of the screen."""

    words: str
    key: str
    action: str
    id: str
    variant: Literal["default", "primary", "warning"] = "default"


class DialogBox(Vertical):
    """The parts scroll where the screen is too low for them; the verbs stay in sight."""

    DEFAULT_CSS = """
    DialogBox {
        & > VerticalScroll { height: auto; max-height: 1fr; }
        & > Horizontal { dock: bottom; height: auto; padding: 1 0 0 0; }
        & > Horizontal Button { min-width: 0; margin: 0 2 0 0; }
    }
    """

    def __init__(
        self,
        title: str,
        *parts: Widget,
        verbs: Sequence[DialogVerb],
        id: str,  # noqa: A002
    ) -> None:
        buttons = (
            Button(
                f"{verb.words}  {verb.key}",
                variant=verb.variant,
                compact=True,
                id=verb.id,
                action=f"screen.{verb.action}",
            )
            for verb in verbs
        )
        body = VerticalScroll(*parts, can_focus=False)
        super().__init__(body, Horizontal(*buttons), classes="dialog", id=id)
        self.border_title = Content(clean(title))
