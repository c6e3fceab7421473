"""Two exchanges compared: their replies, their headers, and the requests that asked for them."""

from __future__ import annotations

import asyncio
import re
from itertools import combinations, islice, product
from typing import NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from engine.compare.compare import Comparison, compare
from engine.content.content import Side
from engine.journal import Exchange, Journal
from engine.journal.times import after
from engine.latency_words import interval
from engine.message import Message
from engine.words import octets
from tui.body.view import reader_of
from tui.kit.command import Commanded
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.kit.rows import clocks, duration
from tui.kit.sentence import Sentence
from tui.kit.tab_line import TabLine
from tui.safe import clean, shorten

from .compare_commands import COMPARE
from .diff_rows import AnyRow, body_rows, header_rows, request_rows
from .diff_view import DiffView

_PAGES = ("Body", "Headers", "Requests")
_MAX_PAIRS = 60
"""Pairs of replies that can be chosen from."""
_WHO = re.compile(r"(x-)?(served[-_]by|server|instance|responder|worker|host|hostname|pod)", re.I)


class Pair(NamedTuple):
    """Two messages, by their numbers, and what they are called."""

    label: str
    left: int
    right: int


class CompareScreen(Dialog[None], Commanded):
    """`left` and `right` are exchanges by number; twice the same compares its own replies."""

    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#compare-view"
    TABLE = COMPARE
    KEYS = (
        Binding("escape,q", "dismiss", "Close", id="compare.close", tooltip="Back to the desk"),
    )

    def __init__(self, journal: Journal, left: int, right: int) -> None:
        super().__init__()
        self._journal = journal
        self._numbers = (left, right)
        self._pairs: list[Pair] = []
        self._folded = True
        self._found: Comparison | None = None

        self.tabs: TabLine = TabLine(*_PAGES, id="compare-tabs")
        self._pair_tabs = TabLine(id="compare-pairs")
        self._left = Static(id="compare-left", markup=False)
        self._right = Static(id="compare-right", markup=False)
        self._said = Sentence("compare-said", keeps_room=True)
        self._view = DiffView("compare-view")
        self._dialog = Vertical(
            self._left,
            self._right,
            self._said,
            Horizontal(self.tabs, self._pair_tabs, id="compare-line"),
            self._view,
            classes="dialog -full",
            id="compare",
        )

    def compose(self) -> ComposeResult:
        self._dialog.border_title = "Compare"
        self.tabs.can_focus = self._pair_tabs.can_focus = False
        yield LinkLine()
        yield self._dialog

    def on_mount(self) -> None:
        try:
            left, right = map(self._journal.exchange, self._numbers)
        except KeyError:
            self._miss()
            return
        self._numbers = left.number, right.number
        self._pairs = _pairs(left, right)
        self._pair_tabs.labels = tuple(pair.label for pair in self._pairs)
        if not self._pairs:
            self.tabs.active = _PAGES.index("Requests")
        self._compare()

    def on_resize(self) -> None:
        if self._found is not None:
            self._head(self._chosen)

    @property
    def _page(self) -> str:
        return _PAGES[self.tabs.active]

    @property
    def _chosen(self) -> Pair | None:
        """The two messages that are compared now; None when there are no replies to compare."""
        if self._page == "Requests":
            return Pair("requests", *self._numbers)
        return self._pairs[self._pair_tabs.active] if self._pairs else None

    @property
    def _several(self) -> bool:
        """Whether there are replies to choose from on this page."""
        return len(self._pairs) > 1 and self._page != "Requests"

    # -- comparing -----------------------------------------------------------------------------

    @on(TabLine.Chosen)
    @work(group="compare", exclusive=True)
    async def _compare(self) -> None:
        """Off the loop: large bodies take a while, and the screen must not wait for them."""
        self._found = None
        pair = self._chosen
        self._pair_tabs.display = self._several
        try:
            if pair is None:
                self._nothing()
                return
            messages = self._journal.message(pair.left), self._journal.message(pair.right)
        except KeyError:
            self._miss()
            return
        settings = reader_of(self).settings
        self._found = await asyncio.to_thread(compare, *messages, settings, self._asked(pair))
        self._head(pair)
        self._show()

    def _asked(self, pair: Pair) -> tuple[str, str]:
        """The subjects of the requests that the messages answer, "" for requests."""
        sides = zip(self._numbers, (pair.left, pair.right), strict=True)
        first, second = (
            self._journal.message(number).subject if shown != number else ""
            for number, shown in sides
        )
        return first, second

    def _show(self, keep: bool = False) -> None:
        if self._found is None:
            return
        glyph, ink = ("✓", "$text-success") if self._found.same else ("≠", "$text-warning")
        self._said.say(f"{glyph} {self._found.sentence}", ink)
        self._view.show(self._rows(self._found), keep)
        self._count()

    def _rows(self, found: Comparison) -> list[AnyRow]:
        if self._page == "Body":
            return body_rows(found.body, self._folded)
        if self._page == "Headers":
            return header_rows(found.headers)
        return request_rows(found, self._folded)

    # -- saying --------------------------------------------------------------------------------

    def _miss(self) -> None:
        gone = [number for number in self._numbers if number not in self._journal]
        which = f"Exchange {gone[0]:,}" if gone else "One of these messages"
        self._said.complain(f"{which} fell out of the journal, so it cannot be compared.")
        self._view.show([])

    def _nothing(self) -> None:
        bare = [number for number in self._numbers if not self._journal.exchange(number).replies]
        which = " and ".join(f"exchange {number:,}" for number in bare) or "this exchange"
        words = "has only one reply" if not bare else "has no reply"
        self._said.say(
            f"∅ {which.capitalize()} {words}: there is nothing to compare here.", "$text-warning"
        )
        self._view.show([])
        self._count()

    def _head(self, pair: Pair | None) -> None:
        """Who and when, on a line for each side."""
        if pair is None:
            return
        width = self.size.width - 8
        for line, glyph, ink, number in (
            (self._left, "-", "$text-error", pair.left),
            (self._right, "+", "$text-success", pair.right),
        ):
            words = f"{glyph} {shorten(self._heading(number), max(10, width - 2))}"
            line.update(Content.styled(words, ink))

    def _heading(self, number: int) -> str:
        try:
            message = self._journal.message(number)
            exchange = self._journal.exchange(self._journal.head(number))
        except KeyError:
            return "fell out of the journal"
        parts = [clocks(message.at, message.spread), exchange.subject]
        if number == exchange.number:
            parts.append("request")
        else:
            bounds = after(exchange, message)
            taken = interval(*bounds, own=exchange.own, figure=duration)
            parts += [taken, _place(exchange, number)]
        parts += [octets(len(message.body)), self._who(message)]
        return "  ".join(clean(part) for part in parts if part)

    def _who(self, message: Message) -> str:
        """What the responder calls itself, or else where natstap heard it."""
        named = (value for name, value in message.headers.pairs if _WHO.fullmatch(name))
        if who := next(named, ""):
            return f"by {who}"
        sources = self._journal.sources.names
        known = 0 < message.source < len(sources)
        return f"heard by {sources[message.source]}" if known else ""

    @on(DiffView.Moved)
    def _count(self) -> None:
        view = self._view
        place = f"{view.group:,} of " if view.group else ""
        places = "place" if view.groups == 1 else "places"  # of several values that differ each
        found = f"n N {place}{view.groups:,} {places}   " if view.groups else ""
        pairs = "← → replies   " if self._several else ""
        fold = "all" if self._folded else "less"
        keys = f"{found}Tab page   {pairs}a {fold}   < > body   Esc closes"
        self._dialog.border_subtitle = keys

    # -- keys ----------------------------------------------------------------------------------

    def jump(self, by: int) -> None:
        if not self._view.jump(by):
            self.app.bell()

    def choose_pair(self, by: int) -> None:
        if self._several:
            self._pair_tabs.action_step(by)

    async def read(self, side: int) -> None:
        """One of the two bodies with its tools; `side` is 0 for the left one."""
        from tui.body.screen import BodyScreen

        pair = self._chosen
        number = (pair.left, pair.right)[side] if pair else 0
        if number not in self._journal:
            self.app.bell()
            return
        message = self._journal.message(number)
        asked = self._asked(pair)[side] if pair is not None else ""
        envelope = reader_of(self).envelope(
            asked or message.subject, message.headers, Side.REPLY if asked else Side.REQUEST
        )
        screen = BodyScreen(self._heading(number), message.body, envelope)
        await self.app.push_screen_wait(screen)

    def fold(self) -> None:
        self._folded = not self._folded
        self._show(keep=True)


def _pairs(left: Exchange, right: Exchange) -> list[Pair]:
    """Equally many replies face each other in order; else any two of them can be chosen."""
    mine, theirs = list(enumerate(left.replies, 1)), list(enumerate(right.replies, 1))
    if left.number == right.number:
        both = islice(combinations(mine, 2), _MAX_PAIRS)
    elif len(mine) == len(theirs):
        both = islice(zip(mine, theirs, strict=True), _MAX_PAIRS)
    else:
        both = islice(product(mine, theirs), _MAX_PAIRS)
    return [Pair(f"{at} ↔ {place}", reply, other) for (at, reply), (place, other) in both]


def _place(exchange: Exchange, number: int) -> str:
    if number not in exchange.replies:
        return ""
    return f"reply {exchange.replies.index(number) + 1}/{len(exchange.replies)}"
