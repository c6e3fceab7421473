"""How one finds the way on the streams screen: to a place in a stream, to what has an id, a
header, a text or a JSON field in one stream or in all of them.

A base of the screen, which shows what is gone to.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from textual import work
from textual.css.query import NoMatches

from engine.rpc.message import CORRELATION_ID
from engine.streams.find import Hit
from engine.streams.listing import Streams
from engine.streams.place import StreamPosition
from engine.streams.stream_state import StreamState
from tui.kit.editor import Field
from tui.kit.pane_layout import Folio

from .stored_messages import StoredMessages
from .stream_changes import StreamChanges, key
from .stream_panes import StreamPane

if TYPE_CHECKING:
    from engine.session import Session

FINDING_KEYS = (
    key("slash,g", "go_to", "Go to", "Go to a sequence, a time or a subject", "/"),
    key("c", "find", "Find", "Find messages by an id, a header, a text or a JSON field"),
    key("C", "find_everywhere", "Find in all", "Find the same in every stream"),
    key("f", "filter", "Filter", "Show only streams whose name or subjects hold some words"),
)


class StreamFinding(StreamChanges):
    def __init__(self, session: Session, wanted: str) -> None:
        super().__init__(session)
        self._wanted = wanted
        self._streams = Streams()
        self._turned = ""
        """The stream whose consumers and messages are shown."""

    # -- what the screen does ----------------------------------------------------------------

    def turn(self, stream: StreamState | None) -> None:
        """Show another stream."""
        raise NotImplementedError

    @work(group="consumers", exclusive=True)
    async def ask_closely(self) -> None:
        """Ask at once what belongs to the chosen stream."""
        with suppress(NoMatches):  # leaving: the panes go before their screen does
            await self.look_closely()

    async def look_closely(self) -> None:
        raise NotImplementedError

    @property
    def _pane(self) -> StreamPane:
        return self.query_one(StreamPane)

    @property
    def _messages(self) -> StoredMessages:
        return self.query_one(StoredMessages)

    @property
    def _folio(self) -> Folio:
        return self.query_one(Folio)

    # -- in a stream -------------------------------------------------------------------------

    def action_go_to(self) -> None:
        self._ask("")

    def action_find(self) -> None:
        self._ask("id", self._likely)

    def action_filter(self) -> None:
        self._folio.front = "streams"
        self.call_after_refresh(self._pane.query_one(Field).focus)

    @property
    def _likely(self) -> str:
        """The correlation id of the message that the user is at, or what was brought along."""
        among = self.among in ("messages", "message")
        headers = self.stored.message.headers if self.stored and among else None
        return (headers.get(CORRELATION_ID, "") if headers else "") or self._wanted

    def _ask(self, what: str, likely: str = "") -> None:
        if self.stream is None:
            self.app.bell()
            return
        self._folio.front = "messages"
        self.call_after_refresh(self._messages.ask, what, likely)

    # -- in every stream ---------------------------------------------------------------------

    @work(group="form", exclusive=True)
    async def action_find_everywhere(self) -> None:
        from .find_id import FindId

        if self.app.screen is not self:
            return
        dialog = FindId(self._session.broker, self._streams, self._likely)
        hit = await self.app.push_screen_wait(dialog)
        if hit is not None:
            self._go_to_hit(hit)

    def _go_to_hit(self, hit: Hit) -> None:
        self._pane.bring(hit.stream)
        if self.stream is None or self.stream.name != hit.stream:
            self.notify("That stream is gone.", severity="warning")
            return
        self.turn(self.stream)
        self.ask_closely()
        self._messages.go(StreamPosition(sequence=hit.stored.sequence))
        self._folio.go("messages")
