"""Who listens here, where no exchange is seen yet: the map, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from .home_look import HomeEntry
from .listener_table import HomeChoice, ListenerTable

_KEYS = (("Enter", "composes"), ("Space", "watches"), ("a", "hosts"), ("o", "shows all"))


class Glimpse(Vertical):
    DEFAULT_CSS = """
    Glimpse { height: 1fr; }
    Glimpse > #glimpse-said { height: auto; padding: 0 1; margin: 0 0 1 0; }
    Glimpse > #who-listens { height: 1fr; }
    """

    def __init__(self, use: Callable[[HomeChoice], None]) -> None:
        super().__init__(id="glimpse")
        self.display = False
        self.table: ListenerTable = ListenerTable(use)
        self._said = Static(id="glimpse-said", markup=False)

    def compose(self) -> ComposeResult:
        yield self._said
        yield self.table

    def stand_in_for(self, rows: Widget, wanted: bool) -> None:
        """Be in the place of a list that is empty, if there is somebody to show; the focus goes
        along.
        """
        shown = wanted and self.table.rows > 0
        if self.display == shown:
            return
        before, after = (rows, self.table)[:: 1 if shown else -1]
        focused = before.has_focus
        self.display = True
        rows.display = not shown
        if focused:
            self.screen.set_focus(after)
        self.display = shown

    def say(self, advice: str, writing: bool = False) -> None:
        """`writing` is true while the keys are text in a field."""
        keys = [part for key, word in _KEYS for part in ((key, "bold $text-accent"), f" {word}  ")]
        self._said.update(
            Content.assemble(
                ("No exchanges yet. ", "bold"),
                (advice, "$foreground 60%"),
                "\n",
                ("Who listens here:  ", "$foreground 60%"),
                ("Esc, then  " if writing else "", "bold $text-accent"),
                *keys,
            )
        )

    def show_entries(self, entries: Sequence[HomeEntry], watched: Sequence[str]) -> None:
        self.table.show_entries(entries, watched)
