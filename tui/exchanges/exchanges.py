"""The pane of exchanges: the live list, its filter, its search and its figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from engine.content.by_subject import SubjectSettings
from engine.filter.folding import FirstOfThread
from engine.filter.hidden import HiddenCount
from engine.filter.lens import Hearsay, Lens
from engine.filter.nearby_filters import FilterOffers, Offer
from engine.journal import Journal
from engine.journal.view import View
from engine.words import counted
from tui.body.view import reader_of
from tui.home.glimpse import Glimpse
from tui.inspect.annotations import Known
from tui.kit.command import Commanded, bindings
from tui.kit.rewriting import retitle
from tui.safe import shorten

from .exchange_commands import PANE
from .exchange_list import ExchangeList
from .exchange_rows import BUDGET
from .filter_bar import FilterBar
from .search_bar import SearchBar
from .vocabulary import learn_words

_RATE_EVERY = 1.0
_MIN_BEHIND = 2000
"""Messages not tested yet from which on it is told."""
_TITLE = "2 Exchanges"
_PILL = "bold $background on $primary"
_MAX_TEXT = 48
_OFFERS_EVERY = 0.25
"""Seconds between two looks for what would match."""


def nothing(lens: Lens, offer: Offer | None, advice: str, hidden: HiddenCount) -> tuple[str, str]:
    """The two lines that stand where there is no row."""
    if lens.empty:
        empty = "No exchanges yet."
        if offer is None:
            return empty, advice
        said = ", ".join(filter(None, (hidden.example(kind) for kind in lens.hides)))
        return empty, f"{offer.count:,} hidden: {shorten(said, _MAX_TEXT)}  Enter shows them."
    empty = "Nothing matches the filter."
    if offer is None:
        return empty, ""
    if offer.why:
        return empty, f"{offer.count:,} in hidden $ subjects and deliveries: Enter shows them."
    return empty, f"Did you mean {shorten(offer.text, _MAX_TEXT)}?  {offer.count:,} match: Enter."


class Exchanges(Vertical, Commanded):
    TABLE = PANE
    BINDINGS: ClassVar[list[BindingType]] = bindings(PANE)

    def __init__(
        self, journal: Journal, known: Known | None = None, glimpse: Glimpse | None = None
    ) -> None:
        """`glimpse` stands in the list's place while no exchange was seen."""
        super().__init__(id="exchanges", classes="pane")
        self.border_title = _TITLE
        self.journal = journal
        self.known = known or Known()
        self._told: set[int] = set()
        """Exchanges that the filter saw with what the servers told of them."""
        self._settled: dict[str, int] = {}
        """Up to where each watch knew who else had heard what, when last looked at."""
        self._hint = ""
        self._hidden = HiddenCount(journal)
        self._offers: FilterOffers | None = None
        self._offers_at = 0.0
        """When to look again for what would match, on the monotonic clock."""
        self._offer: Offer | None = None
        """What Enter shows while the list has no row."""
        self._shown_lens = Lens.parse("")
        """The filter that the rows are of."""
        self._folded = False
        """Whether exchanges of one thread are one row."""
        self.whole = View(journal)
        """All exchanges: what the list shows while nothing is filtered."""
        self.left_out: Callable[[], int] = lambda: 0
        """How many messages of bursts are not listed."""
        self._counted = (time.monotonic(), journal.next)
        self._rate = 0.0
        self.live = True
        """False for a recording: nothing comes."""
        self.filter_bar = FilterBar()
        self.search_bar: SearchBar = SearchBar(journal, lambda: self._hearsay)
        self.list = ExchangeList(journal, self.whole, id="list")
        self.list.exchanges.settings = self._settings
        self._glimpse = glimpse

    def compose(self) -> ComposeResult:
        yield self.filter_bar
        yield self.search_bar
        yield self.list
        if self._glimpse is not None:
            yield self._glimpse

    @property
    def lens(self) -> Lens:
        """The filter in force."""
        return self.filter_bar.lens

    # -- what the screen calls -------------------------------------------------------------

    def advise(self, hint: str) -> None:
        """Say what to try while there is nothing to see."""
        self._hint = hint
        self._say_keys()
        self._explain_nothing()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _say_keys(self) -> None:
        """What the keys do with who listens here: elsewhere they are text in a field."""
        if self._glimpse is not None:
            self._glimpse.say(self._hint, writing=not self.has_focus_within)

    def refresh_from_journal(self) -> None:
        self.list.refresh_from_journal()
        self.show_figures()

    def _hear_of(self) -> None:
        """Test again what the servers told of since: who answered is in no message."""
        rows = self.list.exchanges
        if news := set(filter(rows.view.has_examined, self.known.told - self._told)):
            self._told = self._told & self.known.told | news
            if not self.lens.empty and not rows.still and rows.view.reconsider(news):
                self.list.refresh_from_journal()
        self._settle()

    def _settle(self) -> None:
        """Test again what was open while nobody knew yet who else had heard it."""
        if self.list.exchanges.still:
            return
        before, self._settled = self._settled, dict(self.known.settled())
        if before != self._settled and self.lens.looks:
            for name, upto in self._settled.items():
                self.list.view.doubt_waiting(before.get(name, upto) + 1, upto + 1)
            self.list.refresh_from_journal()

    def _names(self, number: int) -> str:
        """Who answered: as somebody told, else as the row says whom it went to."""
        if number not in self.journal:
            return ""
        told = self.known.answerers(self.journal, number)
        return told or self.list.exchanges.ends.of(number).answerer

    @on(ExchangeList.Followed)
    def show_figures(self) -> None:
        """How many exchanges there are, how many messages come each second, what fell out, and
        whether the newest stay in sight.
        """
        self._measure()
        self._hear_of()
        self._hidden.look()
        self._explain_nothing()
        self._glance()
        if not self.lens.empty:
            self.whole.catch_up(BUDGET)
        figures = "  ".join(self._figures())
        arrivals = self.list.exchanges.arrivals
        held = f"paused, {arrivals.count:,} new (p goes on)  " if arrivals else ""
        pill, between = self._pill, "  " * bool(self._pill)
        words = (pill, _PILL), between, (held, "bold $text-warning"), figures
        retitle(self, subtitle=Content.assemble(*words))

    @property
    def _pill(self) -> str:
        """Says what came out of sight; a click on it goes there."""
        unread = self.list.exchanges.unread
        return f" {unread:,} new ↓ " if unread else ""

    def on_click(self, event: events.Click) -> None:
        """In the frame's last line, which covers no row."""
        if self._pill and event.screen_y == self.region.bottom - 1:
            self.list.follow = True

    def _figures(self) -> Iterator[str]:
        view = self.list.view
        notes = view.notes
        count = len(view) - notes
        if not self.lens.empty:
            yield f"{count:,} of {max(count, len(self.whole) - self.whole.notes):,}"
            if notes:
                yield f"and {counted(notes, 'note')}"
        elif count:
            yield counted(count, "exchange")
        if hidden := self._hidden.count(self.lens.hides):
            yield f"{hidden:,} hidden"
        if left_out := self.left_out():
            yield f"{left_out:,} of bursts left out"
        if view.behind >= _MIN_BEHIND and not self.list.exchanges.still:
            yield f"{view.behind:,} behind"
        if self.journal.dropped:
            yield f"{counted(self.journal.dropped, 'message')} dropped"
        if self._rate >= 1 and self.live:
            yield f"{self._rate:,.0f} msg/s"
        if self._folded:
            yield "folded (z)"
        if len(view) and self.live and self.list.exchanges.arrivals is None:
            yield "following" if self.list.follow else "f follows"

    # -- where there is no row ---------------------------------------------------------------

    def _explain_nothing(self) -> None:
        """Say what would match, or what is hidden, and offer to show it."""
        rows = self.list
        if len(rows.view):
            return
        self._offer = self._look_for_offer()
        before, rows.hint = rows.hint, nothing(self.lens, self._offer, self._hint, self._hidden)
        if rows.hint != before:
            rows.repaint()

    @property
    def untouched(self) -> bool:
        """True while there is no exchange at all, hidden ones included."""
        return self.lens.empty and not len(self.list.view) and self._offer is None

    def _glance(self) -> None:
        """Show who listens here in the place of a list that is empty; the focus goes along."""
        glimpse = self._glimpse
        if glimpse is None or glimpse.display == (shown := self.untouched and glimpse.ready):
            return
        before, after = (self.list, glimpse.table)[:: 1 if shown else -1]
        focused = before.has_focus
        glimpse.display = True
        self.list.display = not shown
        if focused:
            self.screen.set_focus(after)
        glimpse.display = shown

    def _look_for_offer(self) -> Offer | None:
        if self.lens.empty:
            hidden = self._hidden.count()
            return Offer("~k all", hidden) if hidden else None
        now = time.monotonic()
        if self._offers is None or self.list.view.behind or now < self._offers_at:
            return self._offer
        self._offers_at = now + _OFFERS_EVERY
        self._offers.catch_up(BUDGET)
        return self._offers.best

    @on(ExchangeList.Offered)
    def _take_offer(self) -> None:
        if self._offer is None:
            self.app.bell()
        else:
            self.filter_bar.fill(self._offer.text)

    def _measure(self) -> None:
        then, counted = self._counted
        now = time.monotonic()
        if now - then >= _RATE_EVERY:
            self._rate = (self.journal.next - counted) / (now - then)
            self._counted = now, self.journal.next

    # -- the filter ------------------------------------------------------------------------

    def start_filter(self) -> None:
        self.filter_bar.start(learn_words(self.whole, self.known, self._names))

    @on(FilterBar.Changed)
    def _filter(self, event: FilterBar.Changed) -> None:
        event.stop()
        lens = event.lens
        said = shorten(lens.text.strip(), _MAX_TEXT)
        self.border_title = Content(_TITLE if lens.empty else f"{_TITLE} / {said}")
        known = self._hearsay
        self._offers, self._offer = FilterOffers(lens, self.journal, known), None
        self._offers_at = 0.0
        self._told = set()
        before, self._shown_lens = self._shown_lens, lens
        self._show_rows(before)

    @property
    def _hearsay(self) -> Hearsay:
        """What a filter may ask beyond the journal."""
        return Hearsay(self._names, self.known.look, self._breach, self._settings)

    def _breach(self, number: int) -> str:
        """What in an exchange breaks its schema."""
        return self.known.breach(self.journal.exchange(number))

    def _settings(self) -> SubjectSettings:
        """What the user set of bodies."""
        return reader_of(self).settings

    def fold_or_unfold(self) -> None:
        """Show of exchanges that share a correlation or trace id only the first, or all again."""
        self._folded = not self._folded
        self._show_rows()

    def _show_rows(self, before: Lens | None = None) -> None:
        """By the filter in force; what `before` found is enough where this one only narrows it."""
        lens, rows = self._shown_lens, self.list.exchanges
        view = self.whole
        if not lens.empty:
            sieve = lens.on(self.journal, self._hearsay)
            narrows = before is not None and not before.empty and lens.narrows(before)
            known = rows.view if narrows and not self._folded and rows.arrivals is None else None
            view = known.narrowed(sieve) if known is not None else View(self.journal, sieve)
        rows.fold = FirstOfThread(self.journal, view.accepts) if self._folded else None
        rows.show_view(View(self.journal, rows.fold) if rows.fold is not None else view)
        self.list.refresh_from_journal()
        self.show_figures()

    @on(FilterBar.Kept)
    def _go_to_list(self) -> None:
        self.list.focus()

    def close_last(self) -> None:
        """Close what was opened last: the search, then the filter."""
        if self.search_bar.display:
            self.search_bar.close()
        else:
            self.filter_bar.clear()
        self.list.focus()

    # -- holding still, and searching --------------------------------------------------------

    def pause_or_go_on(self) -> None:
        rows = self.list.exchanges
        if rows.arrivals is None:
            rows.pause()
        else:
            rows.go_on()
        self.refresh_from_journal()

    def search(self, direction: int) -> None:
        """Go to the next (1) or previous (-1) exchange with the text; ask for one first."""
        bar, rows = self.search_bar, self.list
        if not bar.text:
            bar.start()
            return
        outside = self.journal.first - 1 if direction > 0 else self.journal.next
        start = outside if rows.cursor is None else rows.cursor
        bar.seek(start, direction, lambda number, _: rows.view.index_of(number) is not None)

    @on(SearchBar.Sought)
    def _sought(self) -> None:
        self.list.focus()
        self.search(1)

    @on(SearchBar.Found)
    def _found(self, event: SearchBar.Found) -> None:
        event.stop()
        if self.list.cursor != event.number:
            self.list.follow = False
        self.list.reveal(event.number)
