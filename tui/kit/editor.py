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
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.strip import Strip
from textual.suggester import Suggester
from textual.widgets import Input, TextArea

from engine.known_headers import KNOWN_HEADERS
from tui.kit import brackets
from tui.kit.brackets import BracketEdit
from tui.safe import clean

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\b\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)"
)
_OPENERS = ("{", "[", '"')
_COLOURED = 2048
"""Characters of a line that are coloured."""
_UNFOLDED = 50_000
"""Characters from which on a line is not folded."""
_ALL_UNFOLDED = 300_000
"""Characters from which on no line of a text is folded."""
_MAX_LOOKED_AT = 20
"""Lines that are looked at for what a key means."""


def inert(strip: Strip) -> Strip:
    """The strip, equally wide, with nothing in it that a terminal would obey."""
    if all(part.text.isascii() and part.text.isprintable() for part in strip):
        return strip
    cleaned = Strip(Segment(clean(part.text), part.style) for part in strip)
    return cleaned.adjust_cell_length(strip.cell_length)


def _edge(key: str, where: str, says: str, tooltip: str) -> Binding:
    name = f"editor.{says.lower().replace(' ', '.')}"
    return Binding(key, f"edge({where})", says, id=name, show=False, tooltip=tooltip)


class Editor(TextArea):
    """Many lines of text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _edge("ctrl+home", "0, 0", "Top", "To the beginning of the text"),
        _edge("ctrl+end", "1, 0", "Bottom", "To the end of the text"),
        _edge("ctrl+shift+home", "0, 1", "Select up", "Select to the beginning of the text"),
        _edge("ctrl+shift+end", "1, 1", "Select down", "Select to the end of the text"),
        Binding(
            "ctrl+shift+a",
            "select_all",
            "Select all",
            id="editor.all",
            show=False,
            tooltip="Select the whole text",
        ),
    ]

    def __init__(self, placeholder: str, id: str) -> None:  # noqa: A002
        inert = Content(placeholder)  # of a str, Textual would take [expect] as markup
        super().__init__(placeholder=inert, id=id, compact=True, highlight_cursor_line=False)

    def on_mount(self) -> None:
        self.cursor_blink = False  # what blinks is sent twice a second, though nothing changed

    def load_text(self, text: str) -> None:
        self._wrap(text)
        super().load_text(text)
        self.refresh()  # a text of the same size would stay unseen

    def on_paste(self, event: events.Paste) -> None:
        if self.soft_wrap:
            self._wrap(event.text)

    def _wrap(self, coming: str) -> None:
        """Folding a line of a megabyte takes seconds, at every key: leave large texts unfolded."""
        longest = max(map(len, coming.split("\n")))
        self.soft_wrap = longest < _UNFOLDED and len(coming) < _ALL_UNFOLDED

    def render_line(self, y: int) -> Strip:
        return inert(super().render_line(y))

    def action_edge(self, end: int, select: int) -> None:
        """To the beginning or the end of the whole text, selecting what lies between or not."""
        place = self.document.end if end else self.document.start
        self.move_cursor(place, select=bool(select))

    def action_undo(self) -> None:
        """Where nothing is left to undo, whoever holds the editor may undo more."""
        if not self.history.undo_stack:
            raise SkipAction
        super().action_undo()

    def action_redo(self) -> None:
        if not self.history.redo_stack:
            raise SkipAction
        super().action_redo()


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

    # -- brackets, quotes and indents ----------------------------------------------------------

    async def _on_key(self, event: events.Key) -> None:
        """Textual calls the base's handler as well, unless this one has done the work."""
        change = self._meant(event) if self.selection.is_empty and not self.read_only else None
        if change is not None:
            event.stop()
            event.prevent_default()
            self._change(change)

    def _meant(self, event: events.Key) -> BracketEdit | None:
        before, after = self._around()
        if event.key == "enter":
            return brackets.entered(before, after)
        char = event.character or ""
        if not self._is_json() or not event.is_printable:
            return None
        below = self._below() if char in "}]" else ""
        return (
            brackets.closed_below(char, before, after, below)
            or brackets.typed(char, before, after)
            or brackets.dedented(char, before, after)
        )

    def action_delete_left(self) -> None:
        change = brackets.erased(*self._around()) if self.selection.is_empty else None
        if change is None or not self._is_json():
            super().action_delete_left()
        else:
            self._change(change)

    def _change(self, change: BracketEdit) -> None:
        row, column = self.cursor_location[0], self.cursor_location[1] - change.before
        end = self._ahead(change.after)
        if change.text:
            self._replace_via_keyboard(change.text, (row, column), end)
        else:
            self._delete_via_keyboard((row, column), end)
        ahead, line_break, last = change.ahead.rpartition("\n")
        down = ahead.count("\n") + len(line_break)
        self.move_cursor((row + down, len(last) + (0 if down else column)))

    def _ahead(self, count: int) -> tuple[int, int]:
        """The place so many characters behind the cursor, line ends counted."""
        row, column = self.cursor_location
        while (left := len(self.document.get_line(row)) - column) < count:
            row, column, count = row + 1, 0, count - left - len(self.document.newline)
        return row, column + count

    def _is_json(self) -> bool:
        """True for JSON that is begun, and where nothing is yet."""
        first = next(filter(None, map(str.lstrip, self.document.lines[:_MAX_LOOKED_AT])), "")
        return not first or first[0] in _OPENERS

    def _around(self) -> tuple[str, str]:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return (line[:column], line[column:]) if len(line) < _UNFOLDED else ("", line[column:])

    def _below(self) -> str:
        row, ends = self.cursor_location[0] + 1, self.document.newline
        return ends + ends.join(self.document.lines[row : row + _MAX_LOOKED_AT])


