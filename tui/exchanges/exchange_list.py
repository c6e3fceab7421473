"""The live list of exchanges: one row each, the newest at the bottom.

The screen calls `refresh_from_journal` when the journal's pulse beats. The list then finds
out which lines changed, and draws those.

The cursor is always on a row in sight. While the list follows, it rides on the newest row until
the user chooses one; then the list follows until that row is at the top, and holds still there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, clamp
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from engine.journal import Journal, Kind, State
from engine.journal.view import OWN, View
from tui.kit.columns import segments
from tui.kit.glyphs import Sign
from tui.kit.rows import cells
from tui.kit.tail import Tail
from tui.kit.viewport import THUMB, TRACK

from .new_rows import Arrivals, Until

BUDGET = 0.008
"""Seconds of one beat that may go into examining new exchanges."""
_SOON = 0.02
_TICK = 0.2
_SLOW_TICK = 1.0
_MINUTE = 60
_KEPT = 2048
_NOTHING = -1
"""The number of a line of the empty list."""
_OPEN = Kind.REQUEST << 4 | State.WAITING
_NO_ANSWER = Kind.REQUEST << 4 | State.NO_ANSWER
_TELLING = (_OPEN, Kind.ORPHAN << 4)
"""Of which more may be known than their messages tell."""


class Line(NamedTuple):
    """All that a line's looks depend on; lines with equal values look the same."""

    number: int = 0
    """0 for a line below the last row."""
    mark: int = 0
    beat: int = 0
    """Counts while the wait of an own request is shown growing."""
    waited: int = 0
    """Steps of the wait of others' requests that got no answer."""
    cursor: bool = False
    bar: str = TRACK
    pill: str = ""
    aside: Sign | None = None
    """What is known beyond the messages."""


def waited_step(seconds: float) -> int:
    """The wait of others' requests as a row tells it: whole seconds, then whole minutes."""
    if seconds < _MINUTE:
        return max(1, int(seconds))
    return _MINUTE + int(seconds / _MINUTE)


