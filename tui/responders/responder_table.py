"""The table of the hosted responders, and the line below it that says what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.safe import clean
from tui.table.table import Table

from .responder_row import COLUMNS, looks_of, responder_row

if TYPE_CHECKING:
    from engine.responders.responder import Responder

_HINT = (
    "No responders.",
    "a adds one: an echo, a template,",
    "a slow or a failing one.",
    "p adds a set for demos.",
)


class ResponderTable(Table):
    def __init__(self) -> None:
        super().__init__(COLUMNS, "responder-list", _HINT, head=False)
        self._choices: Sequence[str] = ()
        self._drawn: tuple[object, ...] = ()

    def advise(self, choices: Sequence[str]) -> None:
        """Where there is room, say what a responder can do."""
        self._choices = choices
        self.on_resize()

    def on_resize(self) -> None:
        room = self.size
        fits = max(map(len, self._choices), default=room.width) < room.width - 2
        self.hint = self._choices if fits and len(self._choices) <= room.height else _HINT
        self.repaint()

    def show_hosted(self, hosted: Sequence[Responder]) -> bool:
        """False when nothing has changed, which is cheap."""
        looks = tuple(map(looks_of, hosted))
        if looks == self._drawn:
            return False
        self._drawn = looks
        self.show([responder_row(responder) for responder in hosted])
        return True


class TroubleLine(Static):
    """What went wrong last, else what is wrong with the chosen responder."""

    def __init__(self) -> None:
        super().__init__(id="responder-trouble", markup=False)
        self.display = False
        self._said = ""
        self._complaint = ""

    def complain(self, words: str) -> None:
        self._said = words
        self._show()

    def look_at(self, chosen: Responder | None) -> None:
        self._complaint = chosen.complaint if chosen is not None else ""
        self._show()

    def _show(self) -> None:
        words = self._said or self._complaint
        self.display = bool(words)
        self.update(Content(f"! {clean(words)}"))
