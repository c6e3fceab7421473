"""Editing fields that draw safely: what they hold may have come from a message.

The text itself stays as it is, so nothing is lost by editing; only the drawn line is cleaned.
The body editor colours JSON line by line itself (a JSON string never spans lines), because
Textual's own highlighting needs tree-sitter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input, TextArea

from tui.safe import clean

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\b\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)"
)
_OPENERS = ("{", "[", '"')
_COLOURED = 2048
"""Characters of a line that are coloured."""


def inert(strip: Strip) -> Strip:
    """The strip, equally wide, with nothing in it that a terminal would obey."""
    if all(one.text.isascii() and one.text.isprintable() for one in strip):
        return strip
    cleaned = Strip(Segment(clean(one.text), one.style) for one in strip)
    return cleaned.adjust_cell_length(strip.cell_length)


class Editor(TextArea):
    """Many lines of text."""

    def __init__(self, placeholder: str, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True, highlight_cursor_line=False)

    def render_line(self, y: int) -> Strip:
        return inert(super().render_line(y))


class JsonEditor(Editor):
    """Many lines, coloured as JSON as far as they look like it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "editor--key",
        "editor--string",
        "editor--number",
        "editor--word",
    }
    DEFAULT_CSS = """
    JsonEditor {
        & > .editor--key { color: $text-primary; }
        & > .editor--string { color: $text-success; }
        & > .editor--number { color: $text-warning; }
        & > .editor--word { color: $text-accent; }
    }
    """

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self.document.get_line(0).lstrip()[:1] in _OPENERS:
            for found in _TOKEN.finditer(line.plain[:_COLOURED]):
                ink = self.get_component_rich_style(f"editor--{found.lastgroup}", partial=True)
                line.stylize(ink, *found.span())
        return line


class Field(Input):
    """One line of text."""

    def render_line(self, y: int) -> Strip:
        return inert(super().render_line(y))


Known = Callable[[], Iterable[str]]
"""Gives what is known already, the likeliest first."""


class _Completion(Suggester):
    def __init__(self, known: Known) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        return next((one for one in self._known() if one.startswith(value) and one != value), None)


class KnownField(Field):
    """A field that completes from what is known: right accepts, up and down go through all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "known(1)", "Next known", id="field.next", show=False, tooltip="Next"),
        Binding("up", "known(-1)", "Known before", id="field.back", show=False, tooltip="Before"),
    ]

    def __init__(self, known: Known, placeholder: str, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, suggester=_Completion(known), compact=True, id=id)
        self._known = known

    def action_known(self, by: int) -> None:
        known = list(self._known())
        if not known:
            return
        place = known.index(self.value) + by if self.value in known else min(by, 0)
        self.value = known[place % len(known)]
        self.cursor_position = len(self.value)
