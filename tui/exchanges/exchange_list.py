"""The live list of exchanges: one row each, the newest at the bottom.

The screen calls `refresh_from_journal` when the journal's pulse beats.

While the list follows, the cursor rides on the newest row until the user chooses one; then the
list follows until that row is at the top, and holds still there.
"""

from __future__ import annotations

from textual.message import Message

from engine.journal import Journal
from engine.journal.view import View
from tui.kit.command import Commanded
from tui.table.table import Table

from .exchange_commands import LIST
from .exchange_rows import COLUMNS, TICK, ExchangeRows, Look

_SOON = 0.02
_SLOW_TICK = 1.0


class Numbered(Message):
    """A message about the exchange with this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


class ExchangeList(Table, Commanded):
    TABLE = LIST

    class Selected(Numbered):
        """The user, or what they did, put the cursor on an exchange; riding along says nothing."""

    class Offered(Message):
        """The user takes what is offered where there is no row."""

    class Opened(Numbered):
        """The user wants to see an exchange closely."""

    def __init__(
        self,
        journal: Journal,
        view: View | None = None,
        *,
        hint: tuple[str, ...] = ("No exchanges yet.",),
        id: str | None = None,  # noqa: A002
    ) -> None:
        self.exchanges = rows = ExchangeRows(View(journal) if view is None else view)
        self._told = 0
        """The exchange that was last said to be chosen."""
        self._awaited = 0
        """One that is to be revealed, and has no row yet."""
        self._late = False
        super().__init__(COLUMNS, id, hint, head=False, source=rows, follow=True, note=rows.note)

    def on_mount(self) -> None:
        self._clock = self.set_interval(TICK, self.repaint, pause=True)
        self._slow_clock = self.set_interval(_SLOW_TICK, self.repaint, pause=True)
        self.refresh_from_journal()

    @property
    def view(self) -> View:
        return self.exchanges.view

    @property
    def cursor(self) -> int | None:
        key = super().cursor
        return key if isinstance(key, int) else None

    def refresh_from_journal(self) -> None:
        """Take up what is new and draw the lines that changed; cheap when none did."""
        self.exchanges.catch_up()
        if self._awaited:
            self.reveal(self._awaited)
            self._awaited *= bool(self.view.behind)
        self.repaint()
        if not self._cursor.rides:
            self.call_later(self._tell)  # the chosen row may be left out by a filter
        if self.view.behind and not self._late and not self.exchanges.still:
            self._late = True
            self.set_timer(_SOON, self._resume)

    def _resume(self) -> None:
        self._late = False
        self.refresh_from_journal()

    def reveal(self, number: int) -> None:
        """Choose an exchange and bring it into sight, as soon as there is a row for it."""
        there = self.view.index_of(number) is not None
        self._awaited = 0 if there else number
        if there:
            self._cursor.rides = False
            self.choose(number)

    def pin_cursor(self) -> int | None:
        """Keep the cursor on the row that it is on, and say which one that is."""
        self._cursor.settle()
        self._cursor.rides = self._cursor.rides and self.cursor is None
        return self.cursor

    def repaint(self) -> None:
        """Once more where what came into sight needs other columns: the next change may be far."""
        self._grid.held = self.exchanges.held(COLUMNS)
        super().repaint()
        if (held := self.exchanges.held(COLUMNS)) != self._grid.held:
            self._grid.held = held
            super().repaint()
        if self.is_mounted:
            if sight := self._cursor.in_sight:
                self.exchanges.read_to(sight[-1])
            looks = [line.look for line in self._grid.painted if isinstance(line.look, Look)]
            ticking = any(look.beat for look in looks)
            waiting = not ticking and any(look.waited for look in looks)
            for clock, needed in ((self._clock, ticking), (self._slow_clock, waiting)):
                (clock.resume if needed else clock.pause)()

    def _tell(self) -> None:
        """Say which exchange was chosen, once."""
        if (number := self.cursor) is not None and number != self._told:
            self._told = number
            self.post_message(self.Selected(number))

    def action_open(self) -> None:
        number = self.pin_cursor()
        self.post_message(self.Offered() if number is None else self.Opened(number))
