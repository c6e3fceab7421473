"""Where somebody reads in a stream: the page that is there, and how it goes on from it.

It grows while one moves on, up to some hundred messages; then what was left behind goes.
"""

from __future__ import annotations

from engine.rpc.broker import Broker

from .browse import (
    PAGE_SIZE,
    StoredPage,
    page_after,
    page_again,
    page_around,
    page_before,
    sequence_since,
)
from .stored import ALL
from .stream_state import StreamState

MAX_PAGE = 400
"""Messages that are held at most."""


class Pages:
    """Each method reads, and leaves what it read in `page`; raises as `list_streams`, and
    `RequestTimeout`. `state` is the newest that is known of the stream.
    """

    def __init__(self, broker: Broker, state: StreamState) -> None:
        self.state = state
        self.subject = ALL
        self.page: StoredPage | None = None
        self._broker = broker
        self._as_of = state
        """The stream as it was known when the page was read."""

    async def newest(self) -> None:
        state = self.state
        self._take(await page_before(self._broker, state, state.next, self.subject), state)

    async def oldest(self) -> None:
        state = self.state
        self._take(await page_after(self._broker, state, state.first, self.subject), state)

    async def around(self, sequence: int) -> None:
        state = self.state
        self._take(await page_around(self._broker, state, sequence, self.subject), state)

    async def since(self, at: float) -> int:
        """The page around a time; the first sequence stored from then on."""
        sequence = await sequence_since(self._broker, self.state, at)
        await self.around(sequence)
        return sequence

    async def older(self) -> None:
        """The page, and what is before it."""
        if (page := self.page) is None or page.begin <= self.state.first:
            return
        state = self.state
        older = await page_before(self._broker, state, page.begin, self.subject)
        joined = older.joined(page).first_part(MAX_PAGE) if older.end == page.begin else older
        self._take(joined, self._as_of)

    async def newer(self) -> None:
        """The page, and what is after it."""
        if (page := self.page) is None or page.end >= self.state.next:
            return
        state = self.state
        newer = await page_after(self._broker, state, page.end, self.subject)
        joined = page.joined(newer).last_part(MAX_PAGE) if newer.begin == page.end else newer
        self._take(joined, state)

    async def latest(self) -> None:
        """The page, and what has come at its end; the newest page where that is too much."""
        await self.newer()
        if not self.follows_end:
            await self.newest()

    async def again(self) -> None:
        """The same range as it is now; the newest page where nothing of it is left."""
        state, page = self.state, self.page
        if page is None or page.end <= state.first or page.end > state.next:
            await self.newest()
            return
        follows = self.follows_end
        self._take(await page_again(self._broker, state, page), state)
        if follows:
            await self.latest()

    # -- what is true of it ------------------------------------------------------------------

    @property
    def follows_end(self) -> bool:
        """True while the page reaches to what was the stream's end."""
        return self.page is not None and self.page.end >= self._as_of.next

    @property
    def stale(self) -> bool:
        """True when something on the page is gone, or the stream was made anew."""
        if (page := self.page) is None:
            return False
        anew = self.state.created != self._as_of.created
        passed = bool(page.messages) and page.messages[0].sequence < self.state.first
        return anew or passed or self.state.deleted != self._as_of.deleted

    def behind(self, at_end: bool) -> bool:
        """True when more has come that belongs on the page. Where one reads on, `at_end` false,
        nothing is pushed off the page by it.
        """
        if (page := self.page) is None or not self.follows_end or page.end >= self.state.next:
            return False
        return at_end or len(page.messages) < MAX_PAGE - PAGE_SIZE

    def _take(self, page: StoredPage, as_of: StreamState) -> None:
        self.page, self._as_of = page, as_of
