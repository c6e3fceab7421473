"""Statistics: what every subject does, live: its rate, its latency, its failures.

What is new is counted in slices at every beat, and drawn a few times a second, so that a
firehose costs no more than a trickle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Footer, Input

from engine.statistics.statistics import OTHERS, Order, Statistics, SubjectStats
from engine.words import counted, octets
from tui.kit.editor import Field
from tui.kit.headline import Headline
from tui.kit.latency_chart import figure
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.pane_layout import WIDE
from tui.kit.table import Table

from .stat_detail import StatDetail
from .stat_rows import COLUMNS, StatRows, kinds

_BEAT, _SOON = 0.1, 0.01
"""Seconds between two turns of counting: when all is counted, and when more waits."""
_BUDGET = 0.01
"""Seconds of a turn."""
_LOOK = 0.4
"""Seconds between two pictures."""
_EMPTY = "Nothing has been seen yet: send a request, or watch others."
_SORTS: tuple[tuple[str, Order, str], ...] = (
    ("c", "count", "Count"),
    ("r", "rate", "Rate"),
    ("f", "failed", "Failed"),
    ("l", "latency", "p99"),
    ("b", "bytes", "Bytes"),
    ("s", "subject", "Subject"),
)


class StatisticsScreen(Page[str | None]):
    """Dismissed with the subject whose exchanges are wanted, if any."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    DEFAULT_CSS = """
    StatisticsScreen {
        #stat-total { height: 1; padding: 0 2; background: $panel; text-wrap: nowrap; }
        #stat-panes { layout: vertical; height: 1fr; }
        #stat-table { height: 1fr; }
        #stat-find { display: none; }
        #stat-closely { height: 1fr; max-height: 18; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Exchanges", id="stats.open", tooltip="Show its exchanges"),
        *(
            Binding(
                key,
                f"sort('{order}')",
                says,
                id=f"statistics.sort.{order}",
                tooltip=f"Sort the subjects by {'name' if order == 'subject' else order}",
            )
            for key, order, says in _SORTS
        ),
        Binding("slash", "find", "Find", id="statistics.find", tooltip="Only some subjects"),
        Binding("escape,q", "back", "Back", id="statistics.back", tooltip="Back to the desk"),
    ]

    def __init__(self, statistics: Statistics) -> None:
        super().__init__()
        self.statistics = statistics
        self._order: Order = "count"
        self._rows = StatRows((), self._figures_of)

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield Headline("stat-total")
        with Container(id="stat-panes"):
            with Vertical(id="stat-table", classes="pane"):
                yield Field(placeholder="part of a subject", compact=True, id="stat-find")
                yield Table(COLUMNS, "stat-list", (_EMPTY,), order="count")
            with Vertical(id="stat-closely", classes="pane"):
                yield StatDetail("stat-detail")
        yield Footer(show_command_palette=False)

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Footer).compact = event.size.width < WIDE

    def on_mount(self) -> None:
        self.query_one("#stat-table").border_title = "Statistics"
        self._list.focus()
        self.set_interval(_LOOK, self.look)
        self._count()
        self.call_after_refresh(self.look)

    @property
    def _list(self) -> Table:
        return self.query_one(Table)

    @property
    def _find(self) -> Field:
        return self.query_one("#stat-find", Field)

    def _count(self) -> None:
        self.statistics.catch_up(_BUDGET)
        self.set_timer(_SOON if self.statistics.behind else _BEAT, self._count)

    def look(self) -> None:
        """Draw what is counted now."""
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
        self.query_one(Headline).say_what_fits(self._figures())
        self.query_one("#stat-table").border_subtitle = subtitle if names else ""

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
        self.query_one("#stat-closely").display = seen is not None
        self.query_one(StatDetail).show(seen)

    def _figures(self) -> Iterator[str]:
        total = self.statistics.total()
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

    # -- keys and mouse ----------------------------------------------------------------------

    def action_sort(self, order: Order) -> None:
        self._order = self._list.order = order
        self.look()

    @on(Table.Sorted)
    def _sort(self, event: Table.Sorted) -> None:
        self.action_sort(cast("Order", event.order))

    def action_find(self) -> None:
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
    def action_open(self) -> None:
        seen = self.chosen
        if seen is None or seen.subject == OTHERS:
            self.app.bell()
        else:
            self.dismiss(seen.subject)

    def action_back(self) -> None:
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