class Field(Input):
    """One line of text, as wide as there is room: what is typed is no reason to lay out the screen,
    as it is for Textual.
    """

    virtual_size: Reactive[Size] = Reactive(Size(0, 0))

    def on_mount(self) -> None:
        self.cursor_blink = False  # what blinks is sent twice a second, though nothing changed

    def render_line(self, y: int) -> Strip:
        return inert(super().render_line(y))


class HeaderEditor(Editor):
    """Headers on lines; names that the server or a framework knows are completed."""

    def update_suggestion(self) -> None:
        name = self._known()
        self.suggestion = f"{name[len(self._begun()) :]}: " if name else ""

    def action_cursor_right(self, select: bool = False) -> None:
        """Take a completion in its own letters: the server compares them one by one."""
        if self.suggestion and not select and (name := self._known()):
            row, column = self.cursor_location
            self.replace(f"{name}: ", (row, 0), (row, column))
            return
        super().action_cursor_right(select)

    @property
    def name_at_cursor(self) -> str:
        """The header name of the line that the cursor is on."""
        return self.document.get_line(self.cursor_location[0]).partition(":")[0].strip()

    def _begun(self) -> str:
        """What is written of a name, when the cursor stands at its end."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return line if column == len(line) and ":" not in line else ""

    def _known(self) -> str:
        begun = self._begun().lower()
        names = (name for name in KNOWN_HEADERS if name.lower().startswith(begun))
        return next(names, "") if begun else ""


Known = Callable[[], Iterable[str]]
"""Gives what is known already, the likeliest first."""


class _Completion(Suggester):
    def __init__(self, known: Known) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._known = known

    async def get_suggestion(self, value: str) -> str | None:
        longer = (known for known in self._known() if known != value and known.startswith(value))
        return next(longer, None)


class KnownField(Field):
    """A field that completes from what is known: right accepts, up and down go through all
    that holds what was typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "known(1)", "Next known", id="field.next", show=False, tooltip="Next"),
        Binding("up", "known(-1)", "Known before", id="field.back", show=False, tooltip="Before"),
    ]

    def __init__(self, known: Known, placeholder: str, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, suggester=_Completion(known), compact=True, id=id)
        self._known = known
        self._typed = ""
        self._offered: str | None = None
        """The value that was put here from what is known, and was not typed."""

    @property
    def offered(self) -> bool:
        """True while what stands here was put here from what is known."""
        return self.value == self._offered

    def matching(self) -> list[str]:
        """What is known and holds what was typed; what begins with it comes first."""
        if not self.offered:
            self._typed = "" if self.value in self._known() else self.value
        found = (known for known in self._known() if self._typed in known)
        return sorted(found, key=lambda known: not known.startswith(self._typed))

    def action_known(self, by: int) -> None:
        known = self.matching()
        if not known:
            return
        place = known.index(self.value) + by if self.value in known else min(by, 0)
        self._offered = self.value = known[place % len(known)]
        self.cursor_position = len(self.value)
