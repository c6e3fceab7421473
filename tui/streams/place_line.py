"""The line over a stream's messages in which one writes where to go, or what to find."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from engine.streams.search_terms import EXAMPLES
from tui.kit.editor import Field
from tui.kit.sentence import Sentence

_GO = "sequence, time (12:30, -5m) or subject"


class PlaceLine(Vertical):
    DEFAULT_CSS = "PlaceLine { height: auto; }"

    class Written(Message):
        """The user wants to go to a place, or to `find` what is written."""

        def __init__(self, written: str, find: bool) -> None:
            super().__init__()
            self.written = written
            self.find = find

    def __init__(self) -> None:
        super().__init__()
        self._label = Static(id="place-label")
        self.field: Field = Field(compact=True, id="place")
        self._trouble = Sentence("place-trouble")
        self._turn_to(find=False)

    def compose(self) -> ComposeResult:
        yield Horizontal(self._label, self.field, id="place-line")
        yield self._trouble

    def ask(self, what: str = "", likely: str = "") -> None:
        """Put the cursor into the field; `what` "id" asks what to find, such as a `likely` id."""
        self._turn_to(find=what == "id")
        self.field.value = likely
        self.field.focus()

    def rest(self, subject: str) -> None:
        """Nothing is asked now: say which subject is shown."""
        self._turn_to(find=False)
        self.field.value = subject

    def complain(self, words: str) -> None:
        self._trouble.complain(words)

    def _turn_to(self, find: bool) -> None:
        self._find = find
        self._label.update("Find" if find else "Go to")
        self.field.placeholder = EXAMPLES if find else _GO

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Written(event.value, self._find))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.complain("")
