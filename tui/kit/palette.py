"""The palette: everything that can be chosen, under headings, and found by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.kit.command import Command, Commanded
from tui.kit.editor import Field
from tui.kit.page import Dialog
from tui.safe import clean

_MAX_KEYS = 24
"""Cells of the column with the keys, at the most: the user's own may have any names."""
_MAX_WIDTH = 110
"""Cells of the dialog, as in the style sheet."""
_AROUND = 10
"""Cells of frame, padding, and the gaps around the keys."""
_BESIDE = 10
"""Rows of frame, padding, the field, the whole entry, and what is above the dialog."""


class PaletteEntry(NamedTuple):
    group: str
    """The heading under which it stands."""
    title: str
    keys: str = ""
    """As they are printed on a keyboard."""
    id: str = ""
    """What the user's keymap calls it; shown where something is searched for."""
    can_choose: bool = True
    """False where it is shown and cannot be done now."""
    about: str = ""
    """A sentence on it, shown below the list while it is highlighted."""


def _moving(
    name: str, key: str, words: str, move: Callable[[OptionList], None]
) -> Command[Palette]:
    return Command(f"palette.{name}", key, words, words, lambda palette: palette.move(move))


_TABLE: tuple[Command[Palette], ...] = (
    Command("palette.close", "escape", "Close", "Close the palette", lambda page: page.dismiss()),
    _moving("up", "up", "Command before", OptionList.action_cursor_up),
    _moving("down", "down", "Next command", OptionList.action_cursor_down),
    _moving("page-up", "pageup", "Page up", OptionList.action_page_up),
    _moving("page-down", "pagedown", "Page down", OptionList.action_page_down),
    _moving("first", "ctrl+home", "First command", OptionList.action_first),
    _moving("last", "ctrl+end", "Last command", OptionList.action_last),
)


class Palette(Dialog[int | None], Commanded):
    """Dismisses with the number of the chosen entry, None for none."""

    AUTO_FOCUS = "#palette-query"
    TABLE = _TABLE

    def __init__(
        self, entries: Sequence[PaletteEntry], wanted: str = "Search for a command"
    ) -> None:
        """`entries` in the order in which they stand while nothing is searched for."""
        super().__init__()
        self._entries = entries
        self._keys_width = min(_MAX_KEYS, max((len(each.keys) for each in entries), default=0))
        self._query = Field(placeholder=wanted, compact=True, id="palette-query")
        self._list = OptionList(*self._grouped(), id="palette-entries", markup=False)
        self._list.can_focus = False
        self._whole = Static(id="palette-whole", markup=False)
        """The highlighted entry, where the list has not all of it."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="palette"):
            yield self._query
            yield self._list
            yield self._whole

    def on_mount(self) -> None:
        self._list.action_first()

    def move(self, move: Callable[[OptionList], None]) -> None:
        """Not before the list is laid out: Textual's pages fail in one that is not."""
        if self._list._lines:
            move(self._list)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        wanted = event.value.strip()
        self._list.set_options(self._found(wanted) if wanted else self._grouped())
        self._list.action_first()

    def on_resize(self) -> None:
        """Keep room for a whole entry where the list is too narrow for some."""
        longest = max((cell_len(clean(each.title)) for each in self._entries), default=0)
        width, height = self.app.size
        room = min(_MAX_WIDTH, int(width * 0.96)) - _AROUND - self._keys_width
        is_long = longest > room or any(each.about for each in self._entries)
        self.set_class(is_long, "-long")
        if is_long:
            self._list.styles.max_height = max(3, int(height * 0.85) - _BESIDE)

    @on(OptionList.OptionHighlighted)
    def _tell_whole(self, event: OptionList.OptionHighlighted) -> None:
        entry = self._entries[int(event.option_id)] if event.option_id else PaletteEntry("", "")
        self._whole.update(Content(clean(entry.about or entry.title)))

    @on(Input.Submitted)
    def _take(self) -> None:
        self._list.action_select()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(int(event.option_id or 0))

    def _grouped(self) -> Iterator[Option]:
        group = None
        for number, entry in enumerate(self._entries):
            if entry.group != group:
                group = entry.group
                yield Option(Content.styled(group, "bold $text-primary"), disabled=True)
            yield self._option(number, Content(clean(entry.title)))

    def _found(self, wanted: str) -> Iterator[Option]:
        """What fits best first; what cannot be done now after what can."""
        matcher = Matcher(wanted)
        scores = [matcher.match(entry.title) for entry in self._entries]
        numbers = [number for number, score in enumerate(scores) if score]
        entries = self._entries
        numbers.sort(key=lambda number: (not entries[number].can_choose, -scores[number]))
        for number in numbers:
            entry = entries[number]
            words = Content.assemble(
                matcher.highlight(clean(entry.title)),
                (f"  {entry.group}  {entry.id}", "$text-muted"),
            )
            yield self._option(number, words)
        if not numbers:
            yield Option("No command has that name.", disabled=True)

    def _option(self, number: int, words: Content) -> Option:
        entry = self._entries[number]
        keys = (f"  {entry.keys:<{self._keys_width}}  ", "$text-accent")
        return Option(Content.assemble(keys, words), id=str(number), disabled=not entry.can_choose)
