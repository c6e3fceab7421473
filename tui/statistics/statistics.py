"""Statistics: what every subject does, live: its rate, its latency, its failures.

What is new is counted in slices at every beat, and drawn a few times a second, so that a
firehose costs no more than a trickle.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Input

from engine.errors import NatstapError
from engine.statistics.statistics import OTHERS, Order, Statistics
from engine.statistics.subject_tally import SubjectStats
from engine.words import counted, octets
from tui.kit.command import Command, Commanded
from tui.kit.editor import Field
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.latency_chart import figure
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.rewriting import retitle
from tui.kit.screen_line import ScreenLine
from tui.table.table import Table

from .stat_detail import StatDetail
from .stat_rows import COLUMNS, StatRows, kinds

_BEAT, _SOON, _STILL = 0.1, 0.01, 0.5
"""Seconds between two turns of counting: when all is counted, when more waits, and when nothing
comes.
"""
_BUDGET = 0.01
"""Seconds of a turn."""
_LOOK = 0.4
"""Seconds between two pictures; none is drawn while nothing changes."""
_EMPTY = "Nothing has been seen yet: send a request, or watch others."


class Parts(NamedTuple):
    """Of a recording that is larger than a journal."""

    shown: str
    """Which part is counted, as "part 1 of 3"."""
    count_all: Callable[[], Awaitable[Statistics]]
    """Counts all of them; raises `NatstapError`."""


def _sort(key: str, order: Order, title: str) -> Command[StatisticsScreen]:
    return Command(
        f"statistics.sort.{order}",
        key,
        title,
        f"Sort the subjects by {'name' if order == 'subject' else order}",
        lambda screen: screen.sort(order),
        footer=True,
    )


STATISTICS: tuple[Command[StatisticsScreen], ...] = (
    Command(
        "stats.open",
        "enter",
        "Exchanges",
        "Show its exchanges",
        lambda screen: screen.open_chosen(),
        footer=True,
    ),
    _sort("c", "count", "Count"),
    _sort("r", "rate", "Rate"),
    _sort("f", "failed", "Failed"),
    _sort("l", "latency", "p99"),
    _sort("b", "bytes", "Bytes"),
    _sort("s", "subject", "Subject"),
    Command(
        "statistics.find",
        "slash",
        "Find",
        "Only some subjects",
        lambda screen: screen.find(),
        footer=True,
    ),
    Command(
        "statistics.parts",
        "asterisk",
        "All parts",
        "Count all parts of the recording",
        lambda screen: screen.count_parts(),
        lambda screen: screen.has_parts,
        footer=True,
    ),
    Command(
        "statistics.back",
        "escape,q",
        "Back",
        "Back to the desk",
        lambda screen: screen.back(),
        footer=True,
    ),
)


class StatisticsScreen(Page[str | None], Commanded):
    """Dismissed with the subject whose exchanges are wanted, if any."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    DEFAULT_CSS = """
    StatisticsScreen {
        #stat-panes { layout: vertical; height: 1fr; }
        #stat-table { height: 1fr; }
        #stat-find { display: none; }
        #stat-closely { height: 1fr; max-height: 18; }
    }
    """
    TABLE = STATISTICS

    def __init__(self, statistics: Statistics, parts: Parts | None = None) -> None:
        """`parts` are those of a recording of which only one is shown."""
        super().__init__()
        self.statistics = statistics
        self._parts = parts
        self._counting_all = False
        self._drawn = 0.0
        """When the last picture was drawn."""
        self._moves = False
        """True while the next picture is another one."""
        self._order: Order = "count"
        self._rows = StatRows((), self._figures_of)
        self._headline = Headline("stat-total")
        self._find = Field(placeholder="part of a subject", compact=True, id="stat-find")
        self._list = Table(COLUMNS, "stat-list", (_EMPTY,), order="count")
        self._pane = Vertical(self._find, self._list, id="stat-table", classes="pane")
        self._pane.border_title = f"Statistics of {parts.shown}" if parts else "Statistics"
        self._detail = StatDetail("stat-detail")
        self._closely = Vertical(self._detail, id="stat-closely", classes="pane")
        self._footer = KeyLine()

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("statistics")
        yield Container(self._pane, self._closely, id="stat-panes")
        yield self._footer

    def on_mount(self) -> None:
        self._list.focus()
        self._count()
        self.call_after_refresh(self.look)

    def _count(self) -> None:
        """What is counted now is thrown away while all parts are."""
        worked = not self._counting_all and self.statistics.catch_up(_BUDGET)
        self._moves = self._moves or worked
        if self._moves and time.monotonic() - self._drawn >= _LOOK:
            self.look()
        soon = _SOON if self.statistics.behind else _BEAT
        self.set_timer(soon if worked or self._moves else _STILL, self._count)

    def look(self) -> None:
        """Draw what is counted now."""
        self._drawn = time.monotonic()
        wanted = self._find.value.strip()
        names = self.statistics.names(self._order, holding=wanted)
        subtitle = counted(len(names), "subject")
        if self.statistics.others().count and not wanted:
            names.append(OTHERS)
            subtitle += " and others"
        self._list.hint = (f"No subject holds {wanted}." if wanted else _EMPTY,)
        self._rows = StatRows(names, self._figures_of)
        self._list.show(self._rows)
        self._look_closely()
        total = self.statistics.total()
        self._moves = total.rates[-1] > 0  # a rate falls, and its line goes on
        self._headline.say_what_fits(self._figures(total))
        retitle(self._pane, subtitle=subtitle if names else "")

    def _figures_of(self, name: str) -> SubjectStats:
        return self.statistics.subject(name) or self.statistics.others()

    @property
    def chosen(self) -> SubjectStats | None:
        """The figures of the subject under the cursor."""
        name = self._list.cursor
        return None if name is None else self._rows.figures(str(name))

    @on(Table.Chosen)
    def _look_closely(self) -> None:
        seen = self.chosen
        self._closely.display = seen is not None
        self._detail.show(seen)

    def _figures(self, total: SubjectStats) -> Iterator[str]:
        yield counted(total.count, "exchange")
        yield f"{total.rates[1]:,.1f}/s"
        yield from _outcome(total)
        if self.statistics.behind > 2000:
            yield f"{self.statistics.behind:,} behind"
        if self.statistics.missed:
            missed = counted(self.statistics.missed, "message")
            yield f"{missed} dropped before being counted"
        yield octets(total.bytes)
        if total.failed:
            yield kinds(total)

    # -- the parts of a recording ------------------------------------------------------------

    @property
    def has_parts(self) -> bool:
        """True while only one of several parts is counted."""
        return self._parts is not None

    def count_parts(self) -> None:
        if (parts := self._parts) is not None:
            self._pane.border_title = "Statistics: counting all parts"
            self.run_worker(self._count_parts(parts), group="parts", exclusive=True)

    async def _count_parts(self, parts: Parts) -> None:
        self._counting_all = True
        try:
            self.statistics = await parts.count_all()
        except NatstapError as error:
            self._pane.border_title = f"Statistics of {parts.shown}"
            self.app.notify(str(error), severity="error")
            return
        finally:
            self._counting_all = False
        self._parts = None
        self._pane.border_title = "Statistics of all parts"
        self.refresh_bindings()
        self.look()

    # -- keys and mouse ----------------------------------------------------------------------

    def sort(self, order: Order) -> None:
        self._order = self._list.order = order
        self.look()

    @on(Table.Sorted)
    def _sorted(self, event: Table.Sorted) -> None:
        self.sort(cast("Order", event.order))

    def find(self) -> None:
        self._find.display = True
        self._find.focus()

    @on(Input.Changed, "#stat-find")
    def _typed(self) -> None:
        self.look()

    @on(Input.Submitted, "#stat-find")
    def _found(self) -> None:
        self._find.display = bool(self._find.value.strip())
        self._list.focus()

    @on(Table.Opened)
    def _opened(self) -> None:
        self.open_chosen()

    def open_chosen(self) -> None:
        seen = self.chosen
        if seen is None or seen.subject == OTHERS:
            self.app.bell()
        else:
            self.dismiss(seen.subject)

    def back(self) -> None:
        """Out of the finding first, then out of the screen."""
        if self._find.display:
            self._find.value = ""
            self._find.display = False
            self._list.focus()
        else:
            self.dismiss(None)


def _outcome(total: SubjectStats) -> Iterator[str]:
    yield f"{total.failed:,} failed"
    if total.latency.count:
        yield f"p50 {figure(total.latency, 'p50')}"
        yield f"p99 {figure(total.latency, 'p99')}"
