"""A command or a program to be read, selected and copied, coloured line by line."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from rich.text import Text

from tui.kit.editor import Editor

_MAX_COLOURED = 4096
"""Characters of a line that are coloured."""


class CodeView(Editor):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "code--keyword",
        "code--string",
        "code--number",
        "code--name",
    }
    DEFAULT_CSS = """
    CodeView {
        & > .code--keyword { color: $text-accent; }
        & > .code--string { color: $text-success; }
        & > .code--number { color: $text-warning; }
        & > .code--name { color: $text-primary; }
    }
    """

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__("", id=id)
        self.read_only = True
        self.show_cursor = False
        self._command = False

    def show(self, written: str, command: bool) -> None:
        """A command is one line, folded to be seen whole; a program keeps its own lines."""
        self._command = command
        self.soft_wrap = command
        if written != self.text:
            self.load_text(written)

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        for ink, start, end in _pieces(line.plain[:_MAX_COLOURED], self._command):
            line.stylize(self.get_component_rich_style(f"code--{ink}", partial=True), start, end)
        return line


@lru_cache(maxsize=256)
def _pieces(line: str, command: bool) -> tuple[tuple[str, int, int], ...]:
    """What is coloured of a line; pygments is imported when the first one is."""
    from pygments.lexers.python import PythonLexer
    from pygments.lexers.shell import BashLexer
    from pygments.token import Keyword, Literal, Name

    inks: tuple[tuple[Any, str], ...] = (
        (Literal.String, "string"),
        (Literal.Number, "number"),
        (Keyword, "keyword"),
        (Name.Builtin, "name"),
        (Name.Function, "name"),
    )
    lexer: Any = BashLexer() if command else PythonLexer()
    found = []
    for start, token, text in lexer.get_tokens_unprocessed(line):
        ink = next((ink for kind, ink in inks if token in kind), "")
        if ink:
            found.append((ink, start, start + len(text)))
    return tuple(found)
