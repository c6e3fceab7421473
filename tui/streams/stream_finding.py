"""How one finds the way on the streams screen: to a place in a stream, to what has an id, a
header, a text or a JSON field in one stream or in all of them.
"""

from __future__ import annotations

from engine.rpc.message import CORRELATION_ID
from engine.streams.position import StreamPosition

from .stream_workspace import StreamWorkspace


class StreamFinding:
    def __init__(self, screen: StreamWorkspace, wanted: str) -> None:
        """`wanted` is a correlation id that the user is likely to look for."""
        self._screen = screen
        self._wanted = wanted

    def go_to(self) -> None:
        self._screen.ask_in_messages("", "")

    def find(self) -> None:
        self._screen.ask_in_messages("id", self._likely)

    @property
    def _likely(self) -> str:
        """The correlation id of the message that the user is at, or what was brought along."""
        stored = self._screen.stored
        among = self._screen.folio.front in ("messages", "message")
        headers = stored.message.headers if stored and among else None
        return (headers.get(CORRELATION_ID, "") if headers else "") or self._wanted

    async def find_everywhere(self) -> None:
        from .find_id import FindId

        dialog = FindId(self._screen.session.broker, self._likely)
        hit = await self._screen.app.push_screen_wait(dialog)
        if hit is None:
            return
        if not self._screen.go_to_message(hit.stream, StreamPosition(sequence=hit.stored.sequence)):
            self._screen.app.notify("That stream is gone.", severity="warning")
