"""The messages of a stream: a field that says where to go, and the page that is there.

It reads in workers, follows what is stored while the cursor is on the last message, and never
holds more than some hundred messages, however many the stream has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from engine.errors import InvalidInput, NatstapError
from engine.streams.browse import StoredPage
from engine.streams.find import StreamSearch, find, find_left, find_newer
from engine.streams.pages import Pages
from engine.streams.position import StreamPosition, parse_place
from engine.streams.search_terms import parse_wanted
from engine.streams.stored import ALL, StoredMessage
from engine.streams.stream_state import StreamState
from tui.body.view import reader_of
from tui.kit.rewriting import retitle
from tui.safe import shorten

from .place_line import PlaceLine
from .stored_list import StoredList
from .stored_words import page_figures, page_hint, search_figures, search_hint
from .stream_rows import message_row, page_rows

if TYPE_CHECKING:
    from engine.session import Session

_SOON = 0.3
"""Seconds after which it is said that something is being read."""


class StoredMessages(Vertical):
    class Chosen(Message):
        """Another row is under the cursor, or none is."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="messages", classes="pane")
        self._session = session
        self._pages: Pages | None = None
        self._search: StreamSearch | None = None
        self._searched: StreamState | None = None
        """The stream as it was known to the search."""
        self.place: PlaceLine = PlaceLine()
        self._list = StoredList("stored-list")
        self.border_title = "Messages"

    def compose(self) -> ComposeResult:
        yield self.place
        yield self._list

    # -- what the screen calls ---------------------------------------------------------------

    def turn_to(self, state: StreamState | None) -> None:
        """Show the newest messages of another stream."""
        self._search = None
        self._pages = Pages(self._session.broker, state) if state else None
        self.place.field.value = ""
        self._list.hint = ("Reading…",) if state else ()
        self._show_rows()
        if self._pages is not None:
            self._load(self._pages.newest, "last")

    def keep_up(self, state: StreamState) -> None:
        """The same stream, as it is now: read again what changed, and what is new."""
        pages = self._pages
        if pages is None:
            return
        pages.state = state
        if self._busy:
            pass
        elif self._search is None:
            self._keep_page(pages, self._list.at_end)
        elif self._search.done:
            self._keep_search(self._search, state)
        self._show_figures()

    def _keep_search(self, search: StreamSearch, state: StreamState) -> None:
        """What was found may be gone by now, and what is looked for be stored only now."""
        before = self._searched or state
        gone = (state.first, state.deleted) != (before.first, before.deleted)
        gone = gone and bool(search.found)
        if state.created != before.created or (gone and search.full):
            self._find(search.wanted)
        elif gone or search.next < state.next:
            self._find_again(search, state, gone)

    def _keep_page(self, pages: Pages, at_end: bool) -> None:
        if pages.stale:
            self._load(pages.again, "last" if at_end and pages.follows_end else "keep")
        elif pages.behind(at_end):
            read = pages.latest if at_end else pages.newer
            self._load(read, "last" if at_end else "keep")

    @property
    def chosen(self) -> StoredMessage | None:
        """The message under the cursor."""
        shown = self._search.found if self._search else self._page.messages if self._page else ()
        return next((stored for stored in shown if stored.sequence == self._list.cursor), None)

    @property
    def gap(self) -> tuple[int, int] | None:
        """First and last sequence of the gap under the cursor."""
        key = self._list.cursor
        return key if isinstance(key, tuple) else None

    def leave(self) -> bool:
        """Out of the field, out of a search, out of a subject; False where there is nothing."""
        if self.place.field.has_focus:
            self._to_list()
        elif self._search is not None:
            self._leave_search()
        elif self._subject != ALL:
            self.place.field.value = ""
            self.go(StreamPosition())
        else:
            return False
        return True

    def go(self, place: StreamPosition, subject: str = "") -> None:
        """Go to a place; `subject` is what is to be shown there."""
        pages, self._search = self._pages, None
        if pages is None:
            return
        if subject or place.subject or place == StreamPosition():
            pages.subject = place.subject or subject or ALL
        if place.sequence:
            self._load(partial(pages.around, place.sequence), place.sequence)
        elif place.at:
            self._load_since(pages, place.at)
        else:
            self._load(pages.newest, "last")

    @on(PlaceLine.Written)
    def _written(self, event: PlaceLine.Written) -> None:
        event.stop()
        try:
            if event.find:
                parse_wanted(event.written)
                self._find(event.written)
            else:
                self.go(parse_place(event.written))
        except InvalidInput as error:
            self.place.complain(str(error))
            return
        self.place.complain("")
        self._to_list()

    def _to_list(self) -> None:
        """Back from the field, which then says which subject is shown."""
        self.place.rest("" if self._subject == ALL else self._subject)
        self._list.focus()

    # -- reading -----------------------------------------------------------------------------

    @work(group="browse", exclusive=True)
    async def _load(self, read: Callable[[], Awaitable[None]], cursor: str | int) -> None:
        """Read a page and show it, the cursor where it was or on a row."""
        with self._telling():
            try:
                await read()
            except NatstapError as error:
                self.place.complain(str(error))
            else:
                self._show_page(cursor)

    @work(group="browse", exclusive=True)
    async def _load_since(self, pages: Pages, at: float) -> None:
        with self._telling():
            try:
                sequence = await pages.since(at)
            except NatstapError as error:
                self.place.complain(str(error))
                return
            if sequence >= pages.state.next:
                self.place.complain("nothing was stored since then")
            self._show_page(sequence)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say that it is being read, where that takes longer than one notices."""
        timer = self.set_timer(_SOON, self._say_reading)
        try:
            yield
        finally:
            timer.stop()
            self._show_figures()

    def _say_reading(self) -> None:
        retitle(self, subtitle="reading…")

    @on(StoredList.Beyond)
    def _beyond(self, event: StoredList.Beyond) -> None:
        event.stop()
        pages = self._pages
        if self._search is not None or pages is None or self._busy:
            return
        if event.where in ("first", "last"):
            self._load(pages.oldest if event.where == "first" else pages.newest, event.where)
        else:
            self._load(pages.older if event.where == "older" else pages.newer, "keep")

    # -- finding -----------------------------------------------------------------------------

    @work(group="browse", exclusive=True)
    async def _find(self, written: str) -> None:
        """The newest first; what is found is shown at once, the first of it chosen."""
        if self._pages is None:
            return
        state = self._searched = self._pages.state
        search = StreamSearch(written.strip(), total=state.messages)
        self._show_search(search)
        try:
            async for search in find(
                self._session.broker, state, written, reader_of(self).settings
            ):
                self._show_search(search)
        except NatstapError as error:
            self._show_search(replace(search, failed=True))
            self.place.complain(str(error))

    @work(group="browse", exclusive=True)
    async def _find_again(self, search: StreamSearch, state: StreamState, gone: bool) -> None:
        broker = self._session.broker
        try:
            settings = reader_of(self).settings
            left = await find_left(broker, state, search, settings) if gone else search
            self._show_search(await find_newer(broker, state, left, settings))
            self._searched = state
        except NatstapError as error:
            self.place.complain(str(error))

    def _show_search(self, search: StreamSearch) -> None:
        first = self._search is None or not self._search.found
        self._search = search
        self._show_rows()
        if first:
            self._list.choose_last()

    def _leave_search(self) -> None:
        """Back among the other messages, at what was chosen."""
        stored, self._search = self.chosen, None
        self.place.complain("")
        self.go(StreamPosition(sequence=stored.sequence) if stored else StreamPosition(), ALL)

    # -- showing -----------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        mine = (worker for worker in self.workers if worker.node is self)
        return any(worker.group == "browse" and not worker.is_finished for worker in mine)

    @property
    def _page(self) -> StoredPage | None:
        return self._pages.page if self._pages else None

    @property
    def _subject(self) -> str:
        return self._pages.subject if self._pages else ALL

    def _show_page(self, cursor: str | int) -> None:
        self._show_rows()
        if isinstance(cursor, int):
            self._list.choose_sequence(cursor)
        elif cursor == "last":
            self._list.choose_last()
        elif cursor == "first":
            self._list.choose_sequence(0)
        self.post_message(self.Chosen())

    def _show_rows(self) -> None:
        if self._search is not None:
            self._list.hint = search_hint(self._search)
            rows = [message_row(stored) for stored in self._search.found]
        else:
            if self._pages is not None and self._page is not None:
                self._list.hint = page_hint(self._pages, self._page)
            rows = list(page_rows(self._page)) if self._page else []
        self._list.show(rows)
        self._show_figures()
        self.post_message(self.Chosen())

    @on(StoredList.Chosen, "#stored-list")
    def _moved(self) -> None:
        self.post_message(self.Chosen())

    def _show_figures(self) -> None:
        state = self._pages.state if self._pages else None
        on = f" on {shorten(self._subject, 30)}" if self._subject != ALL else ""
        of = f" of {shorten(state.name, 40)}" if state else ""
        found = f"Found in {shorten(state.name, 40)}" if state and self._search else ""
        retitle(self, title=Content(found or f"Messages{of}{on}"))
        said = search_figures(self._search) if self._search else page_figures(self._pages)
        retitle(self, subtitle=Content(said))
