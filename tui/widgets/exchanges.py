"""The pane of exchanges: the live list, its filter and its figures."""

from __future__ import annotations

import time
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from engine.journal import Journal, Kind
from engine.journal.view import View

from .editor import Field
from .exchange_list import ExchangeList

_SHOWN = (Kind.REQUEST, Kind.ORPHAN, Kind.PUBLISH, Kind.NOTE)
_SECOND = 1.0


class Exchanges(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape", "clear", "Clear filter", id="exchanges.clear", show=False, tooltip="Show all"
        ),
    ]

    def __init__(self, journal: Journal) -> None:
        super().__init__(id="exchanges", classes="pane")
        self.border_title = "2 Exchanges"
        self.journal = journal
        self._hint = ""
        self._counted = (time.monotonic(), journal.next)
        self._rate = 0.0

    def compose(self) -> ComposeResult:
        yield Field(placeholder="part of a subject", compact=True, id="filter")
        yield ExchangeList(self.journal, View(self.journal), empty="No exchanges yet.", id="list")

    def on_mount(self) -> None:
        self.query_one("#filter").display = False

    @property
    def list(self) -> ExchangeList:
        return self.query_one(ExchangeList)

    # -- what the screen calls -------------------------------------------------------------

    def advise(self, hint: str) -> None:
        """Say what to try while there is nothing to see."""
        self._hint = self.list.hint = hint
        self.list.refresh()

    def refresh_from_journal(self) -> None:
        self.list.refresh_from_journal()
        self.show_figures()

    def show_figures(self) -> None:
        """How many exchanges there are, how many messages come each second, what fell out."""
        self._measure()
        count = len(self.list.view)
        words = [f"{count:,} exchange{'s' * (count != 1)}"] if count else []
        if self._rate >= 1:
            words.append(f"{self._rate:,.0f} msg/s")
        if self.journal.dropped:
            words.append(f"{self.journal.dropped:,} messages dropped")
        self.border_subtitle = Content("  ".join(words))

    def _measure(self) -> None:
        then, counted = self._counted
        now = time.monotonic()
        if now - then >= _SECOND:
            self._rate = (self.journal.next - counted) / (now - then)
            self._counted = now, self.journal.next

    # -- the filter ------------------------------------------------------------------------

    def start_filter(self) -> None:
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self.list.empty = "Nothing matches the filter." if event.value else "No exchanges yet."
        self.list.hint = "" if event.value else self._hint
        self.list.show(filtered(self.journal, event.value))
        self.show_figures()

    @on(Input.Submitted, "#filter")
    def _keep(self, event: Input.Submitted) -> None:
        event.stop()
        event.input.display = bool(event.value)
        self.list.focus()

    def action_clear(self) -> None:
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.list.focus()


def filtered(journal: Journal, part: str) -> View:
    """The exchanges with `part` in their subject, in whatever case; all for ""."""
    wanted = part.strip().casefold()
    if not wanted:
        return View(journal)

    def accepts(number: int, code: int) -> bool:
        shown = code >> 4 in _SHOWN
        return shown and wanted in journal.message(number).subject.casefold()

    return View(journal, accepts)
