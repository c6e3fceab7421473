"""The pane of exchanges: the live list, its filter, its search and its figures."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from engine.content.by_subject import SubjectSettings
from engine.filter.folding import FirstOfThread
from engine.filter.hidden import HiddenCount
from engine.filter.lens import Lens
from engine.journal import Journal
from engine.journal.view import View
from tui.body.view import reader_of
from tui.home.glimpse import Glimpse
from tui.inspect.annotations import Known
from tui.kit.command import Commanded
from tui.kit.rewriting import retitle
from tui.safe import shorten

from .empty_list import MAX_TEXT, EmptyList
from .exchange_commands import PANE
from .exchange_list import ExchangeList
from .exchange_rows import BUDGET
from .filter_bar import FilterBar
from .list_figures import ListFigures
from .list_hearsay import ListHearsay
from .search_bar import SearchBar
from .vocabulary import learn_words

_TITLE = "2 Exchanges"
_PILL = "bold $background on $primary"


class Exchanges(Vertical, Commanded):
    TABLE = PANE

    def __init__(
        self, journal: Journal, known: Known | None = None, glimpse: Glimpse | None = None
    ) -> None:
        """`glimpse` stands in the list's place while no exchange was seen."""
        super().__init__(id="exchanges", classes="pane")
        self.border_title = _TITLE
        self.journal = journal
        self.known = known or Known()
        self._shown_lens = Lens.parse("")
        """The filter that the rows are of."""
        self._folded = False
        """Whether exchanges of one thread are one row."""
        self.whole = View(journal)
        """All exchanges: what the list shows while nothing is filtered."""
        self._hidden = HiddenCount(journal)
        self._empty = EmptyList(self._hidden)
        self.figures = ListFigures(self.whole, self._hidden)
        self.filter_bar = FilterBar()
        self.search_bar: SearchBar = SearchBar(journal, lambda: self._hearsay.facts)
        self.list = ExchangeList(journal, self.whole, id="list")
        self.list.exchanges.settings = self._settings
        self._hearsay = ListHearsay(self.known, self.list, self._settings)
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
        self._empty.advice = hint
        self._say_keys()
        self._explain_nothing()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _say_keys(self) -> None:
        """What the keys do with who listens here: elsewhere they are text in a field."""
        if self._glimpse is not None:
            self._glimpse.say(self._empty.advice, writing=not self.has_focus_within)

    def refresh_from_journal(self) -> None:
        self.list.refresh_from_journal()
        self.show_figures()

    @on(ExchangeList.Followed)
    def show_figures(self) -> None:
        """How many exchanges there are, how many messages come each second, what fell out, and
        whether the newest stay in sight.
        """
        self.figures.measure()
        self._hearsay.test_again(self.lens)
        self._hidden.look()
        self._explain_nothing()
        if self._glimpse is not None:
            self._glimpse.stand_in_for(self.list, self.untouched)
        if not self.lens.empty:
            self.whole.catch_up(BUDGET)
        figures = "  ".join(self.figures.of(self.list, self.lens, self._folded))
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

    # -- where there is no row ---------------------------------------------------------------

    def _explain_nothing(self) -> None:
        """Say what would match, or what is hidden, and offer to show it."""
        rows = self.list
        if len(rows.view):
            return
        self._empty.look(rows.view.behind)
        before, rows.hint = rows.hint, self._empty.words
        if rows.hint != before:
            rows.repaint()

    @property
    def untouched(self) -> bool:
        """True while there is no exchange at all, hidden ones included."""
        return self.lens.empty and not len(self.list.view) and self._empty.offer is None

    @on(ExchangeList.Offered)
    def _take_offer(self) -> None:
        if (offer := self._empty.offer) is None:
            self.app.bell()
        else:
            self.filter_bar.fill(offer.text)

    # -- the filter ------------------------------------------------------------------------

    def start_filter(self) -> None:
        self.filter_bar.start(learn_words(self.whole, self.known, self._hearsay.names))

    @on(FilterBar.Changed)
    def _filter(self, event: FilterBar.Changed) -> None:
        event.stop()
        lens = event.lens
        said = shorten(lens.text.strip(), MAX_TEXT)
        self.border_title = Content(_TITLE if lens.empty else f"{_TITLE} / {said}")
        self._empty.begin(lens, self.journal, self._hearsay.facts)
        self._hearsay.begin()
        before, self._shown_lens = self._shown_lens, lens
        self._show_rows(before)

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
            sieve = lens.on(self.journal, self._hearsay.facts)
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
