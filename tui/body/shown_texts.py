"""What the screen shows parts of, as a whole: fields, editors, bodies, headers.

A secret may be cut by the edge of a pane; where it is whole it can be told from other text.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.screen import Screen
from textual.widgets import Input, TextArea

from tui.body.view import BodyView
from tui.kit.facts import Facts

MAX_CHARACTERS = 256 << 10
"""Characters of one text that are looked at."""


def shown_texts(screen: Screen[object]) -> Iterator[str]:
    for widget in screen.query("*"):
        match widget:
            case Input():
                yield widget.value[:MAX_CHARACTERS]
            case TextArea():
                yield widget.text[:MAX_CHARACTERS]
            case BodyView():
                yield widget.written[:MAX_CHARACTERS]
            case Facts():
                yield "\n".join(f"{name}: {value}" for name, value in widget.facts)
