"""Statistics: what every subject does, live: its rate, its latency, its failures.

What is new is counted in slices at every beat, and drawn a few times a second, so that a
firehose costs no more than a trickle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from engine.insight.verdict import octets
from engine.journal.statistics import Order, Statistics, SubjectStats
from engine.plural import counted
from tui.widgets.rows import duration
from tui.widgets.stat_detail import StatDetail
from tui.widgets.stat_list import StatList
from tui.widgets.stat_rows import kinds

_BEAT, _SOON = 0.1, 0.01
"""Seconds between two turns of counting: when all is counted, and when more waits."""
_BUDGET = 0.01
"""Seconds of a turn."""
_LOOK = 0.4
"""Seconds between two pictures."""
_MOST = 100
"""Subjects that are listed."""
_SORTS: tuple[tuple[str, Order, str], ...] = (
    ("c", "count", "Count"),
    ("r", "rate", "Rate"),
    ("f", "failed", "Failed"),
    ("l", "latency", "p99"),
    ("b", "bytes", "Bytes"),
    ("s", "subject", "Subject"),
)


class StatisticsScreen(Screen[None]):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    DEFAULT_CSS = """
    StatisticsScreen {
        #stat-total { height: 1; padding: 0 2; background: $panel; text-wrap: nowrap; }
        #stat-panes { layout: vertical; height: 1fr; }
        #stat-table { height: 1fr; }
        #stat-closely { height: 1fr; max-height: 18; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
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
        Binding("escape,q", "dismiss", "Back", id="statistics.back", tooltip="Back to the desk"),
    ]

    def __init__(self, statistics: Statistics) -> None:
        super().__init__()
        self.statistics = statistics

    def compose(self) -> ComposeResult:
        yield Static(id="stat-total", markup=False)
        with Container(id="stat-panes"):
            with Vertical(id="stat-table", classes="pane"):
                yield StatList("stat-list")
            with Vertical(id="stat-closely", classes="pane"):
                yield StatDetail("stat-detail")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#stat-table").border_title = "Statistics"
        self._list.focus()
        self.set_interval(_LOOK, self.look)
        self._count()
        self.call_after_refresh(self.look)

    @property
    def _list(self) -> StatList:
        return self.query_one(StatList)

    def _count(self) -> None:
        self.statistics.catch_up(_BUDGET)
        self.set_timer(_SOON if self.statistics.behind else _BEAT, self._count)

    def look(self) -> None:
        """Draw what is counted now."""
        rows = self.statistics.subjects(_MOST, self._list.order)
        others = self.statistics.others()
        self._list.show([*rows, others] if others.count else rows)
        self._look_closely()
        self.query_one("#stat-total", Static).update(self._total(), layout=False)
        subtitle = f"the first {_MOST}" if len(rows) == _MOST else counted(len(rows), "subject")
        self.query_one("#stat-table").border_subtitle = subtitle if rows else ""

    @on(StatList.Chosen)
    def _look_closely(self) -> None:
        seen = self._list.chosen
        self.query_one("#stat-closely").display = seen is not None
        self.query_one(StatDetail).show(seen)

    def _total(self) -> Content:
        """As many figures as there is room for."""
        words = ""
        for figure in self._figures():
            if cell_len(words) + cell_len(figure) + 17 > self.size.width:
                break
            words += f"{figure}   "
        return Content.assemble(("natstap   ", "bold $text-primary"), words)

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

    def action_sort(self, order: Order) -> None:
        self._list.order = order
        self.look()


def _outcome(total: SubjectStats) -> Iterator[str]:
    yield f"{total.failed:,} failed"
    if total.latency.count:
        yield f"p50 {duration(total.latency.p50)}"
        yield f"p99 {duration(total.latency.p99)}"
