"""What the keys do, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.kit.page import Dialog

Rows = Sequence[tuple[str, str]]
_KEYS_WIDTH = 11
_TWO_COLUMNS_FROM = 136


class Help(Dialog[None]):
    """Two columns beside each other where there is room, else one below the other."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_TWO_COLUMNS_FROM, "-broad")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,q,enter", "dismiss", "Close", id="help.close", tooltip="Close"
        ),
    ]

    def __init__(self, sections: Mapping[str, Rows]) -> None:
        """`sections` has the keys, and what they do, under each heading."""
        super().__init__()
        self._sections = [_section(title, rows) for title, rows in sections.items()]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide", id="help") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "Esc closes"
            with Container(id="help-columns"):
                yield from (Static(column) for column in _two_columns(self._sections))


def _two_columns(sections: Sequence[Content]) -> tuple[Content, Content]:
    """Cut where the longer of the two columns is the shortest."""
    heights = [len(section.plain.splitlines()) + 1 for section in sections]
    cut = min(range(len(sections) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    gap = Content("\n\n")
    return gap.join(sections[:cut]), gap.join(sections[cut:])


def _section(title: str, rows: Rows) -> Content:
    lines = [Content.styled(title, "bold $text-primary")]
    lines += [
        Content.assemble((f"  {keys:<{_KEYS_WIDTH}}", "$text-accent"), says) for keys, says in rows
    ]
    return Content("\n").join(lines)
