"""How one finds the way on the streams screen: to a place in a stream, to what has an id, a
header, a text or a JSON field in one stream or in all of them.
"""

from __future__ import annotations

from engine.rpc.message import CORRELATION_ID
from engine.streams.listing import Streams
from engine.streams.position import StreamPosition

from .stream_workspace import StreamWorkspace


class StreamFinding:
    def __init__(
        self, screen: StreamWorkspace, wanted: str, begin_at: tuple[str, int] | None
    ) -> None:
        """`wanted` is a correlation id that the user is likely to look for; `begin_at` the stream
        and the sequence of the message to begin at.
        """
        self._screen = screen
        self._wanted = wanted
        self._begin_at = begin_at

    def begin(self, streams: Streams) -> None:
        """Once, as soon as there are streams."""
        if self._begin_at is not None and streams.streams:
            (stream, sequence), self._begin_at = self._begin_at, None
            self._screen.show_message(stream, StreamPosition(sequence=sequence))

    def go_to(self) -> None:
        self._ask("", "")

    def find(self) -> None:
        self._ask("id", self._likely)

    def _ask(self, what: str, likely: str) -> None:
        """Open the line in which one writes what to find in the chosen stream."""
        screen = self._screen
        if screen.stream is None:
            screen.app.bell()
        else:
            screen.folio.front = "messages"
            screen.messages.call_after_refresh(screen.messages.place.ask, what, likely)

    @property
    def _likely(self) -> str:
        """The correlation id of the message that the user is at, or what was brought along."""
        stored = self._screen.messages.chosen
        among = self._screen.folio.front in ("messages", "message")
        headers = stored.message.headers if stored and among else None
        return (headers.get(CORRELATION_ID, "") if headers else "") or self._wanted

    async def find_everywhere(self) -> None:
        from .find_id import FindId

        dialog = FindId(self._screen.session.broker, self._likely)
        hit = await self._screen.app.push_screen_wait(dialog)
        if hit is None:
            return
        if self._screen.show_message(hit.stream, StreamPosition(sequence=hit.stored.sequence)):
            self._screen.folio.go("messages")
        else:
            self._screen.app.notify("That stream is gone.", severity="warning")
