"""What the keys do, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.kit.command import Command, Commanded
from tui.kit.page import Dialog

Rows = Sequence[tuple[str, str]]
_KEYS_WIDTH = 15
_TWO_COLUMNS_FROM = 176
_BROAD = 172
"""Cells of the dialog with two."""
_MOST_WIDE = 110
"""Cells of the dialog with one column."""
_AROUND = 8
"""Cells of the dialog's frame and scroll bar."""
_BESIDE = 2
"""Blank cells beside a column."""


HELP: tuple[Command[Help], ...] = (
    Command(
        "help.close",
        "escape,question_mark,q,enter",
        "Close",
        "Close the help",
        lambda page: page.dismiss(),
    ),
)


class Help(Dialog[None], Commanded):
    """Two columns beside each other where there is room, else one below the other."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_TWO_COLUMNS_FROM, "-broad")]  # noqa: RUF012
    TABLE = HELP

    def __init__(self, sections: Mapping[str, Rows]) -> None:
        """`sections` has the keys, and what they do, under each heading."""
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        width = self.app.size.width
        one = min(_MOST_WIDE, int(width * 0.96)) - _AROUND
        column = (_BROAD - _AROUND) // 2 if width >= _TWO_COLUMNS_FROM else one
        room = column - _KEYS_WIDTH - _BESIDE
        sections = [_section(title, rows, room) for title, rows in self._sections.items()]
        with VerticalScroll(classes="dialog -wide", id="help") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "Esc closes"
            with Container(id="help-columns"):
                yield from (Static(column) for column in _two_columns(sections))


def _two_columns(sections: Sequence[Content]) -> tuple[Content, Content]:
    """Cut where the longer of the two columns is the shortest."""
    heights = [len(section.plain.splitlines()) + 1 for section in sections]
    cut = min(range(len(sections) + 1), key=lambda at: max(sum(heights[:at]), sum(heights[at:])))
    gap = Content("\n\n")
    return gap.join(sections[:cut]), gap.join(sections[cut:])


def _section(title: str, rows: Rows, room: int) -> Content:
    """What the keys do has so many cells on a line; keys that need more have one of their own."""
    lines = [Content.styled(title, "bold $text-primary")]
    for keys, says in rows:
        named, words = f"  {keys:<{_KEYS_WIDTH - 2}}", wrap(says, room)
        if len(named) > _KEYS_WIDTH:
            lines.append(Content.styled(named, "$text-accent"))
            named = " " * _KEYS_WIDTH
        lines.append(Content.assemble((named, "$text-accent"), words[0]))
        lines += [Content(" " * _KEYS_WIDTH + line) for line in words[1:]]
    return Content("\n").join(lines)
