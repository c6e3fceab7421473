"""Home: the map of who listens where, live while it is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from engine.words import counted
from tui.kit.command import Command, Commanded
from tui.kit.filter_field import FilterField
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.rewriting import retitle
from tui.kit.rows import clock
from tui.kit.screen_line import ScreenLine
from tui.safe import shorten
from tui.table.table import Table
from tui.table.word_table import WordTable

from .home_look import HomeEntry, HomeLook
from .home_rows import ORDERS, holds
from .listener_rows import LISTENER_COLUMNS, listener_row
from .listener_table import HomeChoice, ListenerTable
from .watch_row import toggle_watch, watched_subjects

if TYPE_CHECKING:
    from engine.session import Session

EVERY = 2.0
"""Seconds between the end of one look and the beginning of the next, at the least."""
_NOBODY = (
    "Nobody else listens here.",
    "",
    "This shows the subjects that other clients listen to, the services and the streams.",
    "natstap can host a responder: press a on the desk.",
)


def _sort(key: str, order: str) -> Command[HomeScreen]:
    return Command(
        f"home.sort.{order}",
        key,
        f"By {order}",
        f"Sort by {order}",
        lambda screen: screen.sort(order),
    )


HOME: tuple[Command[HomeScreen], ...] = (
    Command(
        "home.filter",
        "slash",
        "Filter",
        "Find some",
        lambda screen: screen.filter.start(),
        footer=True,
    ),
    _sort("s", "subject"),
    _sort("m", "messages"),
    _sort("r", "rate"),
    Command(
        "home.refresh",
        "R",
        "Refresh",
        "Ask again",
        lambda screen: screen.refresh_now(),
        footer=True,
    ),
    Command(
        "home.guides",
        "G",
        "Guided flows",
        "Learn NATS RPC by guided flows",
        lambda screen: screen.open_guides(),
        lambda screen: screen.has_guides,
        footer=True,
    ),
    Command(
        "home.back",
        "escape,q",
        "Back",
        "Back to the desk",
        lambda screen: screen.back(),
        footer=True,
    ),
)


class HomeScreen(Page[HomeChoice | None], Commanded):
    """Dismisses with what is wanted of an entry, None for nothing."""

    CSS_PATH = "../catalog.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    TABLE = HOME

    def __init__(
        self, session: Session, look: HomeLook, guides: Callable[[], None] = lambda: None
    ) -> None:
        """`look` is what is known already; `guides` opens the guided flows on the desk."""
        super().__init__()
        self._guides = guides
        self._session = session
        self._found = look
        self._headline = Headline("catalog-total")
        self._table = ListenerTable(self._use, ("Asking who is there…",))
        self.filter: FilterField = FilterField(
            "subject, client, queue, service", "home-filter", self._table
        )
        self._pane = Vertical(self.filter, self._table, id="home", classes="pane")
        self._pane.border_title = "Who listens where"
        self._listeners = WordTable(LISTENER_COLUMNS, "home-listeners")
        self._detail = VerticalScroll(self._listeners, id="home-detail", classes="pane")

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("home")
        yield Container(self._pane, self._detail, id="catalog-panes")
        yield KeyLine()

    def on_mount(self) -> None:
        self._table.focus()
        self._draw()

    @on(events.ScreenResume)
    def _look_again(self) -> None:
        self.refresh_now()

    def on_screen_suspend(self) -> None:
        self.workers.cancel_group(self, "home")

    # -- asking ------------------------------------------------------------------------------

    def refresh_now(self) -> None:
        self._ask()

    @work(group="home", exclusive=True)
    async def _ask(self) -> None:
        while True:
            await self._found.look()
            self._draw()
            await asyncio.sleep(max(EVERY, self._found.pause))

    # -- drawing -----------------------------------------------------------------------------

    @on(Input.Changed)
    def _draw(self) -> None:
        words = self.filter.words
        every = self._found.entries
        shown: Sequence[HomeEntry] = every
        if words:
            shown = [entry for entry in every if holds(entry, words)]
        if self._table.order != "subject":
            shown = sorted(shown, key=ORDERS[self._table.order])
        if self._found.asked:
            unknown = tuple(f"Not known: {why}." for why in self._found.unknown)
            self._table.hint = ("Nothing here has these words.",) if every else unknown or _NOBODY
        self._table.show_entries(shown, watched_subjects(self._session))
        found = f"{len(shown):,} of {len(every):,}" if words else counted(len(every), "subject")
        retitle(self._pane, subtitle=found if every else "")
        self._headline.say_what_fits(self._figures(), "$text-error" if self._found.unknown else "")
        self._draw_listeners()

    @on(Table.Chosen)
    def _draw_listeners(self) -> None:
        entry = self._table.entry
        found = self._found.listeners(entry) if entry is not None else []
        self._detail.display = bool(found)
        if entry is not None:
            retitle(self._detail, title=Content(shorten(entry.subject, 60)))
            self._listeners.show([listener_row(*each) for each in found])

    def _figures(self) -> Iterator[str]:
        found = self._found
        if not found.asked:
            return
        if found.unknown:
            yield shorten(f"! {found.unknown[0]}", max(20, self.size.width - 20))
        streams, services = found.streams.streams, found.services
        for count, noun in (
            (found.clients, "client"),
            (len(services), "service"),
            (len(streams), "stream"),
        ):
            if count or not found.unknown:  # of what is not known, none is no figure
                yield counted(count, noun)
        yield f"asked {clock(found.asked)[:8]}"

    # -- keys and mouse ----------------------------------------------------------------------

    def _use(self, choice: HomeChoice) -> None:
        if choice.verb == "watch":
            self._watch(choice)
        else:
            self.dismiss(choice)

    @work(group="watch")
    async def _watch(self, choice: HomeChoice) -> None:
        await toggle_watch(self.app, self._session, choice.entry.subject)
        self._draw()

    @on(Table.Sorted)
    def _sorted(self, event: Table.Sorted) -> None:
        self.sort(event.order)

    def sort(self, order: str) -> None:
        self._table.order = order
        self._draw()

    @property
    def has_guides(self) -> bool:
        """Guided flows are for natstap's own server."""
        return self._session.server is not None

    def open_guides(self) -> None:
        self.dismiss(None)
        self._guides()

    def back(self) -> None:
        """Out of the filter first, then out of the screen."""
        if not self.filter.leave():
            self.dismiss(None)