class Numbered(Message):
    """A message about the exchange with this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


class ExchangeList(Tail):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="list.up", show=False, tooltip="Previous exchange"),
        Binding("down,j", "move(1)", "Down", id="list.down", show=False, tooltip="Next exchange"),
        Binding("pageup", "page(-1)", "Page up", id="list.pageup", show=False, tooltip="Page up"),
        Binding(
            "pagedown", "page(1)", "Page down", id="list.pagedown", show=False, tooltip="Page down"
        ),
        Binding("home", "first", "First", id="list.first", show=False, tooltip="Oldest exchange"),
        Binding(
            "end", "last", "Last", id="list.last", show=False, tooltip="Newest exchange, and follow"
        ),
        Binding("enter", "open", "Open", id="list.open", tooltip="Open the exchange"),
        Binding(
            "f",
            "follow",
            "Follow",
            id="list.follow",
            tooltip="Keep the newest in sight, or what is there now",
        ),
    ]

    cursor: reactive[int | None] = reactive(None, repaint=False)
    """The number of the exchange that keys act on; None while there is no row."""

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
        super().__init__(View(journal) if view is None else view, id=id, classes=classes)
        self.journal = journal
        self.empty = empty
        self.hint = hint
        self.aside: Callable[[int], Sign | None] = lambda number: None
        """What stands in the place of the state of another's exchange, if anything."""
        self.listened: Callable[[int, float], float] = lambda number, now: now
        """Up to when natstap listened for the answer to an exchange that got none."""
        self.arrivals: Arrivals | None = None
        """While the list holds still: what came since."""
        self._told = 0
        """The exchange that was last said to be chosen."""
        self._awaited = 0
        """One that is to be revealed, and has no row yet."""
        self._rides = True
        """True while the cursor moves along with the newest row."""
        self._painted: list[Line] = []
        self._strips: dict[Line, Strip] = {}
        self._late = False

    def on_mount(self) -> None:
        self._clock = self.set_interval(_TICK, self.repaint, pause=True)
        self._slow_clock = self.set_interval(_SLOW_TICK, self.repaint, pause=True)
        self.refresh_from_journal()

    def on_resize(self) -> None:
        self.repaint()

    # -- what the screen calls -------------------------------------------------------------

    def refresh_from_journal(self) -> None:
        """Take up what is new and draw the lines that changed; cheap when none did."""
        self._take_up()
        self._take_awaited()
        self.repaint()
        if self.view.behind and not self._late and not self.held:
            self._late = True
            self.set_timer(_SOON, self._resume)

    def show(self, view: View) -> None:
        """Change to another view (a filter), keeping the reader's place and the cursor."""
        if self.arrivals is not None:
            view = View(self.journal, Until(view.accepts, self.arrivals.began))
        self.view = view
        self.refresh_from_journal()

    def reveal(self, number: int) -> None:
        """Choose an exchange and bring it into sight."""
        if (index := self.view.index_of(number)) is None:
            self._awaited = number
        else:
            self._rides = False
            self._put(index)

    def choose(self) -> int | None:
        """Keep the cursor on the row that it is on, and say which one that is."""
        self._keep_cursor()
        self._rides = self._rides and self.cursor is None
        return self.cursor

    def _take_up(self) -> None:
        if self.arrivals is not None:
            self.arrivals.catch_up(BUDGET)
        if self.held:
            self.view.forget()
        else:
            self.view.catch_up(BUDGET)

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
            self.view = View(self.journal, self.view.accepts.sieve)
        self.refresh_from_journal()

    def _resume(self) -> None:
        self._late = False
        self.refresh_from_journal()

    def watch_follow(self, follow: bool) -> None:
        self._rides = follow
        super().watch_follow(follow)

    def scroll_by(self, rows: int) -> None:
        """The cursor goes along where it would leave sight."""
        before = self.cursor
        super().scroll_by(rows)
        if self.cursor != before:
            self._tell()

    def _drag(self, y: int) -> None:
        before = self.cursor
        super()._drag(y)
        if self.cursor != before:
            self._tell()

    def _tell(self) -> None:
        """Say which exchange was chosen, once."""
        if self.cursor is not None and self.cursor != self._told:
            self._told = self.cursor
            self.post_message(self.Selected(self.cursor))

    def _take_awaited(self) -> None:
        """Choose what was to be revealed as soon as there is a row for it."""
        if self._awaited and (index := self.view.index_of(self._awaited)) is not None:
            self._awaited, self._rides = 0, False
            self._put(index)
        elif not self.view.behind:
            self._awaited = 0

    def _keep_cursor(self) -> None:
        """Have the cursor on a row in sight, without a word to anybody."""
        rows = self.in_sight
        if not rows:
            if not self._out_of_sight:
                self.set_reactive(ExchangeList.cursor, None)
            return
        index = None if self.cursor is None else self.view.place_of(self.cursor)
        if index is None or (self._rides and self.follow):
            index = rows[-1]
        elif self.follow and index < rows[0]:
            rows = self._hold(index)
        self.set_reactive(ExchangeList.cursor, self.view[int(clamp(index, rows[0], rows[-1]))])

    @property
    def _out_of_sight(self) -> bool:
        """True while another pane has the room: the chosen row stays chosen until this one has."""
        return self.rows > 0 and not self.size.height

    def _hold(self, index: int) -> range:
        """Stop following with a row in the first line; the rows that are in sight then."""
        self.set_reactive(ExchangeList.follow, False)
        self._anchor = self.view[index]
        return self.in_sight

    # -- drawing ---------------------------------------------------------------------------

    def forget_drawn(self) -> None:
        self._strips = {}

    def repaint(self) -> None:
        """Ask for the lines that differ from what was painted last."""
        if not self.is_mounted:
            return
        self._keep_cursor()
        before, self._painted = self._painted, self._lines()
        self._ask_for(before, self._painted)
        self._set_clock()

    def _ask_for(self, before: list[Line], now: list[Line]) -> None:
        if len(before) != len(now):
            self.refresh()
            return
        changed = [y for y, line in enumerate(now) if line != before[y]]
        if len(changed) > len(now) // 2:
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _set_clock(self) -> None:
        ticking = any(line.beat for line in self._painted)
        waiting = not ticking and any(line.waited for line in self._painted)
        for clock, needed in ((self._clock, ticking), (self._slow_clock, waiting)):
            if needed:
                clock.resume()
            else:
                clock.pause()

    def _lines(self) -> list[Line]:
        rows, height = self.in_sight, self.size.height
        self.note_read()
        if not rows:
            return [Line(_NOTHING)] * height
        thumb, now = self.thumb, time.time()
        lines = [
            self._row(self.view[index], THUMB if y in thumb else TRACK, now)
            for y, index in enumerate(rows)
        ]
        lines += [Line()] * (height - len(lines))
        if (unread := self.unread) and self.arrivals is None:
            lines[-1] = lines[-1]._replace(pill=f" {unread:,} new ↓ ")
        return lines

    def _row(self, number: int, bar: str, now: float) -> Line:
        mark, tick = self.view.mark(number), int(now / _TICK)
        ticking = mark & OWN and mark & 0xFF == _OPEN
        telling = mark & 0xFF in _TELLING and not mark & OWN
        aside = self.aside(number) if telling else None
        waited = self._waited(number, now) if mark & 0xFF == _NO_ANSWER else 0
        beat, chosen = tick if ticking else 0, number == self.cursor
        return Line(number, mark, beat, waited, chosen, bar, aside=aside)

    def _waited(self, number: int, now: float) -> int:
        began = self.view.glance(number).at if number in self.journal else now
        return waited_step(self.listened(number, now) - began)

    def draw(self, y: int, width: int) -> Strip:
        line = self._painted[y] if y < len(self._painted) else Line()
        if line.number == _NOTHING:
            return self._nothing(y, width)
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= _KEPT:
                self._strips.clear()
            strip = self._strips[line] = self._with_pill(line, self._draw(line, width), width)
        return strip

    def explain_nothing(self, empty: str, hint: str) -> None:
        """Say why there is no row, and what to do."""
        if (empty, hint) != (self.empty, self.hint):
            self.empty, self.hint = empty, hint
            self.refresh()

    def _nothing(self, y: int, width: int) -> Strip:
        below = y - max(0, len(self._painted) // 2 - 1)
        return self.words((self.empty, self.hint)[below] if below in (0, 1) else "", width)

    def _draw(self, line: Line, width: int) -> Strip:
        if line.number not in self.journal:
            return self.blank(width, line.bar)
        now = time.time()
        until = self.listened(line.number, now) if line.waited else now
        said = cells(self.view, line.number, until, line.aside)
        note = line.mark >> 4 & 15 == Kind.NOTE
        row = segments(said, width - 1, self.ink, line.cursor, note)
        return Strip([*row, Segment(line.bar, self.ink("thumb"))], width)

    def _with_pill(self, line: Line, strip: Strip, width: int) -> Strip:
        room = width - 1 - len(line.pill)
        if not line.pill or room < 0:
            return strip
        end = [Segment(line.pill, self.ink("pill")), Segment(line.bar, self.ink("thumb"))]
        return Strip([*strip.crop(0, room), *end], width)

    # -- keys and mouse --------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        if not self.rows:
            return
        self._keep_cursor()
        index = (self.view.place_of(self.cursor) if self.cursor is not None else 0) + by
        if by < 0:
            self.follow = False
        elif index >= self.rows:
            self.follow = True
        index = int(clamp(index, 0, self.rows - 1))
        self._rides = self.follow and index == self.rows - 1
        self._put(index)

    def _put(self, index: int) -> None:
        """The cursor on a row, which comes into sight, and a word about it."""
        self.bring(index)
        self.set_reactive(ExchangeList.cursor, self.view[index])
        self.repaint()
        self._tell()

    def action_page(self, by: int) -> None:
        self.action_move(by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self.action_move(-self.rows)

    def action_last(self) -> None:
        self.follow = True
        self.action_move(self.rows)

    def action_follow(self) -> None:
        self.follow = not self.follow

    def action_open(self) -> None:
        if (number := self.choose()) is not None:
            self.post_message(self.Opened(number))
        else:
            self.post_message(self.Offered())

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y
        room = self.size.width - 1
        pill = self._painted[event.y].pill
        if pill and room - len(pill) <= event.x < room:
            self.follow = True
        elif event.x < room and index < self.rows:
            self._rides = False
            self._put(index)
            if event.chain == 2:
                self.action_open()
