"""The live list of exchanges: one row each, the newest at the bottom.

The screen calls `refresh_from_journal` when the journal's pulse beats.

While the list follows, the cursor rides on the newest row until the user chooses one; then the
list follows until that row is at the top, and holds still there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from engine.journal import Journal
from engine.journal.view import View
from tui.kit.columns import MARKER
from tui.kit.glyphs import Sign
from tui.kit.rows import Cells
from tui.kit.table import Line, Table
from tui.safe import fit, shorten

from .exchange_rows import COLUMNS, TICK, ExchangeRows, Look
from .new_rows import Arrivals, Until

BUDGET = 0.008
"""Seconds of one beat that may go into examining new exchanges."""
_SOON = 0.02
_SLOW_TICK = 1.0


class Numbered(Message):
    """A message about the exchange with this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


class ExchangeList(Table):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="list.open", tooltip="Open the exchange"),
        Binding(
            "f",
            "follow",
            "Follow",
            id="list.follow",
            tooltip="Keep the newest in sight, or what is there now",
        ),
    ]

    cursor: int | None
    follow: reactive[bool] = reactive(True, repaint=False, init=False)

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
        empty: str = "No exchanges yet.",
        hint: str = "",
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(COLUMNS, id, (empty, hint), head=False, classes=classes)
        self.journal = journal
        self.exchanges = ExchangeRows(View(journal) if view is None else view)
        self.source = self.exchanges
        self.arrivals: Arrivals | None = None
        """While the list holds still: what came since."""
        self._told = 0
        """The exchange that was last said to be chosen."""
        self._awaited = 0
        """One that is to be revealed, and has no row yet."""
        self._rides = True
        self._newest_read = 0
        """The newest number that was in sight."""
        self._late = False

    def on_mount(self) -> None:
        self._clock = self.set_interval(TICK, self.repaint, pause=True)
        self._slow_clock = self.set_interval(_SLOW_TICK, self.repaint, pause=True)
        self.refresh_from_journal()

    # -- what the screen calls -------------------------------------------------------------

    @property
    def view(self) -> View:
        return self.exchanges.view

    def listen_with(
        self,
        aside: Callable[[int], Sign | None],
        listened: Callable[[int, float], float],
    ) -> None:
        """What more is known of an exchange, and up to when natstap listened for its answer."""
        self.exchanges.aside, self.exchanges.listened = aside, listened

    def refresh_from_journal(self) -> None:
        """Take up what is new and draw the lines that changed; cheap when none did."""
        self._take_up()
        self._take_awaited()
        self.repaint()
        if self.view.behind and not self._late and not self.held:
            self._late = True
            self.set_timer(_SOON, self._resume)

    def show_view(self, view: View) -> None:
        """Change to another view (a filter), keeping the reader's place and the cursor."""
        if self.arrivals is not None:
            view = View(self.journal, Until(view.accepts, self.arrivals.began))
        self.exchanges.view = view
        self.refresh_from_journal()

    def reveal(self, number: int) -> None:
        """Choose an exchange and bring it into sight."""
        if (index := self.view.index_of(number)) is None:
            self._awaited = number
        else:
            self._rides = False
            self._put(index)

    def pin_cursor(self) -> int | None:
        """Keep the cursor on the row that it is on, and say which one that is."""
        self._settle()
        self._rides = self._rides and self.cursor is None
        return self.cursor

    def _take_up(self) -> None:
        if self.arrivals is not None:
            self.arrivals.catch_up(BUDGET)
        if self.held:
            self.view.forget()
        else:
            self.view.catch_up(BUDGET)

    def _take_awaited(self) -> None:
        """Choose what was to be revealed as soon as there is a row for it."""
        if self._awaited and (index := self.view.index_of(self._awaited)) is not None:
            self._awaited, self._rides = 0, False
            self._put(index)
        elif not self.view.behind:
            self._awaited = 0

    def _resume(self) -> None:
        self._late = False
        self.refresh_from_journal()

    # -- holding still ---------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """True while the view is left as it was when the pause began."""
        return self.arrivals is not None and not isinstance(self.view.accepts, Until)

    def pause(self) -> None:
        """Hold the rows still, and count what comes."""
        self.arrivals = Arrivals(self.journal)
        self.repaint()

    def go_on(self) -> None:
        self.arrivals = None
        if isinstance(self.view.accepts, Until):
            self.exchanges.view = View(self.journal, self.view.accepts.sieve)
        self.refresh_from_journal()

    @property
    def unread(self) -> int:
        """How many rows came below the last one that was in sight."""
        return 0 if self.follow else self.rows - self.view.place_of(self._newest_read + 1)

    def watch_follow(self, follow: bool) -> None:
        if not follow and self.rows:
            self._newest_read = self.view[self.rows - 1]
        super().watch_follow(follow)

    def _tell(self) -> None:
        """Say which exchange was chosen, once."""
        if (number := self.cursor) is not None and number != self._told:
            self._told = number
            self.post_message(self.Selected(number))

    # -- drawing ---------------------------------------------------------------------------

    def explain_nothing(self, empty: str, hint: str) -> None:
        """Say why there is no row, and what to do."""
        self.explain((empty, hint))

    def repaint(self) -> None:
        super().repaint()
        if self.is_mounted:
            self._set_clock()

    def _set_clock(self) -> None:
        looks = [line.look for line in self._painted if isinstance(line.look, Look)]
        ticking = any(look.beat for look in looks)
        waiting = not ticking and any(look.waited for look in looks)
        for clock, needed in ((self._clock, ticking), (self._slow_clock, waiting)):
            if needed:
                clock.resume()
            else:
                clock.pause()

    def _lines(self) -> list[Line]:
        lines = super()._lines()
        last = lines[-1].look
        if rows := self.in_sight:
            self._newest_read = max(self._newest_read, self.view[rows[-1]])
        if isinstance(last, Look) and self.arrivals is None and (unread := self.unread):
            lines[-1] = lines[-1]._replace(look=last._replace(pill=f" {unread:,} new ↓ "))
        return lines

    def draw_row(self, line: Line, width: int) -> list[Segment]:
        look = line.look
        if not isinstance(look, Look) or look.number not in self.journal:
            return [Segment(" " * width, self.ink())]
        row = self._note(look, width, line.cursor) if look.note else super().draw_row(line, width)
        room = width - len(look.pill)
        if not look.pill or room < 0:
            return row
        left = Strip(row).adjust_cell_length(width, self.ink()).crop(0, room)
        return [*left, Segment(look.pill, self.ink("pill"))]

    def _note(self, look: Look, width: int, cursor: bool) -> list[Segment]:
        ground = ("cursor",) if cursor else ()
        marker = Segment((MARKER if cursor else " ")[:width], self.ink(*ground, "active"))
        words = _rule(self.exchanges.says(look), width - 1)
        return [marker, Segment(words, self.ink(*ground, "muted"))]

    # -- keys and mouse --------------------------------------------------------------------

    def action_follow(self) -> None:
        self.follow = not self.follow

    def action_open(self) -> None:
        if (number := self.pin_cursor()) is not None:
            self.post_message(self.Opened(number))
        else:
            self.post_message(self.Offered())

    def on_click(self, event: events.Click) -> None:
        look = self._painted[event.y].look if event.y < len(self._painted) else None
        room = self.size.width - 1
        if isinstance(look, Look) and room - len(look.pill) <= event.x < room:
            event.prevent_default()
            self.follow = True


def _rule(said: Cells, width: int) -> str:
    """A note as a rule across the whole width."""
    start = f"── {said.time[:8]}  " if width >= 60 else "── "
    words = f"{start}{shorten(said.subject, max(1, width - len(start) - 4))} "
    return fit(words + "─" * (width - cell_len(words) - 1), width)
