"""How one finds the way on the streams screen: to a place in a stream, to what has an id, a
header, a text or a JSON field in one stream or in all of them.
"""

from __future__ import annotations

from engine.rpc.message import CORRELATION_ID
from engine.streams.position import StreamPosition

from .chosen import Chosen


class StreamFinding:
    def __init__(self, chosen: Chosen, wanted: str) -> None:
        """`wanted` is a correlation id that the user is likely to look for."""
        self._chosen = chosen
        self._wanted = wanted

    def go_to(self) -> None:
        self._chosen.ask_in_messages("", "")

    def find(self) -> None:
        self._chosen.ask_in_messages("id", self._likely)

    @property
    def _likely(self) -> str:
        """The correlation id of the message that the user is at, or what was brought along."""
        stored = self._chosen.stored
        among = self._chosen.among in ("messages", "message")
        headers = stored.message.headers if stored and among else None
        return (headers.get(CORRELATION_ID, "") if headers else "") or self._wanted

    async def find_everywhere(self) -> None:
        from .find_id import FindId

        dialog = FindId(self._chosen.session.broker, self._chosen.streams, self._likely)
        hit = await self._chosen.app.push_screen_wait(dialog)
        if hit is None:
            return
        if not self._chosen.go_to_message(hit.stream, StreamPosition(sequence=hit.stored.sequence)):
            self._chosen.app.notify("That stream is gone.", severity="warning")
