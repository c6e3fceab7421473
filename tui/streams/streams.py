"""Streams: what is stored, who consumes it and how far each is, and the messages themselves.

All of it is asked again about once a second while the screen is shown, quietly and never twice
at once; nothing is acknowledged and no consumer made. What is deleted is said first.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult

from engine.drafts.draft import Draft
from engine.drafts.draft_of_stored import stored_draft
from engine.streams.position import StreamPosition
from engine.streams.stream_state import StreamState
from tui.kit.command import Commanded
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.pane_layout import WIDE, PaneLayout
from tui.kit.pane_room import PaneColumns
from tui.kit.screen_line import ScreenLine
from tui.table.table import Table

from .stored_messages import StoredMessages
from .stored_view import StoredView
from .stream_changes import StreamChanges
from .stream_commands import PANES, STREAMS
from .stream_finding import StreamFinding
from .stream_look import StreamLook
from .stream_panes import ConsumerPane, StreamPane

if TYPE_CHECKING:
    from engine.session import Session

EVERY = 1.0
"""Seconds between two looks, at the least."""
_SHARE = 10
"""A look takes at most this part of the time, however many streams there are."""


class StreamsScreen(Page[Draft | None], Commanded):
    """Dismisses with a draft of a stored message, None when none is wanted."""

    CSS_PATH = "../streams.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    TABLE = STREAMS

    def __init__(
        self, session: Session, wanted: str = "", begin_at: tuple[str, int] | None = None
    ) -> None:
        """`wanted` is a correlation id that the user is likely to look for; `begin_at` the stream
        and the sequence of the message to begin at.
        """
        super().__init__()
        self.session: Session = session
        self.changes: StreamChanges = StreamChanges(self)
        self.finding: StreamFinding = StreamFinding(self, wanted, begin_at)
        self.server: StreamLook = StreamLook(session.broker)
        self._turned = ""
        """The stream whose consumers and messages are shown."""
        self._headline = Headline("streams-total")
        self._pane = StreamPane()
        self.consumers: ConsumerPane = ConsumerPane(self.server)
        self.messages: StoredMessages = StoredMessages(session)
        self._view = StoredView()
        columns = {
            "column-1": (self._pane, self.consumers),
            "column-2": (self.messages, self._view),
        }
        self.folio: PaneLayout = PaneLayout(PaneColumns(columns, "stream-panes"), PANES)
        self._footer = KeyLine()

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("streams")
        yield self.folio
        yield self._footer

    def on_mount(self) -> None:
        self._pane.listing.focus()
        self._draw()

    def on_screen_suspend(self) -> None:
        self.workers.cancel_group(self, "streams")

    # -- asking ------------------------------------------------------------------------------

    def refresh_now(self) -> None:
        self._watch()

    @on(events.ScreenResume)
    @work(group="streams", exclusive=True)
    async def _watch(self) -> None:
        due = 0.0
        while True:
            begun = time.monotonic()
            if begun < due and self.stream is not None:
                await self.server.look_at(self.stream.name)
            else:
                await self.server.look()
                due = begun + self.server.pause
            self._draw()
            self.finding.begin(self.server.streams)
            if not self.server.trouble:
                await self.consumers.look()
            await asyncio.sleep(max(EVERY, _SHARE * (time.monotonic() - begun)))

    @work(group="consumers", exclusive=True)
    async def _ask_consumers(self) -> None:
        await self.consumers.look()

    # -- what is chosen ----------------------------------------------------------------------

    @property
    def stream(self) -> StreamState | None:
        return self._pane.chosen

    # -- drawing -----------------------------------------------------------------------------

    def _draw(self) -> None:
        self._pane.show(self.server.streams, self.server.hint)
        self.set_class(not self.server.streams.streams, "-nobody")
        stream = self.stream
        if (stream.name if stream else "") != self._turned:
            self._turn(stream)
        elif stream is not None:
            self.messages.keep_up(stream)
        self._draw_total()

    def _turn(self, stream: StreamState | None) -> None:
        """To another stream."""
        self._turned = stream.name if stream else ""
        self.consumers.turn_to(self._turned)
        self.messages.turn_to(stream)

    @on(Table.Chosen, "#stream-list")
    @on(StreamPane.Filtered)
    def _chose_stream(self) -> None:
        stream = self.stream
        if (stream.name if stream else "") != self._turned:
            self._turn(stream)
            self._ask_consumers()

    @on(StoredMessages.Chosen)
    def _draw_message(self) -> None:
        self._view.show(self._turned, self.messages.chosen, self.messages.gap)

    @on(events.Resize)
    def _draw_total(self) -> None:
        ink = "$text-error" if self.server.trouble else ""
        figures = self.server.figures(max(20, self.size.width - 20))
        self._headline.say_what_fits(figures, ink)

    # -- finding the way ---------------------------------------------------------------------

    @on(Table.Opened, "#stream-list")
    @on(Table.Opened, "#consumer-list")
    @on(Table.Opened, "#stored-list")
    def _opened(self) -> None:
        self.open_chosen()

    def open_chosen(self) -> None:
        """Into what is chosen: of a consumer, to the first message that it is not done with."""
        consumer, among = self.consumers.chosen, self.folio.front
        if among == "consumers" and consumer is not None:
            only = consumer.filters[0] if len(consumer.filters) == 1 else ""
            self.messages.go(StreamPosition(sequence=consumer.ack_floor + 1), only)
        self.folio.go("message" if among in ("messages", "message") else "messages")

    def start_filter(self) -> None:
        self.folio.front = "streams"
        self.call_after_refresh(self._pane.start_filter)

    def show_message(self, stream: str, place: StreamPosition) -> bool:
        self._pane.bring(stream)
        if self.stream is None or self.stream.name != stream:
            return False
        self._turn(self.stream)
        self._ask_consumers()
        self.messages.go(place)
        return True

    def back(self) -> None:
        """Out of the field, the search or the filter first, then to the pane before, and from
        the streams out of the screen.
        """
        folio = self.folio
        if self.messages.leave() or (self.folio.front == "streams" and self._pane.leave()):
            return
        if folio.front != "streams" and self.stream is not None:
            folio.go("messages" if folio.front == "message" else "streams")
        else:
            self.dismiss(None)

    def compose_message(self) -> None:
        stored = self.messages.chosen
        if stored is None or self.stream is None:
            self.app.bell()
        else:
            inbox = self.session.broker.link.profile.inbox_prefix
            self.dismiss(stored_draft(stored, self.stream, inbox))
