"""The search bar: the next and the previous exchange that holds a text, found in slices."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.filter.search import Search
from engine.filter.state_terms import Hearsay
from engine.journal import Journal
from engine.journal.view import Test
from engine.message import raw_bytes
from tui.kit.editor import Field
from tui.kit.late import Late

_SLICE = 0.008
_PAUSE = 0.02
"""Seconds of searching, and seconds for everything else."""


class SearchBar(Late, Horizontal):
    DEFAULT_CSS = """
    SearchBar { height: 1; padding: 0 1; }
    SearchBar > #search { width: 1fr; }
    SearchBar > #search-said { width: auto; padding: 0 1; color: $text-muted; }
    """

    class Found(Message):
        """An exchange holds the text."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    class Sought(Message):
        """The user is done typing."""

    def __init__(self, journal: Journal, known: Callable[[], Hearsay]) -> None:
        self.journal = journal
        self._known = known
        self._search: Search | None = None
        self._from = 0
        self._direction = 1
        self._wrapped = False
        self._accepts: Test = lambda number, code: True
        self._field = Field(placeholder="text to search", compact=True, id="search")
        self._said = Static(id="search-said", markup=False)
        super().__init__(self._field, self._said, id="search-bar")

    @property
    def text(self) -> str:
        return self._field.value

    def start(self) -> None:
        self.display = True
        self.screen.set_focus(self._field)
        self._say("")

    def close(self) -> None:
        self._search = None
        self.display = False

    @on(Input.Submitted, "#search")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Sought())

    @on(Input.Changed, "#search")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()

    def seek(self, start: int, direction: int, accepts: Test) -> None:
        """Look for the text after (1) or before (-1) exchange `start`."""
        self.display = True
        self._from, self._direction, self._wrapped = start, direction, False
        self._accepts = accepts
        self._say("searching")
        self._look_from(start)

    def _look_from(self, start: int) -> None:
        """Small letters find large ones too, large ones only themselves."""
        text = self.text
        self._search = Search(
            self.journal,
            raw_bytes(text),
            start,
            self._direction,
            self._accepts,
            fold=text == text.lower(),
            known=self._known(),
        )
        self._go_on(self._search)

    def _go_on(self, search: Search) -> None:
        if search is not self._search:
            return
        if not search.catch_up(_SLICE):
            self.set_timer(_PAUSE, lambda: self._go_on(search))
        elif search.found is not None:
            self._found(search.found)
        elif self._wrapped:
            self._say("not found")
        else:
            self._wrap()

    def _wrap(self) -> None:
        self._wrapped = True
        ahead = self._direction > 0
        self._look_from(self.journal.first - 1 if ahead else self.journal.next)

    def _found(self, number: int) -> None:
        end = "from the top again" if self._direction > 0 else "from the end again"
        alone = self._wrapped and number == self._from
        self._say("only here" if alone else end if self._wrapped else "n next, N before")
        self.post_message(self.Found(number))

    def _say(self, words: str) -> None:
        self._said.update(Content(words))
